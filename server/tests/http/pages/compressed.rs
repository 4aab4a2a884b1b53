//! Screens are compressed if they have no secret and no other site has asked for them.

use std::io::Read as _;

use flate2::read::GzDecoder;
use http_body_util::BodyExt as _;
use model::endpoint::Grant;

use crate::common::{Call, TestApp};

/// An answer whose body is no text.
struct Compressed {
    encoding: Option<String>,
    vary: Option<String>,
    bytes: Vec<u8>,
}

async fn send(call: Call<'_>) -> Compressed {
    let (parts, body) = call.open().await.into_parts();
    assert_eq!(parts.status, 200);
    let header = |name: &str| Some(parts.headers.get(name)?.to_str().unwrap().to_owned());
    Compressed {
        encoding: header("content-encoding"),
        vary: header("vary"),
        bytes: body.collect().await.unwrap().to_bytes().to_vec(),
    }
}

async fn get(app: &TestApp, path: &str, site: &str) -> Compressed {
    let call = app.get(path).header("accept-encoding", "gzip, deflate, br");
    send(call.header("sec-fetch-site", site)).await
}

#[tokio::test]
async fn a_screen_is_compressed() {
    let app = TestApp::new().await.with_owner().await;
    app.create_key(Grant::All).await;
    let plain = app.get("/keys").await;
    assert_eq!(plain.header("content-encoding"), None);
    for site in ["same-origin", "none"] {
        let compressed = get(&app, "/keys", site).await;
        assert_eq!(compressed.encoding.as_deref(), Some("br"), "{site}");
        assert_eq!(compressed.vary.as_deref(), Some("accept-encoding, sec-fetch-site"));
        assert!(compressed.bytes.len() * 3 < plain.body.len());
    }
}

#[tokio::test]
async fn a_compressed_screen_is_the_same_page() {
    let app = TestApp::new().await.with_owner().await;
    let plain = app.get("/profiles").await;
    let brotli = get(&app, "/profiles", "none").await;
    let mut page = String::new();
    brotli::Decompressor::new(brotli.bytes.as_slice(), 4096)
        .read_to_string(&mut page)
        .unwrap();
    // Nonces differ, and are of one length.
    assert_eq!(page.len(), plain.body.len());
    assert!(page.contains("Bias Profiles"));
    let gzip = send(app.get("/profiles").header("accept-encoding", "gzip")).await;
    assert_eq!(gzip.encoding.as_deref(), Some("gzip"));
    let mut page = String::new();
    GzDecoder::new(gzip.bytes.as_slice()).read_to_string(&mut page).unwrap();
    assert_eq!(page.len(), plain.body.len());
}

#[tokio::test]
async fn another_site_gets_no_compressed_page() {
    let app = TestApp::new().await.with_owner().await;
    for site in ["cross-site", "same-site"] {
        let page = get(&app, "/keys", site).await;
        assert_eq!(page.encoding, None, "{site}");
    }
}

#[tokio::test]
async fn what_may_have_a_secret_is_not_compressed() {
    let app = TestApp::new().await;
    let setup = get(&app, "/setup", "none").await;
    assert_eq!(setup.encoding, None);
    let app = app.with_owner().await;
    let token = app
        .post_form(
            "/keys/new",
            &[
                ("name", "Shop"),
                ("environment", "default"),
                ("endpoints", "all"),
                ("expires", "never"),
            ],
        )
        .header("accept-encoding", "gzip, deflate, br")
        .header("sec-fetch-site", "same-origin")
        .await;
    assert!(token.body.contains("sk_live_"), "{}", token.body);
    assert_eq!(token.header("content-encoding"), None);
}
