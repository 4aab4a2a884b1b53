//! The routes of the verifier, as a listener serves them. The two requests that gateways send all the time are answered without the
//! router. For each request, a router copies its handlers, boxes them and their futures, and notes which route has matched.

use std::sync::Arc;

use axum::Router;
use backend::Services;
use http::{Method, Request};
use hyper::body::Incoming;
use ipnet::IpNet;

use super::arrival::Arrival;
use super::problem::Answer;
use super::{VerifierState, authorize, verifier_alone, verify};

pub(super) const VERIFY: &str = "/v1/keys/verify";
pub(super) const AUTHORIZE: &str = "/v1/authorize";

/// The routes of the verifier.
#[derive(Clone, Debug)]
pub struct VerifierRoutes {
    router: Router,
    /// What the handlers of the two requests need. `None` if the router answers them as well.
    state: Option<VerifierState>,
}

/// The handler of a request that is answered without the router.
#[derive(Clone, Copy)]
pub(super) enum DirectHandler<'a> {
    Verify(&'a VerifierState),
    Authorize(&'a VerifierState),
}

impl VerifierRoutes {
    /// All routes of the verifier, with health checks and the public keys.
    pub fn new(services: &Arc<Services>, trusted_proxies: Vec<IpNet>) -> Self {
        Self {
            router: verifier_alone(services, trusted_proxies.clone()),
            state: Some(VerifierState::new(services, trusted_proxies)),
        }
    }

    pub(super) fn router(&self) -> Router {
        self.router.clone()
    }

    /// The handler of this request, if it is one of the two. All others are for the router.
    pub(super) fn direct(&self, request: &Request<Incoming>) -> Option<DirectHandler<'_>> {
        let state = self.state.as_ref()?;
        match (request.uri().path(), request.method()) {
            (VERIFY, &Method::POST) => Some(DirectHandler::Verify(state)),
            // The router treats these two methods in its own way.
            (AUTHORIZE, &(Method::HEAD | Method::CONNECT)) => None,
            (AUTHORIZE, _) => Some(DirectHandler::Authorize(state)),
            _ => None,
        }
    }
}

impl DirectHandler<'_> {
    pub(super) async fn answer(self, arrival: Arrival, request: Request<Incoming>) -> Answer {
        match self {
            Self::Verify(state) => verify::verify(state, Some(arrival), request).await,
            Self::Authorize(state) => authorize::authorize(state, Some(arrival), &request),
        }
    }
}

/// Routes that the router answers alone.
impl From<Router> for VerifierRoutes {
    fn from(router: Router) -> Self {
        Self { router, state: None }
    }
}
