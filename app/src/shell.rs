//! The HTML document around the application, and what starts the WASM half in it. Server side only.

use std::sync::Arc;

use backend::Backend;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;
use serde::Deserialize;

use crate::App;

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
/// Our own in place of Leptos' `HydrationScripts`, which reads file names from beside the executable and puts the nonce
/// where it does not belong. Every script carries the nonce of the Content-Security-Policy.
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
            <link rel="modulepreload" href=address(&assets.js) nonce=nonce.clone()/>
            // Fetched as the glue will fetch it, or the browser does so twice.
            <link
                rel="preload"
                href=address(&assets.wasm)
                r#as="fetch"
                r#type="application/wasm"
                crossorigin="anonymous"
            />
            <script type="module" nonce=nonce>
                {start(assets)}
            </script>
        }
    });
    let instance = use_context::<Arc<Backend>>().map(|backend| backend.instance().to_owned());
    view! {
        <!DOCTYPE html>
        // The attribute: `crate::cookie`.
        <html lang="en" data-instance=instance>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                {stylesheet}
                {icon}
                {scripts}
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Loads the WASM, takes over the page, and marks it as interactive once the effects that hydration queued as
/// microtasks have run. (A timer, since a hidden tab draws no frames.)
fn start(assets: &SiteAssets) -> String {
    format!(
        "import init, {{ hydrate }} from \"{js}\";\n\
         init({{ module_or_path: \"{wasm}\" }}).then(hydrate).then(() => {{\n\
         setTimeout(() => {{ document.documentElement.dataset.hydrated = \"\"; }});\n\
         }});",
        js = address(&assets.js),
        wasm = address(&assets.wasm),
    )
}

fn address(name: &str) -> String {
    format!("/assets/{name}")
}
