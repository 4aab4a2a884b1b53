//! What a node reports about limited keys, and when.

mod simulation;

use std::sync::Arc;

use model::address::AllowedAddresses;
use model::endpoint::{Endpoint, Grant};
use model::environment::Kind;
use model::id::{EnvironmentId, KeyId};
use model::limit::Limits;
use model::status::State;
use model::time::{DAY, Timestamp};
use model::verify::Code;

use super::super::{Index, KeyKind, LoadedKey, Origin, Target};
use super::*;
use crate::clock::{Clock, ManualClock};
use crate::crypto::random::SeededRandom;
use crate::crypto::token::{PlainToken, TokenHasher};

fn hasher() -> TokenHasher {
    TokenHasher::new(&[7; 32])
}

fn loaded(id: KeyId, token: &PlainToken, limits: Limits) -> LoadedKey {
    LoadedKey {
        kind: KeyKind::Key,
        id,
        name: "Shop".to_owned(),
        expires_at: None,
        environment_id: EnvironmentId::from_random("0123456789"),
        token: hasher().hash(token.reveal()),
        old_tokens: Vec::new(),
        state: State::Active,
        created_at: Timestamp(0),
        grant: Grant::All,
        profile_id: None,
        customer_id: None,
        metadata: None,
        limits,
        addresses: AllowedAddresses::default(),
    }
}

fn verifier(clock: &Arc<ManualClock>, keys: Vec<LoadedKey>) -> Verifier {
    let verifier = Verifier::new(Arc::<ManualClock>::clone(clock), i64::MAX, hasher());
    let endpoint = Endpoint {
        name: "chat".to_owned(),
        title: "Chat".to_owned(),
        patterns: Vec::new(),
    };
    let environment = (EnvironmentId::from_random("0123456789"), "default".to_owned());
    let mut index = Index::new(&[endpoint], Vec::new(), Vec::new(), [environment]).unwrap();
    for key in keys {
        index.add(key).unwrap();
    }
    verifier.load(index);
    verifier.note_database_answer(clock.elapsed());
    verifier
}

fn allows(verifier: &Verifier, token: &PlainToken) -> bool {
    let decided = verifier.decide(
        token.reveal(),
        Target::Endpoint("chat"),
        Origin::client(None),
        |decision| decision.code,
    );
    match decided.unwrap() {
        Code::Valid => true,
        Code::RateLimited => false,
        other => panic!("{other:?}"),
    }
}

/// A verifier with this many limited keys, and their tokens.
fn with_keys(clock: &Arc<ManualClock>, number: usize) -> (Verifier, Vec<PlainToken>) {
    let random = SeededRandom::new(2);
    let tokens: Vec<PlainToken> = (0..number).map(|_| PlainToken::generate(Kind::Live, &random)).collect();
    let limits = Limits {
        minute: Some(60),
        ..Limits::NONE
    };
    let keys = tokens
        .iter()
        .enumerate()
        .map(|(at, token)| loaded(KeyId::from_random(&format!("{at:010}")), token, limits));
    (verifier(clock, keys.collect()), tokens)
}

#[test]
fn a_node_alone_has_the_whole_limit_and_reports_nothing() {
    let clock = Arc::new(ManualClock::new(Timestamp(20_000 * DAY)));
    let (verifier, tokens) = with_keys(&clock, 1);
    let allowed = (0..100).filter(|_| allows(&verifier, &tokens[0])).count();
    assert_eq!(allowed, 60);
    assert!(verifier.take_limit_reports(800).is_empty());
}

#[test]
fn a_node_that_is_left_alone_goes_on_with_what_is_known() {
    let clock = Arc::new(ManualClock::new(Timestamp(20_000 * DAY)));
    let (verifier, tokens) = with_keys(&clock, 1);
    verifier.set_nodes(3);
    let allowed = (0..100).filter(|_| allows(&verifier, &tokens[0])).count();
    assert_eq!(allowed, 20, "the share of one of three nodes");
    verifier.set_nodes(1);
    let allowed = (0..100).filter(|_| allows(&verifier, &tokens[0])).count();
    assert_eq!(allowed, 40);
}

#[test]
fn the_busiest_keys_are_reported_first_and_all_in_the_end() {
    let clock = Arc::new(ManualClock::new(Timestamp(20_000 * DAY)));
    let (verifier, tokens) = with_keys(&clock, 1_200);
    verifier.set_nodes(2);
    for (at, token) in tokens.iter().enumerate() {
        for _ in 0..=usize::from(at % 3 == 0) {
            allows(&verifier, token);
        }
    }
    let first = verifier.take_limit_reports(400);
    assert_eq!(first.len(), 400);
    assert!(first.iter().all(|report| report.counted.allowed == 2));
    let second = verifier.take_limit_reports(400);
    let third = verifier.take_limit_reports(800);
    assert_eq!((second.len(), third.len()), (400, 400));
    assert!(verifier.take_limit_reports(800).is_empty());
    // What could not be stored is taken again.
    verifier.put_back_limit_reports(&second);
    verifier.put_back_limit_reports(&second);
    assert_eq!(verifier.take_limit_reports(800).len(), 400);
}

#[test]
fn a_key_that_changes_is_reported_from_its_new_place() {
    let clock = Arc::new(ManualClock::new(Timestamp(20_000 * DAY)));
    let (verifier, tokens) = with_keys(&clock, 1);
    verifier.set_nodes(2);
    let id = KeyId::from_random("0000000000");
    let minute = |limit| Limits {
        minute: Some(limit),
        ..Limits::NONE
    };
    assert_eq!((0..60).filter(|_| allows(&verifier, &tokens[0])).count(), 30);
    // A key that is applied again with the same limits keeps what it has used.
    verifier
        .apply(&id, Some(loaded(id.clone(), &tokens[0], minute(60))))
        .unwrap();
    assert!(!allows(&verifier, &tokens[0]));
    assert_eq!(verifier.take_limit_reports(800)[0].counted.allowed, 30);
    // Others start with full buckets, and the count goes on.
    verifier
        .apply(&id, Some(loaded(id.clone(), &tokens[0], minute(20))))
        .unwrap();
    assert!(allows(&verifier, &tokens[0]));
    let report = verifier.take_limit_reports(800).remove(0);
    assert_eq!((report.counted.allowed, report.counted.full_in), (31, [0, 3_000, 0]));
}
