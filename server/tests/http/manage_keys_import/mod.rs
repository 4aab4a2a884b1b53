//! `POST /manage/v1/keys/import`.

mod status_200;
mod status_400;
mod status_409;
mod status_422;

use serde_json::{Value, json};

/// The SHA-256 of a text, in hexadecimal.
pub fn sha256(token: &str) -> String {
    backend::crypto::sha256(token)
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// A key with this token.
pub fn key(token: &str) -> Value {
    json!({"sha256": sha256(token), "name": "Shop", "environment": "default"})
}
