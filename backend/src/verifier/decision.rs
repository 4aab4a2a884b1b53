//! Decides whether a request is allowed, in one place. All that is copied out of the index is the answer.

use std::net::IpAddr;
use std::sync::atomic::Ordering;

use model::explain::{Check, Unmatched};
use model::path;
use model::time::Timestamp;
use model::token;
use model::verify::{Code, ProfileInForce};
use serde_json::value::RawValue;

use super::check::{self, CheckContext, LimitUse};
use super::customers::Customer;
use super::index::Slot;
use super::limit::RateLimitState;
use super::limit_exchange::Asked;
use super::record::{KeyKind, Record};
use super::refusals::NewRefusal;
use super::uses::CountedRequest;
use super::{Unavailable, Verifier};

/// What a request is about.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// An endpoint by its name.
    Endpoint(&'a str),
    /// A method and the path as it was sent, with its query.
    Request { method: &'a str, path: &'a str },
    /// An ambiguous request. It is allowed to no key.
    Ambiguous(Unmatched),
}

/// The origin of a request, as far as a decision depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The client's address, which allowed addresses restrict; `None` if it is unknown.
    pub client: Option<IpAddr>,
    /// The address that is recorded: the client's, or else the caller's.
    pub noted: Option<IpAddr>,
}

/// The decision about a request. It borrows from the index, so an answer has to be made of it quickly.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    pub code: Code,
    /// `None` when the token is unknown.
    pub key: Option<KeyFacts<'a>>,
    /// The name of the requested endpoint, if it exists.
    pub endpoint: Option<&'a str>,
    /// Why the request was not looked up in the catalogue.
    pub unmatched: Option<Unmatched>,
    /// How far the key's limits are used up, if it has limits and they were checked.
    pub limits: Option<RateLimitState>,
}

/// The facts about a key for an answer.
#[derive(Clone, Copy, Debug)]
pub struct KeyFacts<'a> {
    pub id: &'a str,
    pub name: &'a str,
    /// The name of its environment.
    pub environment: &'a str,
    pub expires_at: Option<Timestamp>,
    /// The present version of its bias profile.
    pub profile: Option<&'a ProfileInForce>,
    pub customer: Option<CustomerFacts<'a>>,
    pub metadata: Option<&'a RawValue>,
}

/// The facts about a customer for an answer.
#[derive(Clone, Copy, Debug)]
pub struct CustomerFacts<'a> {
    pub id: &'a str,
    pub external_id: &'a str,
    pub name: &'a str,
    pub metadata: Option<&'a RawValue>,
}

impl<'a> CustomerFacts<'a> {
    pub(super) fn of(customer: &'a Customer) -> Self {
        Self {
            id: customer.id.as_str(),
            external_id: &customer.external_id,
            name: &customer.name,
            metadata: customer.metadata.as_deref(),
        }
    }
}

impl Origin {
    /// A request with this client, or with an unknown one.
    pub const fn client(address: Option<IpAddr>) -> Self {
        Self {
            client: address,
            noted: address,
        }
    }
}

impl Verifier {
    /// Decides, counts the request, and makes an answer of the decision. White space around the token is not a part of it.
    pub fn decide<A>(
        &self,
        token: &str,
        target: Target<'_>,
        from: Origin,
        answer: impl FnOnce(&Decision<'_>) -> A,
    ) -> Result<A, Unavailable> {
        // Each clock is read once. Limits use the clock that nobody can set, end dates use the system clock.
        let (elapsed, now) = (self.clock.elapsed(), self.clock.now());
        self.ready_at(elapsed)?;
        let token = token.trim();
        let hashed = self.may_be_known(token, now).then(|| self.tokens.hash(token));
        let index = self.read();
        let (endpoint, unmatched) = match target {
            Target::Endpoint(name) => (index.catalogue.endpoint_by_name(name), None),
            Target::Ambiguous(why) => (None, Some(why)),
            Target::Request { method, path } => match path::unambiguous(path) {
                Ok(path) => (index.catalogue.endpoint_of_request(method, path), None),
                Err(why) => (None, Some(Unmatched::Path(why))),
            },
        };
        let found = hashed.as_ref().and_then(|token| Some((token, index.find(token, now)?)));
        let Some((hashed, (slot, record))) = found else {
            index.catalogue.count_unknown(endpoint);
            return Ok(answer(&Decision {
                code: Code::NotFound,
                key: None,
                endpoint: endpoint.map(|endpoint| endpoint.name()),
                unmatched,
                limits: None,
            }));
        };
        let context = CheckContext {
            index: &index,
            record,
            now,
            elapsed,
            endpoint,
            client: from.client,
            nodes: self.limits.nodes(),
        };
        let (code, limits) = check::decide(&context, &Check::ALL, LimitUse::Count);
        if let Some(limits) = &limits {
            self.note_limits(limits, slot, record);
        }
        if code != Code::Valid && record.kind != KeyKind::Environment {
            let refused = NewRefusal {
                at: now,
                code,
                token,
                target,
                from,
                endpoint,
                unmatched,
                limits,
            };
            self.refusals.note(record, &refused);
        }
        let request = CountedRequest {
            token: hashed,
            at: now,
            from: from.noted,
            endpoint: endpoint.map(|endpoint| endpoint.number()),
            code,
        };
        self.unflushed.note(slot, record, &request);
        Ok(answer(&Decision {
            code,
            key: Some(index.facts(record)),
            endpoint: endpoint.map(|endpoint| endpoint.name()),
            unmatched,
            limits,
        }))
    }

    /// Whether a text has to be looked up: it has the form of our tokens, or other systems have issued some of the tokens here.
    fn may_be_known(&self, token: &str, now: Timestamp) -> bool {
        token::check(token).is_ok()
            || (now.0 < self.imported_until.load(Ordering::Acquire) && token::may_be_imported(token))
    }

    /// Notes what has to be reported to the other nodes after a request.
    fn note_limits(&self, limits: &RateLimitState, slot: Slot, record: &Record) {
        if limits.is_first {
            self.limits.note(Asked::Key(slot));
        }
        if let Some(customer) = record.customer.filter(|_| limits.is_first_of_customer) {
            self.limits.note(Asked::Customer(customer));
        }
    }
}
