//! The WASM entry: takes over the page that the server rendered. Nothing else lives here. `app/src/start.js` calls it.

use leptos::prelude::{location, window};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// Loads the part of the WASM that holds the page's screen.
#[wasm_bindgen]
pub async fn load() -> Result<(), JsError> {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        // After a panic nothing that the application queued will ever run: the page has to do without it.
        if let Ok(stopped) = web_sys::Event::new("latchkey-stopped") {
            let _ = window().dispatch_event(&stopped);
        }
    }));
    let path = location().pathname().unwrap_or_default();
    app::load(&path).await.map_err(|error| JsError::new(&error.to_string()))
}

/// Attaches the application to the server-rendered page.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(app::App);
}
