//! The HTML document around the application, and what starts the WASM half in it. Server side only.

use std::sync::{Arc, LazyLock};

use backend::Services;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;
use serde::Deserialize;

use crate::{App, person};

/// Starts the WASM half, and gives it up where that fails.
static START: LazyLock<String> = LazyLock::new(|| without_comments(include_str!("start.js")));

/// Empties a page that is left.
static LEAVE: LazyLock<String> = LazyLock::new(|| without_comments(include_str!("leave.js")));

/// Stands in the page for its shape until the page is rendered, see the server's `shape.rs`.
pub const SHAPE: &str = "shape-of-the-page";

/// The names of the site's files under `/assets/`, as its manifest has them. Empty where the site was not built: then
/// pages are plain HTML.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct SiteAssets {
    pub js: String,
    pub wasm: String,
    pub css: String,
    pub icon: String,
}

/// The document that every page comes in.
///
/// Our own in place of Leptos' `HydrationScripts`, which reads file names from beside the executable, puts the nonce
/// in the wrong place, and leaves a page without function when its scripts fail. Every script carries the nonce of the
/// Content-Security-Policy.
pub fn shell(assets: &SiteAssets) -> impl IntoView + use<> {
    let stylesheet = (!assets.css.is_empty()).then(|| {
        view! { <link rel="stylesheet" href=address(&assets.css)/> }
    });
    let icon = (!assets.icon.is_empty()).then(|| {
        view! { <link rel="icon" type="image/svg+xml" href=address(&assets.icon)/> }
    });
    let scripts = (!assets.js.is_empty()).then(|| {
        let nonce = use_nonce();
        view! {
            <script nonce=nonce.clone() data-js=address(&assets.js) data-wasm=address(&assets.wasm)>
                {START.as_str()}
            </script>
            <link rel="modulepreload" href=address(&assets.js) nonce=nonce/>
            // Fetched as the glue will fetch it, or the browser does so twice.
            <link
                rel="preload"
                href=address(&assets.wasm)
                r#as="fetch"
                r#type="application/wasm"
                crossorigin="anonymous"
            />
        }
    });
    let leave = view! { <script nonce=use_nonce()>{LEAVE.as_str()}</script> };
    let instance = use_context::<Arc<Services>>().map(|services| services.instance().to_owned());
    view! {
        <!DOCTYPE html>
        // Not translated: a browser's translator replaces text nodes that the application goes on writing to, and sends
        // what is on the screen elsewhere, keys as well.
        // The attributes: `crate::cookie`, `crate::person`, `SHAPE`.
        <html lang="en" translate="no" data-instance=instance data-person=person::shown() data-shape=SHAPE>
            <head>
                <meta charset="utf-8"/>
                <meta name="google" content="notranslate"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                {stylesheet}
                {icon}
                {leave}
                {scripts}
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// A script that is part of every page.
fn without_comments(script: &str) -> String {
    let lines = script.lines().map(str::trim);
    let code: Vec<&str> = lines.filter(|line| !line.starts_with("//")).collect();
    code.join("\n")
}

fn address(name: &str) -> String {
    format!("/assets/{name}")
}
