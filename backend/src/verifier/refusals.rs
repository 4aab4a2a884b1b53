//! The latest refused requests of each key, in memory. Everything is bounded: the keys, the requests of each, and their texts.
//! An allowed request touches nothing of this.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use compact_str::CompactString;
use model::environment::Kind;
use model::explain::Unmatched;
use model::id::KeyId;
use model::limit::Window;
use model::name;
use model::refusal::{PATH_MAX, REMEMBERED, Refusal, RefusalFacts, reason};
use model::service_token;
use model::time::Timestamp;
use model::token;
use model::verify::Code;

use super::catalogue::Found;
use super::index::Index;
use super::limit::RateLimitState;
use super::record::{Record, ShortId};
use super::{Origin, Target, Verifier};

/// The keys are spread over this many locks, so that refused requests of different keys hardly wait for each other.
const SHARDS: usize = 16;
/// The most keys per shard: 512 keys in all, and about 8 MB where all of them have the most and longest requests. Beyond that, the
/// key whose last refused request is the oldest is forgotten.
const KEYS_PER_SHARD: usize = 32;
/// The longest method that is remembered.
const METHOD_MAX: usize = 16;
/// The longest token, so that one that begins in the remembered part of a path is recognised.
const TOKEN_MAX: usize = token::IMPORTED_MAX;
/// Stands in a path where there was a token.
const HIDDEN: &str = "…";

/// The latest refused requests by key.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    shards: [Mutex<HashMap<ShortId, VecDeque<Refused>>>; SHARDS],
    hasher: RandomState,
}

/// One refused request. Names and sentences are made when somebody asks.
#[derive(Debug)]
struct Refused {
    at: Timestamp,
    code: Code,
    method: CompactString,
    path: String,
    whole: bool,
    /// The number of its endpoint.
    endpoint: Option<u16>,
    unmatched: Option<Unmatched>,
    address: Option<IpAddr>,
    from_client: bool,
    window: Option<Window>,
    of_customer: bool,
}

/// A refused request of a known key.
#[derive(Clone, Copy)]
pub(super) struct NewRefusal<'a> {
    pub(super) at: Timestamp,
    pub(super) code: Code,
    /// The token as it was sent, which must not be remembered.
    pub(super) token: &'a str,
    pub(super) target: Target<'a>,
    pub(super) from: Origin,
    pub(super) endpoint: Option<Found<'a>>,
    pub(super) unmatched: Option<Unmatched>,
    pub(super) limits: Option<RateLimitState>,
}

impl Refusals {
    /// Remembers a refused request. Takes the lock only for the moment in which it is stored.
    #[cold]
    #[inline(never)]
    pub(super) fn note(&self, record: &Record, request: &NewRefusal<'_>) {
        let refused = Refused::of(request);
        let mut keys = self.shard(record.id);
        if keys.len() >= KEYS_PER_SHARD && !keys.contains_key(&record.id) {
            let last = |requests: &VecDeque<Refused>| requests.back().map(|request| request.at);
            let oldest = keys
                .iter()
                .min_by_key(|(_, requests)| last(requests))
                .map(|(id, _)| *id);
            if let Some(oldest) = oldest {
                keys.remove(&oldest);
            }
        }
        let requests = keys.entry(record.id).or_default();
        if requests.len() >= REMEMBERED {
            requests.pop_front();
        }
        requests.push_back(refused);
    }

    /// Forgets the requests of a key.
    pub(super) fn forget(&self, id: ShortId) {
        self.shard(id).remove(&id);
    }

    /// Forgets the requests of keys that are not in the index.
    pub(super) fn forget_unknown(&self, index: &Index) {
        for shard in &self.shards {
            lock(shard).retain(|id, _| index.by_id(&id.key_id()).is_some());
        }
    }

    fn shard(&self, id: ShortId) -> MutexGuard<'_, HashMap<ShortId, VecDeque<Refused>>> {
        let number = usize::try_from(self.hasher.hash_one(id) % SHARDS as u64).unwrap_or_default();
        lock(&self.shards[number])
    }
}

impl Verifier {
    /// The latest requests of a key that this node has refused, latest first. `node` is its name.
    pub(crate) fn refusals(&self, id: &KeyId, node: &str) -> Vec<Refusal> {
        let index = self.read();
        let Some((_, record)) = index.by_id(id) else {
            return Vec::new();
        };
        let requests = self.refusals.shard(record.id);
        let requests = requests.get(&record.id).into_iter().flatten().rev();
        requests.map(|request| request.shown(&index, node)).collect()
    }
}

