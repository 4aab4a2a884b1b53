//! The protocol of the server functions: JSON in the body of a POST request.

use std::pin::Pin;

use http::Method;
use leptos::serde_json;
use leptos::server_fn::client::Client as ServerFnClient;
use leptos::server_fn::codec::{Encoding, Post};
use leptos::server_fn::request::ClientReq;
use leptos::server_fn::request::browser::BrowserRequest;
use leptos::server_fn::response::ClientRes;
use leptos::server_fn::response::browser::BrowserResponse;
use leptos::server_fn::server::Server;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType, Http, Protocol};
use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};

use crate::error::AppError;
use crate::person::Client;

/// The content type of JSON.
const JSON: &str = "application/json";

/// The encoding for arguments and answers of server functions.
type Json = Post<JsonText>;

/// The protocol of all server functions. On the server it is `server_fn`'s own one for JSON. In the browser, that one would compile
/// the code that sends a request and waits for the answer again for each function. With this protocol, a function adds to the WASM
/// only the code that writes its arguments and reads its outcome.
#[derive(Debug)]
pub struct JsonPost;

impl<Arguments, Outcome, S> Protocol<Arguments, Outcome, Client, S, AppError> for JsonPost
where
    Arguments: Serialize + DeserializeOwned + Send,
    Outcome: Serialize + DeserializeOwned + Send,
    S: Server<AppError>,
{
    const METHOD: Method = Json::METHOD;

    async fn run_server<F, Fut>(request: S::Request, server_fn: F) -> Result<S::Response, AppError>
    where
        F: Fn(Arguments) -> Fut + Send,
        Fut: Future<Output = Result<Outcome, AppError>> + Send,
    {
        <Http<Json, Json> as Protocol<Arguments, Outcome, Client, S, AppError>>::run_server(request, server_fn).await
    }

    async fn run_client(path: &str, arguments: Arguments) -> Result<Outcome, AppError> {
        let answer = call(path.to_owned(), serde_json::to_string(&arguments)).await?;
        serde_json::from_str(&answer).map_err(|_| AppError::unreachable())
    }
}

/// Sends the arguments of a server function, and returns its outcome as JSON.
fn call(path: String, arguments: serde_json::Result<String>) -> BoxedAnswer {
    Box::pin(async move {
        let arguments = arguments.map_err(|_| AppError::not_understood())?;
        let (status, answer) = post(&path, JSON, arguments).await?;
        if status >= 400 {
            // A proxy may have sent the answer.
            return Err(serde_json::from_str(&answer).unwrap_or_else(|_| AppError::unreachable()));
        }
        Ok(answer)
    })
}

/// An answer that will come. It is boxed, so that the code which waits for it is compiled once.
type BoxedAnswer = Pin<Box<dyn Future<Output = Result<String, AppError>> + Send>>;

/// Sends a POST request that asks for JSON. Returns the status and the body of the answer.
pub(crate) async fn post(path: &str, content_type: &str, body: String) -> Result<(u16, String), AppError> {
    let request = <BrowserRequest as ClientReq<AppError>>::try_new_post(path, content_type, JSON, body)?;
    let response = <Client as ServerFnClient<AppError>>::send(request).await?;
    let status = ClientRes::<AppError>::status(&response);
    let text = <BrowserResponse as ClientRes<AppError>>::try_into_string(response).await?;
    Ok((status, text))
}

/// JSON that is read from a text. `server_fn`'s own codec reads it from bytes. Leptos reads the data of a page from a text, so with
/// that codec the WASM would contain the code that reads each type twice.
#[derive(Debug)]
pub struct JsonText;

impl ContentType for JsonText {
    const CONTENT_TYPE: &'static str = JSON;
}

impl FormatType for JsonText {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for JsonText {
    type Error = serde_json::Error;

    fn encode(value: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_string(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for JsonText {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        serde_json::from_str(&text_of(bytes)?)
    }
}

/// The text of a body. This function does not depend on the type in the body, so that the WASM contains it once.
fn text_of(bytes: Bytes) -> Result<String, serde_json::Error> {
    // No answer and no log shows this error.
    String::from_utf8(bytes.into()).map_err(|_| serde_json::Error::custom("The text is not UTF-8."))
}
