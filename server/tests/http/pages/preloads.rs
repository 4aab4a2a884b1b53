//! A page preloads the WASM that the browser needs to hydrate it.

use crate::common::{Answer, TestApp};

/// The addresses of the WASM files, in the order of the page. There are none if the site was not built.
fn preloaded(page: &Answer) -> Vec<String> {
    let links = page.attributes("href").into_iter();
    links
        .filter(|href| href.strip_suffix(".wasm").is_some())
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn a_page_preloads_the_part_of_its_screen() {
    let app = TestApp::new().await.with_owner().await;
    let keys = preloaded(&app.get("/keys").await);
    assert!(keys.len() <= 1, "the list of keys is in the first WASM: {keys:?}");
    assert_eq!(preloaded(&app.get("/nothing").await), keys, "the 404 page is, too");
    for (path, part) in [
        ("/", "split_home-"),
        ("/keys/new", "split_keys-"),
        ("/usage", "split_usage-"),
        ("/customers", "split_customers-"),
        ("/settings/users", "split_settings-"),
        ("/login", "split_entry_pages-"),
    ] {
        if path == "/login" {
            app.forget_cookies();
        }
        let files = preloaded(&app.get(path).await);
        if keys.is_empty() {
            assert!(files.is_empty(), "{path}: {files:?}");
            continue;
        }
        assert_eq!(files[0], keys[0], "{path}");
        assert!(files[1].starts_with(&format!("/assets/{part}")), "{path}: {files:?}");
        for file in &files {
            assert_eq!(app.get(file).open().await.status(), 200, "{path}: {file}");
        }
    }
}