impl Refused {
    fn of(request: &NewRefusal<'_>) -> Self {
        let (method, path) = match request.target {
            Target::Request { method, path } => (method, path),
            Target::Endpoint(_) | Target::Ambiguous(_) => ("", ""),
        };
        let told = !method.is_empty() && !path.is_empty();
        let usual = method.len() <= METHOD_MAX && method.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
        // The query may hold anything, and no decision depends on it.
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let kept = kept(path, request.token);
        Self {
            at: request.at,
            code: request.code,
            method: CompactString::from(if usual { method } else { HIDDEN }),
            whole: told && usual && kept == path,
            path: kept.into_owned(),
            endpoint: request.endpoint.map(|endpoint| endpoint.number()),
            unmatched: request.unmatched,
            address: request.from.noted.map(|address| address.to_canonical()),
            from_client: request.from.client.is_some(),
            window: request.limits.and_then(|limits| limits.refused_by),
            of_customer: request.limits.is_some_and(|limits| limits.refused_by_customer),
        }
    }

    fn shown(&self, index: &Index, node: &str) -> Refusal {
        let endpoint = Some(index.catalogue.name(self.endpoint)).filter(|name| !name.is_empty());
        let address = self.address.map(|address| address.to_string());
        let facts = RefusalFacts {
            endpoint,
            unmatched: self.unmatched,
            client: address.as_deref().filter(|_| self.from_client),
            window: self.window,
            of_customer: self.of_customer,
        };
        let path = name::shown(&self.path);
        Refusal {
            at: self.at,
            code: self.code,
            method: self.method.to_string(),
            whole: self.whole && path == self.path,
            path: path.into_owned(),
            endpoint: endpoint.map(str::to_owned),
            reason: reason(self.code, facts),
            address,
            from_client: self.from_client,
            node: node.to_owned(),
        }
    }
}

/// What is remembered of a path: its beginning, without anything that is or looks like a token.
fn kept<'a>(path: &'a str, token: &str) -> Cow<'a, str> {
    let seen = cut(path, PATH_MAX + TOKEN_MAX);
    let clean = without_tokens(seen, token);
    match clean {
        Cow::Borrowed(clean) => Cow::Borrowed(cut(clean, PATH_MAX)),
        Cow::Owned(clean) => Cow::Owned(cut(&clean, PATH_MAX).to_owned()),
    }
}

/// The beginning of a text, at most this many bytes.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// Replaces the token of the request, and everything that begins like a token of ours.
fn without_tokens<'a>(text: &'a str, token: &str) -> Cow<'a, str> {
    let holds = |text: &str| text.contains(token) || marks().iter().any(|mark| text.contains(mark));
    if !holds(text) {
        // An escaped token is one, too. Where it begins and ends in the escaped text, nobody needs to know.
        let is_escaped = text.contains('%') && holds(&unescaped(text));
        return if is_escaped { HIDDEN.into() } else { text.into() };
    }
    let mut clean = text.replace(token, HIDDEN);
    for mark in marks() {
        let mut from = 0;
        while let Some(found) = clean[from..].find(mark) {
            let start = from + found + mark.len();
            let rest = &clean[start..];
            let length = rest
                .find(|letter: char| !letter.is_ascii_alphanumeric())
                .unwrap_or(rest.len());
            clean.replace_range(start..start + length, HIDDEN);
            from = start + HIDDEN.len();
        }
    }
    clean.into()
}

/// The text with the characters that its escapes stand for.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let escaped = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) => {
                plain.push(byte);
                plain.extend_from_slice(&part.as_bytes()[2..]);
            }
            None => plain.extend_from_slice(part.as_bytes()),
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// The beginnings of the tokens of keys and of service accounts.
const fn marks() -> [&'static str; 3] {
    [
        token::prefix(Kind::Live),
        token::prefix(Kind::Test),
        service_token::PREFIX,
    ]
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "sk_live_0123456789abcdefghijklmnopqrstuvwxyz";

    #[test]
    fn a_path_is_cut_between_two_characters() {
        assert_eq!(kept("/api/v1/img", TOKEN), "/api/v1/img");
        let long = format!("/{}", "é".repeat(400));
        let kept = kept(&long, TOKEN);
        assert_eq!(kept.len(), PATH_MAX - 1);
        assert!(long.starts_with(&*kept));
    }

    #[test]
    fn a_path_never_holds_a_token() {
        for (path, kept_path) in [
            (format!("/keys/{TOKEN}/x"), "/keys/…/x"),
            ("/sk_test_abc/sk_live_def".to_owned(), "/sk_test_…/sk_live_…"),
            ("/a/lkm_abc".to_owned(), "/a/lkm_…"),
            (format!("/a/{}", TOKEN.replace('_', "%5F")), "…"),
        ] {
            assert_eq!(kept(&path, TOKEN), kept_path, "{path}");
        }
        // A token of another system has no mark, and one that is cut off is none that works.
        assert_eq!(kept("/a/secret-of-ours/b", "secret-of-ours"), "/a/…/b");
        let cut_off = format!("/{}{TOKEN}", "a".repeat(PATH_MAX - 10));
        assert!(!kept(&cut_off, TOKEN).contains("0123"), "{}", kept(&cut_off, TOKEN));
    }
}
