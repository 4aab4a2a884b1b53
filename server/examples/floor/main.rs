//! The floor: the least that an HTTP answer costs. `cargo xtask bench` compares the verifier with it.
//!
//! `floor ADDRESS VERIFY AUTHORIZE` uses the verifier's HTTP stack and accept loop, and always sends an answer that the verifier
//! gave once. Each of the two files holds such an answer: one line per header, an empty line, the body. Nothing is looked up,
//! decided or logged.
//!
//! `floor ADDRESS VERIFY AUTHORIZE plain` serves as an ordinary axum service does, see `plain.rs`.

mod plain;

use std::process::ExitCode;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use http::{HeaderMap, HeaderName, HeaderValue};
use server::http::listener::{self, ConnectionLimits, Routes};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The path that answers 200 once the floor serves, as that of the verifier.
const READY: &str = "/readyz";

/// The constant answer.
#[derive(Clone)]
struct Constant {
    headers: HeaderMap,
    body: Bytes,
}

fn main() -> ExitCode {
    // As `latchkey serve` starts its runtimes.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let served = runtime
        .map_err(|error| error.to_string())
        .and_then(|runtime| runtime.block_on(serve()));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (address, verify, authorize, plain) = match arguments.as_slice() {
        [address, verify, authorize] => (address, verify, authorize, false),
        [address, verify, authorize, word] if word == "plain" => (address, verify, authorize, true),
        _ => return Err("usage: floor ADDRESS VERIFY AUTHORIZE [plain]".to_owned()),
    };
    let (verify, authorize) = (Constant::read(verify)?, Constant::read(authorize)?);
    let listener = TcpListener::bind(address).await.map_err(|error| error.to_string())?;
    if plain {
        return plain::serve(listener, &verify, &authorize).await;
    }
    let router = Router::new()
        .route("/v1/keys/verify", post(read_and_answer))
        .with_state(verify)
        .merge(Router::new().route("/v1/authorize", any(answer)).with_state(authorize))
        .route(READY, get(ready));
    // It serves until its process is killed.
    let (_never, stopped) = watch::channel(());
    let limits = ConnectionLimits::new(1_024, 1, [].into());
    listener::serve(listener, Routes::One(router), limits, stopped).await;
    Ok(())
}

async fn ready() {}

/// Reads the whole body, as the verifier has to.
async fn read_and_answer(State(constant): State<Constant>, body: Bytes) -> Response {
    drop(body);
    constant.into_response()
}

async fn answer(State(constant): State<Constant>) -> Response {
    constant.into_response()
}

impl IntoResponse for Constant {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.headers_mut() = self.headers;
        response
    }
}

impl Constant {
    fn read(path: &str) -> Result<Self, String> {
        // Leaked, so that answers borrow it for as long as the process lives and copy nothing.
        let text: &'static str = std::fs::read_to_string(path)
            .map_err(|error| format!("{path}: {error}"))?
            .leak();
        let (headers, body) = text
            .split_once("\n\n")
            .ok_or_else(|| format!("{path}: no empty line before the body"))?;
        let headers = headers.lines().map(header).collect::<Option<HeaderMap>>();
        Ok(Self {
            headers: headers.ok_or_else(|| format!("{path}: a line is no header"))?,
            body: Bytes::from_static(body.as_bytes()),
        })
    }
}

fn header(line: &'static str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(": ")?;
    // `from_static` panics at an invalid value, so the value is checked first.
    HeaderValue::from_str(value).ok()?;
    Some((HeaderName::try_from(name).ok()?, HeaderValue::from_static(value)))
}
