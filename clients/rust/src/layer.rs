//! The layer: every request needs a valid key.

use std::fmt;
use std::future::Future;
use std::mem;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::credentials::read_key;
use crate::decision::{Decision, ValidKey};
use crate::refusal::Refusal;
use crate::verifier::{Question, Target, Verifier};

/// Asks Latchkey about every request before the service sees it.
///
/// Reads the key from `Authorization: Bearer` or `X-Api-Key`. Refuses as `/v1/authorize` does, and with 503 where Latchkey gives no
/// answer. The service finds a [`ValidKey`] in the request's extensions. Put the layer around the whole service: a router inside
/// another one may see a part of the path only.
#[derive(Clone, Debug)]
pub struct LatchkeyLayer {
    checks: Checks,
}

/// The service that [`LatchkeyLayer`] puts around another one.
#[derive(Clone, Debug)]
pub struct LatchkeyService<S> {
    inner: S,
    checks: Checks,
}

type ReadAddress = dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync;

#[derive(Clone)]
struct Checks {
    verifier: Verifier,
    endpoint: Option<Arc<str>>,
    client_address: Option<Arc<ReadAddress>>,
}

impl LatchkeyLayer {
    /// A layer that lets Latchkey find the endpoint of a request by its method and path.
    pub fn new(verifier: Verifier) -> Self {
        Self {
            checks: Checks {
                verifier,
                endpoint: None,
                client_address: None,
            },
        }
    }

    /// Names the endpoint that all requests belong to.
    #[must_use]
    pub fn endpoint(mut self, name: &str) -> Self {
        self.checks.endpoint = Some(name.into());
        self
    }

    /// Says how to read the client's address, for keys that may be used from certain addresses only. Without it, such keys are refused.
    /// Read it from the connection, or from a header that your own proxy overwrites; anybody can write `X-Forwarded-For`.
    #[must_use]
    pub fn client_address(mut self, read: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.checks.client_address = Some(Arc::new(read));
        self
    }
}

impl<S> Layer<S> for LatchkeyLayer {
    type Service = LatchkeyService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        LatchkeyService {
            inner,
            checks: self.checks.clone(),
        }
    }
}

impl<S, B, R> Service<Request<B>> for LatchkeyService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that is ready is this one, and not its clone.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let checks = self.checks.clone();
        Box::pin(async move {
            let (mut head, body) = request.into_parts();
            let key = match checks.decide(&head).await {
                Ok(key) => key,
                Err(refusal) => return Ok(refusal.into_response()),
            };
            let rate_limits = key.rate_limits.clone();
            head.extensions.insert(key);
            let mut response = inner.call(Request::from_parts(head, body)).await?;
            if let Some(limits) = rate_limits {
                limits.insert_headers(response.headers_mut());
            }
            Ok(response)
        })
    }
}

impl Checks {
    async fn decide(&self, head: &Parts) -> Result<ValidKey, Refusal> {
        let question = Question {
            key: read_key(&head.headers)?,
            target: match &self.endpoint {
                Some(endpoint) => Target::Endpoint { endpoint },
                None => Target::Request {
                    method: head.method.as_str(),
                    path: head.uri.path(),
                },
            },
            ip: self.client_address.as_ref().and_then(|read| read(head)),
            min_change: None,
        };
        match self.verifier.verify(question).await? {
            Decision::Valid(key) => Ok(*key),
            Decision::Refused(key) => Err(key.into()),
        }
    }
}

impl fmt::Debug for Checks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Checks")
            .field("verifier", &self.verifier)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}
