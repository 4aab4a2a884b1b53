//! The HTML document around the application, with the scripts that start the WASM half. Exists only on the server.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use backend::Services;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;
use serde::Deserialize;

use crate::screens::Screen;
use crate::{App, person, preferences};

/// The script that starts the WASM half, and stops it if it fails.
static START: LazyLock<String> = LazyLock::new(|| without_comments(include_str!("start.js")));

/// The script that empties a page when a person leaves it.
static LEAVE: LazyLock<String> = LazyLock::new(|| without_comments(include_str!("leave.js")));

/// The placeholder of the page shape. The server replaces it after the page is rendered, see the server's `shape.rs`.
pub const SHAPE: &str = "shape-of-the-page";

/// The names of the site's files under `/assets/`, from the manifest of the site. They are empty if the site was not built. Pages
/// are then plain HTML.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct SiteAssets {
    pub js: String,
    pub wasm: String,
    pub css: String,
    pub icon: String,
    /// The WASM files of each part, by the part's name.
    #[serde(default)]
    pub parts: BTreeMap<String, Vec<String>>,
    /// The style sheet of each part that has rules of its own, by the part's name.
    #[serde(default)]
    pub styles: BTreeMap<String, String>,
}

impl SiteAssets {
    /// The WASM files that the screen at a path needs besides the first one.
    fn part_files(&self, path: &str) -> &[String] {
        let files = part_name(path).and_then(|part| self.parts.get(part));
        files.map(Vec::as_slice).unwrap_or_default()
    }

    /// The style sheets of the screen at a path: the one of every page, and then the one of its part. The scripts add those of other
    /// parts when they load these, see `loader.js` of `xtask/site`.
    fn style_sheets(&self, path: &str) -> impl Iterator<Item = &str> {
        let own = part_name(path).and_then(|part| self.styles.get(part));
        let sheets = [Some(&self.css), own].into_iter().flatten();
        sheets.map(String::as_str).filter(|name| !name.is_empty())
    }
}

/// The name of the part of the screen at a path.
fn part_name(path: &str) -> Option<&'static str> {
    Screen::at(path).map(|screen| screen.row().part.name())
}

/// The HTML document of every page.
///
/// It replaces the `HydrationScripts` of Leptos, which read file names from beside the executable, put the nonce in the wrong
/// place, and leave a page without function if its scripts fail. Every script carries the nonce of the Content-Security-Policy.
pub fn shell(assets: &SiteAssets) -> impl IntoView + use<> {
    let request = use_context::<http::request::Parts>();
    let path = request.as_ref().map_or("", |request| request.uri.path());
    let style_sheets = assets.style_sheets(path).map(|name| {
        view! { <link rel="stylesheet" href=address(name)/> }
    });
    let style_sheets = style_sheets.collect_view();
    let icon = (!assets.icon.is_empty()).then(|| {
        view! { <link rel="icon" type="image/svg+xml" href=address(&assets.icon)/> }
    });
    // The browser hydrates a page once it has the part of its screen. It fetches that part at the same time as the first WASM, which
    // goes first.
    let part = assets.part_files(path).iter().map(|file| {
        view! {
            <link
                rel="preload"
                href=address(file)
                r#as="fetch"
                r#type="application/wasm"
                crossorigin="anonymous"
                fetchpriority="low"
            />
        }
    });
    let part = part.collect_view();
    let scripts = (!assets.js.is_empty()).then(|| {
        let nonce = use_nonce();
        view! {
            <script nonce=nonce.clone() data-js=address(&assets.js) data-wasm=address(&assets.wasm)>
                {START.as_str()}
            </script>
            <link rel="modulepreload" href=address(&assets.js) nonce=nonce/>
            // The attributes must agree with how the glue script fetches the file. Otherwise the browser fetches it twice.
            <link
                rel="preload"
                href=address(&assets.wasm)
                r#as="fetch"
                r#type="application/wasm"
                crossorigin="anonymous"
            />
            {part}
        }
    });
    let leave = view! { <script nonce=use_nonce()>{LEAVE.as_str()}</script> };
    let instance = use_context::<Arc<Services>>().map(|services| services.instance().to_owned());
    let preferences = preferences::shown();
    view! {
        <!DOCTYPE html>
        // Browsers must not translate the page. A translator replaces text nodes to which the application still writes, and it
        // sends the content of the screen, including keys, to another server.
        // The data attributes are explained in `crate::cookie`, `crate::person`, `crate::preferences` and `SHAPE`.
        <html
            lang="en"
            translate="no"
            data-instance=instance
            data-person=person::shown()
            data-shape=SHAPE
            data-theme=preferences.theme.word()
            data-times=preferences.times.word()
            data-numbers=preferences.numbers.word()
        >
            <head>
                <meta charset="utf-8"/>
                <meta name="google" content="notranslate"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                {style_sheets}
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

/// The text of a script that is part of every page.
fn without_comments(script: &str) -> String {
    let lines = script.lines().map(str::trim);
    let code: Vec<&str> = lines.filter(|line| !line.starts_with("//")).collect();
    code.join("\n")
}

fn address(name: &str) -> String {
    format!("/assets/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::{Part, table};

    #[test]
    fn a_screen_needs_the_files_of_its_part() {
        let parts = [("keys", "a.wasm"), ("usage", "b.wasm"), ("settings", "c.wasm")];
        let assets = SiteAssets {
            parts: parts
                .map(|(part, file)| (part.to_owned(), vec![file.to_owned()]))
                .into(),
            ..SiteAssets::default()
        };
        for (path, files) in [
            ("/keys/new", &["a.wasm"][..]),
            ("/usage", &["b.wasm"]),
            ("/settings/users", &["c.wasm"]),
            ("/keys", &[]),
            ("/nothing", &[]),
        ] {
            assert_eq!(assets.part_files(path), files, "{path}");
        }
    }

    #[test]
    fn a_screen_has_the_style_sheet_of_its_part() {
        let names = table().filter(|row| !row.path.is_empty()).map(|row| row.part.name());
        let styles = names.map(|part| (part.to_owned(), format!("{part}.css")));
        let assets = SiteAssets {
            css: "main.css".to_owned(),
            styles: styles.filter(|(part, _)| !part.is_empty()).collect(),
            ..SiteAssets::default()
        };
        for row in table().filter(|row| !row.path.is_empty()) {
            let path = row.path.replace("{id}", "key_1").replace("{*place}", "users");
            let mut sheets = vec!["main.css".to_owned()];
            if row.part != Part::Main {
                sheets.push(format!("{}.css", row.part.name()));
            }
            assert_eq!(assets.style_sheets(&path).collect::<Vec<_>>(), sheets, "{path}");
        }
        assert_eq!(assets.style_sheets("/nothing").collect::<Vec<_>>(), ["main.css"]);
    }

    #[test]
    fn a_page_of_a_server_without_the_site_has_no_style_sheet() {
        assert_eq!(SiteAssets::default().style_sheets("/usage").count(), 0);
    }
}
