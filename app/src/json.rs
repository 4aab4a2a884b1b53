//! The codec of the server functions: JSON in the body of a POST request.

use std::string::FromUtf8Error;

use leptos::serde_json;
use leptos::server_fn::codec::Post;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The encoding for arguments and answers of server functions.
pub(crate) type Json = Post<JsonText>;

/// JSON that is read from a text. `server_fn`'s own codec reads it from bytes. Leptos reads the data of a page from a text, so with
/// that codec the WASM would contain the code that reads each type twice.
#[derive(Debug)]
pub struct JsonText;

/// Why an answer is not the expected JSON.
#[derive(Debug)]
pub enum NotJson {
    Text(FromUtf8Error),
    Json(serde_json::Error),
}

impl std::fmt::Display for NotJson {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(error) => error.fmt(formatter),
            Self::Json(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for NotJson {}

impl ContentType for JsonText {
    const CONTENT_TYPE: &'static str = "application/json";
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
    type Error = NotJson;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        let text = String::from_utf8(bytes.into()).map_err(NotJson::Text)?;
        serde_json::from_str(&text).map_err(NotJson::Json)
    }
}
