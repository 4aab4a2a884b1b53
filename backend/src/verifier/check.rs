//! The checks of a decision, in their order. "Why denied?" makes these checks, too.

use std::net::IpAddr;

use model::explain::Check;
use model::time::Timestamp;
use model::verify::Code;

use super::catalogue::Found;
use super::index::{Index, NotLoaded};
use super::limit::RateLimitState;
use super::limit::with_customer::request;
use super::record::Record;

/// A request with a known key.
#[derive(Clone, Copy)]
pub(super) struct CheckContext<'a> {
    pub(super) index: &'a Index,
    pub(super) record: &'a Record,
    pub(super) now: Timestamp,
    /// When the request came, in milliseconds on the steady clock. Rate limits use it.
    pub(super) elapsed: i64,
    pub(super) endpoint: Option<Found<'a>>,
    /// The client's address, if it is known.
    pub(super) client: Option<IpAddr>,
    /// The number of nodes that share rate limits.
    pub(super) nodes: u32,
}

/// Whether an allowed request counts against the key's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LimitUse {
    Count,
    ReadOnly,
}

/// The first check that fails decides.
pub(super) fn decide(
    context: &CheckContext<'_>,
    checks: &[Check],
    limit_use: LimitUse,
) -> (Code, Option<RateLimitState>) {
    let mut limits = None;
    for check in checks {
        let (refusal, state) = context.refusal(*check, limit_use);
        limits = state.or(limits);
        if let Some(code) = refusal {
            return (code, limits);
        }
    }
    (Code::Valid, limits)
}

impl CheckContext<'_> {
    /// Why a check refuses the request, and how far the limits are used up if the check reads them.
    pub(super) fn refusal(&self, check: Check, limit_use: LimitUse) -> (Option<Code>, Option<RateLimitState>) {
        let refused = match check {
            // The record exists.
            Check::Known => None,
            Check::Status => Code::of_status(self.record.status(self.now)),
            // A key whose customer is not known may not work.
            Check::Customer => match self.index.customer(self.record) {
                Ok(None) => None,
                Ok(Some(customer)) => customer.suspended.then_some(Code::Suspended),
                Err(NotLoaded) => Some(Code::Suspended),
            },
            Check::Endpoint => (!self.granted()).then_some(Code::Forbidden),
            Check::Address => (!self.address_allowed()).then_some(Code::AddressNotAllowed),
            Check::Limit => {
                let customer = self.index.customer(self.record).ok().flatten();
                let customer = customer.and_then(|customer| customer.buckets.as_ref());
                let count = limit_use == LimitUse::Count;
                let state = request(self.record.buckets(), customer, self.elapsed, count, self.nodes);
                let refused = state.is_some_and(|state| state.refused_by.is_some());
                return (refused.then_some(Code::RateLimited), state);
            }
        };
        (refused, None)
    }

    /// Whether the key or its customer has a limit.
    pub(super) fn is_limited(&self) -> bool {
        let customer = self.index.customer(self.record).ok().flatten();
        self.record.buckets().is_some() || customer.is_some_and(|customer| customer.buckets.is_some())
    }

    fn granted(&self) -> bool {
        let covers = |endpoint: Found<'_>| self.index.covers(self.record, endpoint.number());
        self.endpoint.is_some_and(covers)
    }

    fn address_allowed(&self) -> bool {
        let extra = self.record.extra.as_ref();
        extra.is_none_or(|extra| extra.addresses.allow(self.client))
    }
}
