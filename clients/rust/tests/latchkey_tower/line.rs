//! A verifier that answers by a script.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Answers each request with the next answer of its script; the last one again and again.
pub(crate) struct Line {
    pub(crate) url: String,
    script: Arc<Mutex<Script>>,
    server: JoinHandle<()>,
}

struct Script {
    left: VecDeque<(u16, &'static str)>,
    requests: usize,
}

impl Line {
    pub(crate) async fn script(answers: &[(u16, &'static str)]) -> Self {
        let script = Arc::new(Mutex::new(Script {
            left: answers.iter().copied().collect(),
            requests: 0,
        }));
        let shared = Arc::clone(&script);
        let answer = move || {
            let mut script = shared.lock().unwrap();
            script.requests += 1;
            let (status, body) = match script.left.len() {
                1 => script.left[0],
                _ => script.left.pop_front().unwrap(),
            };
            let answer = Response::builder().status(status).header("retry-after", "1");
            std::future::ready(answer.body(Body::from(body)).unwrap())
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer);
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, script, server }
    }

    /// How many requests there were.
    pub(crate) fn requests(&self) -> usize {
        self.script.lock().unwrap().requests
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.server.abort();
    }
}
