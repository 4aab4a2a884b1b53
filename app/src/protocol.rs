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
use leptos::server_fn::{Http, Protocol};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::AppError;
use crate::json::{JSON, JsonText};
use crate::person::Client;

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
