//! The listener answers the two requests that gateways send all the time without the router. The answers must be those of the router.

use std::net::SocketAddr;

use model::endpoint::Grant;
use server::http::listener::{ConnectionLimits, Routes, serve};
use server::http::{VerifierRoutes, verifier_alone};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::common::TestApp;

async fn serving(routes: Routes, stopped: watch::Receiver<()>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = ConnectionLimits::new(1_024, 1, [].into());
    tokio::spawn(serve(listener, routes, limits, stopped));
    address
}

/// The lines of the answer. The headers are sorted, since their order has no meaning, and without the date.
async fn ask(address: SocketAddr, request: &str) -> Vec<String> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<String> = head.lines().map(str::to_owned).collect();
    lines[1..].sort();
    lines.retain(|line| !line.starts_with("date: "));
    lines.push(body.to_owned());
    lines
}

#[tokio::test]
async fn answers_are_the_same_without_the_router() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    let (_stop, stopped) = watch::channel(());
    let direct = VerifierRoutes::new(&app.services, Vec::new());
    let direct = serving(Routes::Verifier(direct), stopped.clone()).await;
    let router = Routes::One(verifier_alone(&app.services, Vec::new()));
    let router = serving(router, stopped).await;

    let verify = |method: &str, body: &str| {
        let length = body.len();
        format!(
            "{method} /v1/keys/verify HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    };
    let authorize = |method: &str, path: &str, token: &str| {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             X-Forwarded-Method: POST\r\nX-Forwarded-Uri: /api/v1/chat/completions\r\n\r\n"
        )
    };
    let question = format!(r#"{{"key":"{}","endpoint":"chat"}}"#, key.token);
    for (request, status) in [
        (verify("POST", &question), "200 OK"),
        (verify("POST", r#"{"key":"none","endpoint":"chat"}"#), "200 OK"),
        (verify("POST", "{"), "400 Bad Request"),
        (verify("PUT", &question), "405 Method Not Allowed"),
        (authorize("GET", "/v1/authorize", &key.token), "200 OK"),
        (authorize("POST", "/v1/authorize", &key.token), "200 OK"),
        (authorize("OPTIONS", "/v1/authorize", &key.token), "200 OK"),
        (authorize("HEAD", "/v1/authorize", &key.token), "200 OK"),
        (authorize("GET", "/v1/authorize", "none"), "401 Unauthorized"),
        (authorize("HEAD", "/v1/authorize", "none"), "401 Unauthorized"),
        (authorize("GET", "/v1/authorize/", &key.token), "403 Forbidden"),
        (authorize("GET", "/v1/authorized", &key.token), "404 Not Found"),
        (authorize("GET", "/readyz", ""), "200 OK"),
    ] {
        let answer = ask(direct, &request).await;
        assert_eq!(answer[0], format!("HTTP/1.1 {status}"), "{request}");
        assert_eq!(answer, ask(router, &request).await, "{request}");
    }
}
