//! The cookies that the browser's half of the application writes. No such cookie holds a secret.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The attribute of the page that holds the ID of the instance. The names of cookies contain that ID, since browsers store cookies
/// for a host and ignore the port.
const INSTANCE: &str = "data-instance";

/// Writes a cookie of this instance that lasts `age` seconds.
pub(crate) fn write(name: &str, value: &str, age: u32) {
    let document: web_sys::HtmlDocument = document().unchecked_into();
    let page = document.document_element();
    let instance = page.and_then(|page| page.get_attribute(INSTANCE)).unwrap_or_default();
    let secure = location().protocol().is_ok_and(|protocol| protocol == "https:");
    let secure = if secure { "; Secure" } else { "" };
    let cookie = format!("{name}_{instance}={value}; Path=/; Max-Age={age}; SameSite=Lax{secure}");
    let _ = document.set_cookie(&cookie);
}
