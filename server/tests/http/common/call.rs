//! A request, which is sent when it is awaited.

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Instant;

use axum::body::Body;
use http::header::{COOKIE, HOST, SET_COOKIE};
use http::request::Builder;
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body_util::BodyExt;
use server::http::Arrival;
use tower::ServiceExt;

use super::app::PEER;
use super::{Answer, TestApp};

pub struct Call<'a> {
    app: &'a TestApp,
    request: Builder,
    body: Body,
}

impl<'a> Call<'a> {
    pub fn new(app: &'a TestApp, method: &Method, path: &str) -> Self {
        Self {
            app,
            request: Request::builder()
                .method(method)
                .uri(path)
                .header(HOST, "latchkey.test"),
            body: Body::empty(),
        }
    }

    pub fn method(mut self, method: &str) -> Self {
        self.request = self.request.method(method);
        self
    }

    /// Adds a header, even if the request already has a header of this name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        // The value is not checked as text, since clients may send any bytes.
        self.request = self
            .request
            .header(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends the request and returns the response before its body has ended, since a stream does not end by itself.
    pub async fn open(self) -> Response<Body> {
        let mut request = self
            .request
            .extension(Arrival {
                peer: SocketAddr::new(PEER, 50_000),
                at: Instant::now(),
            })
            .body(self.body)
            .unwrap();
        if let Some(cookies) = self.app.cookie_header() {
            request.headers_mut().insert(COOKIE, cookies);
        }
        let response = self.app.router.clone().oneshot(request).await.unwrap();
        self.app.keep_cookies(response.headers());
        response
    }

    async fn send(self) -> Answer {
        let (parts, body) = self.open().await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

impl<'a> IntoFuture for Call<'a> {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// Cookies of requests and answers.
impl TestApp {
    fn cookie_header(&self) -> Option<HeaderValue> {
        let cookies = self.cookies.lock().unwrap();
        let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; ").parse().unwrap())
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().unwrap();
        for line in headers.get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0;") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
