//! The checks of a decision, in their order. "Why denied?" makes the same ones.

use std::net::IpAddr;

use model::explain::Check;
use model::time::Timestamp;
use model::verify::Code;

use super::catalogue::Found;
use super::index::Index;
use super::limit::Standing;
use super::record::Record;

/// A request with a known key.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) index: &'a Index,
    pub(super) record: &'a Record,
    pub(super) now: Timestamp,
    /// When the request came, in milliseconds on the steady clock. Rate limits use it.
    pub(super) elapsed: i64,
    pub(super) endpoint: Option<Found<'a>>,
    /// The client's address, where anybody knows it.
    pub(super) client: Option<IpAddr>,
}

/// Whether a request that is allowed counts against the key's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taking {
    Yes,
    No,
}

/// The first check that fails decides.
pub(super) fn decide(about: &About<'_>, checks: &[Check], taking: Taking) -> (Code, Option<Standing>) {
    let mut limits = None;
    for check in checks {
        let (refusal, standing) = about.refusal(*check, taking);
        limits = standing.or(limits);
        if let Some(code) = refusal {
            return (code, limits);
        }
    }
    (Code::Valid, limits)
}

impl About<'_> {
    /// Why one check refuses the request, and how far the limits are used up where it looked at them.
    pub(super) fn refusal(&self, check: Check, taking: Taking) -> (Option<Code>, Option<Standing>) {
        let refused = match check {
            // The record is there.
            Check::Known => None,
            Check::Status => Code::of_status(self.record.status(self.now)),
            Check::Endpoint => (!self.granted()).then_some(Code::Forbidden),
            Check::Address => (!self.address_allowed()).then_some(Code::AddressNotAllowed),
            Check::Limit => {
                let standing = self
                    .record
                    .buckets()
                    .map(|buckets| buckets.ask(self.elapsed, taking == Taking::Yes));
                let refused = standing.is_some_and(|standing| standing.refused_by.is_some());
                return (refused.then_some(Code::RateLimited), standing);
            }
        };
        (refused, None)
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
