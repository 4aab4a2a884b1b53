//! Asks a Latchkey server about a key.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body::Body;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;
use tokio::time::{Instant, sleep, timeout};
use tower_service::Service;

use crate::ask::{Ask, BoxError, ServiceClient};
use crate::decision::{Decision, retry_after};

/// The most tries of one question. To ask twice is the same as to ask once.
const TRIES: u32 = 2;
/// How long one try may take, and all of them with the waits between them. The server answers from memory, or after a second where
/// it lacks `min_change`.
const TRY_LIMIT: Duration = Duration::from_secs(2);
const TOTAL_LIMIT: Duration = Duration::from_secs(4);
/// The wait before the second try, where the server does not say how long to wait.
const WAIT: Duration = Duration::from_millis(100);

/// Asks a Latchkey server, over connections that it keeps. A clone shares them.
#[derive(Clone)]
pub struct Verifier {
    client: Arc<dyn Ask>,
    url: Uri,
}

/// May this key be used for this?
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The token that the client sent.
    pub key: &'a str,
    pub target: Target<'a>,
    /// The client's address, for keys that may be used from certain addresses only.
    pub ip: Option<IpAddr>,
    /// The answer must know at least this change (`Latchkey-Change` of the management API).
    pub min_change: Option<u64>,
}

/// What a key is used for.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
pub enum Target<'a> {
    /// An endpoint, by its name.
    Endpoint { endpoint: &'a str },
    /// A method and a path as they came in, without the query.
    Request { method: &'a str, path: &'a str },
}

/// The address is not one of a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it has to be an address such as http://127.0.0.1:3000, and https needs a client of your own")]
pub struct InvalidUrl;

/// Why there is no decision. Treat that as a refusal.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// There was no answer.
    #[error("Latchkey cannot be reached")]
    Unreachable(#[source] BoxError),
    #[error("Latchkey did not answer in time")]
    TimedOut,
    /// The question cannot be answered: the key or the path is too long, say.
    #[error("Latchkey cannot read the question")]
    Malformed,
    /// The server cannot decide at present, or is not Latchkey.
    #[error("Latchkey has not decided (status {status})")]
    Undecided {
        status: StatusCode,
        /// Seconds after which to try again.
        retry_after: Option<u64>,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    key: &'a str,
    #[serde(flatten)]
    target: Target<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_change: Option<u64>,
}

impl Verifier {
    /// Asks the server at this address, such as `http://127.0.0.1:3000`, over plain HTTP. Needs to be called within a tokio runtime.
    pub fn new(url: &str) -> Result<Self, InvalidUrl> {
        if !url.starts_with("http://") {
            return Err(InvalidUrl);
        }
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(TRY_LIMIT));
        let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new())
            // Shorter than Latchkey's own, so that no request meets a connection that is just being closed.
            .pool_idle_timeout(Duration::from_secs(20))
            .pool_timer(hyper_util::rt::TokioTimer::new())
            .build(connector);
        Self::with_client(url, client)
    }

    /// Asks by an HTTP client of your own, for https say: `hyper_util`'s client with the connector of `hyper-rustls`.
    pub fn with_client<S, B>(url: &str, client: S) -> Result<Self, InvalidUrl>
    where
        S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let is_address = url.starts_with("http://") || url.starts_with("https://");
        if !is_address || url.contains(['?', '#', '@']) {
            return Err(InvalidUrl);
        }
        let url = format!("{}/v1/keys/verify", url.trim_end_matches('/'));
        Ok(Self {
            client: Arc::new(ServiceClient(client)),
            url: url.parse().map_err(|_| InvalidUrl)?,
        })
    }

    /// Asks whether a key may be used. Every decision is `Ok`, also a refusal. Takes four seconds at most.
    pub async fn verify(&self, question: Question<'_>) -> Result<Decision, VerifyError> {
        let asked = Asked {
            key: question.key,
            target: question.target,
            ip: question.ip,
            min_change: question.min_change,
        };
        let body = Bytes::from(serde_json::to_vec(&asked).map_err(|_| VerifyError::Malformed)?);
        let end = Instant::now() + TOTAL_LIMIT;
        let mut tries = 1;
        loop {
            let limit = TRY_LIMIT.min(end.saturating_duration_since(Instant::now()));
            let error = match timeout(limit, self.try_once(body.clone())).await {
                Ok(Ok(decision)) => return Ok(decision),
                Ok(Err(error)) => error,
                Err(_) => VerifyError::TimedOut,
            };
            match error.wait() {
                Some(wait) if tries < TRIES && Instant::now() + wait < end => sleep(wait).await,
                _ => return Err(error),
            }
            tries += 1;
        }
    }

    async fn try_once(&self, body: Bytes) -> Result<Decision, VerifyError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        request
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let answer = self.client.ask(request).await.map_err(VerifyError::Unreachable)?;
        let undecided = || VerifyError::Undecided {
            status: answer.status(),
            retry_after: retry_after(answer.headers()),
        };
        match answer.status() {
            StatusCode::OK => Decision::read(&answer).ok_or_else(undecided),
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => Err(VerifyError::Malformed),
            _ => Err(undecided()),
        }
    }
}

impl VerifyError {
    /// How long to wait before another try; `None` where none would help.
    fn wait(&self) -> Option<Duration> {
        match self {
            Self::Unreachable(_) | Self::TimedOut => Some(WAIT),
            Self::Undecided { status, retry_after } if *status == StatusCode::SERVICE_UNAVAILABLE => {
                Some(retry_after.map_or(WAIT, Duration::from_secs).max(WAIT))
            }
            Self::Undecided { .. } | Self::Malformed => None,
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Verifier")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Question<'_> {
    /// Leaves the key out: it is a secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Question")
            .field("target", &self.target)
            .field("ip", &self.ip)
            .field("min_change", &self.min_change)
            .finish_non_exhaustive()
    }
}
