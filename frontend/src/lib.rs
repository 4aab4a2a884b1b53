//! The WASM entry: takes over the page that the server rendered. Nothing else lives here.

use leptos::prelude::location;
use wasm_bindgen::prelude::wasm_bindgen;

/// Attaches the application to the server-rendered page, once the part of the WASM that holds the page's screen is there.
#[wasm_bindgen]
pub async fn hydrate() {
    console_error_panic_hook::set_once();
    app::load(&location().pathname().unwrap_or_default()).await;
    leptos::mount::hydrate_body(app::App);
}
