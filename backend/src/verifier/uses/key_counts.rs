//! The uses of one key, counted at its record in as little memory as possible.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Mutex;

use model::time::{HOUR, Timestamp};
use model::verify::Code;

use super::{Count, Tally, hour, lock};
use crate::crypto::token::HashedToken;
use crate::verifier::catalogue::Catalogue;
use crate::verifier::record::Record;

/// The uses of one key since they were last stored. Without uses it takes 16 bytes.
#[derive(Debug, Default)]
pub(in crate::verifier) struct KeyCounts(Mutex<Option<Box<UseCounts>>>);

/// The counts in memory: 40 bytes, since there may be one for each of a million keys.
#[derive(Debug)]
struct UseCounts {
    first: HourCount,
    /// The address of the latest allowed request, if it is an IPv4 address.
    from: Option<Ipv4Addr>,
    /// Whether the latest allowed request had the current token.
    current: bool,
    rare: Option<Box<RareCounts>>,
}

const _: () = assert!(size_of::<UseCounts>() <= 40, "the allocator would take 64 bytes for it");

/// Counts that most keys do not have between two flushes.
#[derive(Debug, Default)]
struct RareCounts {
    /// Requests that differ from the first in hour, endpoint or code.
    more: Vec<HourCount>,
    /// The address of the latest allowed request.
    from: Option<Ipv6Addr>,
    /// The latest allowed request with each token. The current token is included once another token was used after it.
    tokens: Vec<(HashedToken, Timestamp)>,
}

/// Requests of one endpoint and code in one hour.
#[derive(Clone, Copy, Debug)]
struct HourCount {
    /// Unix time in hours.
    hour: i32,
    /// The latest request, in milliseconds after the hour began.
    last_at: u32,
    requests: u32,
    endpoint: Option<u16>,
    code: Code,
}

/// One request.
#[derive(Clone, Copy, Debug)]
pub(in crate::verifier) struct CountedRequest<'a> {
    pub(in crate::verifier) token: &'a HashedToken,
    pub(in crate::verifier) at: Timestamp,
    pub(in crate::verifier) from: Option<IpAddr>,
    /// The number of its endpoint.
    pub(in crate::verifier) endpoint: Option<u16>,
    pub(in crate::verifier) code: Code,
}

impl KeyCounts {
    /// Counts a request. Returns whether it is the first since the counts were last taken.
    pub(super) fn note(&self, request: &CountedRequest<'_>, record: &Record) -> bool {
        let mut counts = lock(&self.0);
        if let Some(counts) = &mut *counts {
            counts.add(request, record);
            return false;
        }
        *counts = Some(Box::new(UseCounts::new(request, record)));
        true
    }

    pub(super) fn any(&self) -> bool {
        lock(&self.0).is_some()
    }

    /// The number of requests; `None` where there are no counts.
    pub(super) fn requests(&self) -> Option<u64> {
        let counts = lock(&self.0);
        let counts = counts.as_ref()?;
        let more = counts.rare.iter().flat_map(|rare| &rare.more);
        Some(
            [&counts.first]
                .into_iter()
                .chain(more)
                .map(|count| u64::from(count.requests))
                .sum(),
        )
    }

    /// Takes the counts, with names in place of numbers. `token` is the current token.
    pub(in crate::verifier) fn take(&self, token: &HashedToken, catalogue: &Catalogue) -> Option<Tally> {
        let counts = *lock(&self.0).take()?;
        let last = counts.last_allowed();
        let rare = counts.rare.map(|rare| *rare).unwrap_or_default();
        let from = counts.from.map(IpAddr::V4).or(rare.from.map(IpAddr::V6));
        let mut tokens = rare.tokens;
        if let Some(at) = last.filter(|_| counts.current) {
            note_token(&mut tokens, token, at);
        }
        let count = |kind: HourCount| Count {
            hour: i64::from(kind.hour),
            endpoint: catalogue.name(kind.endpoint).to_owned(),
            code: kind.code,
            requests: u64::from(kind.requests),
            last_at: kind.last_at(),
        };
        Some(Tally {
            last: last.map(|at| (at, from)),
            tokens,
            counts: [counts.first].into_iter().chain(rare.more).map(count).collect(),
        })
    }
}

impl UseCounts {
    fn new(request: &CountedRequest<'_>, record: &Record) -> Self {
        let mut counts = Self {
            first: HourCount::of(request),
            from: None,
            current: false,
            rare: None,
        };
        if request.code == Code::Valid {
            counts.record_allowed(request, record);
        }
        counts
    }

    fn add(&mut self, request: &CountedRequest<'_>, record: &Record) {
        // This comes first: the counts must not have this request as the latest one yet.
        if request.code == Code::Valid {
            self.record_allowed(request, record);
        }
        let kind = HourCount::of(request);
        let more = self.rare.iter_mut().flat_map(|rare| &mut rare.more);
        let known = [&mut self.first]
            .into_iter()
            .chain(more)
            .find(|known| known.is_like(&kind));
        if let Some(known) = known {
            known.requests = known.requests.saturating_add(1);
            known.last_at = kind.last_at;
            return;
        }
        self.rare.get_or_insert_default().more.push(kind);
    }

    /// Records address and token of an allowed request.
    fn record_allowed(&mut self, request: &CountedRequest<'_>, record: &Record) {
        match request.from.map(|from| from.to_canonical()) {
            Some(IpAddr::V6(address)) => {
                self.from = None;
                self.rare.get_or_insert_default().from = Some(address);
            }
            other => {
                self.from = other.and_then(|address| match address {
                    IpAddr::V4(address) => Some(address),
                    IpAddr::V6(_) => None,
                });
                if let Some(rare) = &mut self.rare {
                    rare.from = None;
                }
            }
        }
        let current = record.token == *request.token;
        if !current {
            let before = self.last_allowed().filter(|_| self.current);
            let tokens = &mut self.rare.get_or_insert_default().tokens;
            if let Some(at) = before {
                note_token(tokens, &record.token, at);
            }
            note_token(tokens, request.token, request.at);
        }
        self.current = current;
    }

    fn last_allowed(&self) -> Option<Timestamp> {
        let more = self.rare.iter().flat_map(|rare| &rare.more);
        [&self.first]
            .into_iter()
            .chain(more)
            .filter(|kind| kind.code == Code::Valid)
            .map(HourCount::last_at)
            .max()
    }
}

fn note_token(tokens: &mut Vec<(HashedToken, Timestamp)>, token: &HashedToken, at: Timestamp) {
    match tokens.iter_mut().find(|(known, _)| known == token) {
        Some((_, latest)) => *latest = at,
        None => tokens.push((*token, at)),
    }
}

impl HourCount {
    fn of(request: &CountedRequest<'_>) -> Self {
        Self {
            hour: i32::try_from(hour(request.at)).unwrap_or_default(),
            last_at: u32::try_from(request.at.0.rem_euclid(HOUR)).unwrap_or_default(),
            requests: 1,
            endpoint: request.endpoint,
            code: request.code,
        }
    }

    fn last_at(&self) -> Timestamp {
        Timestamp(i64::from(self.hour) * HOUR + i64::from(self.last_at))
    }

    fn is_like(&self, other: &Self) -> bool {
        self.hour == other.hour && self.code == other.code && self.endpoint == other.endpoint
    }
}
