//! The encoding of server functions: JSON that is read from a text.

use leptos::serde_json;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};

/// The content type of JSON.
pub(crate) const JSON: &str = "application/json";

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
