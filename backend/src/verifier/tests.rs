//! Tokens that other systems have issued: looked up while there are some, and at no cost while there are none.

use std::sync::Arc;

use model::address::AllowedAddresses;
use model::endpoint::{Endpoint, Grant};
use model::environment::Kind;
use model::id::{EnvironmentId, KeyId};
use model::limit::Limits;
use model::status::State;
use model::time::{HOUR, Timestamp};
use model::token::{IMPORTED_MAX, compose};
use model::verify::Code;
use proptest::prelude::*;

use super::*;
use crate::clock::ManualClock;
use crate::crypto::sha256;
use crate::crypto::token::{HASHED, HashedToken};

const NOW: Timestamp = Timestamp(1_795_326_180_000); // 2026-11-22T05:43:00Z

fn hasher() -> TokenHasher {
    TokenHasher::new(&[7; 32])
}

/// The hash as an import makes it, of the SHA-256 alone.
fn imported(token: &str) -> HashedToken {
    hasher().hash_sha256(&sha256(token))
}

fn key(id: &str, kind: KeyKind, token: HashedToken, old_tokens: Vec<OldToken>) -> LoadedKey {
    LoadedKey {
        kind,
        id: KeyId::from_random(id),
        name: "Shop".to_owned(),
        expires_at: None,
        environment_id: EnvironmentId::from_random("0123456789"),
        token,
        old_tokens,
        state: State::Active,
        created_at: Timestamp(0),
        grant: Grant::All,
        profile_id: None,
        customer_id: None,
        metadata: None,
        limits: Limits::default(),
        addresses: AllowedAddresses::default(),
    }
}

fn verifier(keys: Vec<LoadedKey>) -> (Verifier, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(NOW));
    let verifier = Verifier::new(Arc::<ManualClock>::clone(&clock), i64::MAX, hasher());
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
    (verifier, clock)
}

fn code(verifier: &Verifier, token: &str) -> Code {
    let decided = verifier.decide(token, Target::Endpoint("chat"), Origin::client(None), |decision| {
        decision.code
    });
    decided.unwrap()
}

/// How many tokens are hashed for a question.
fn hashed_for(verifier: &Verifier, token: &str, expected: Code) -> u64 {
    let before = HASHED.get();
    assert_eq!(code(verifier, token), expected, "{token:?}");
    HASHED.get() - before
}

/// Texts that other systems could have issued as tokens.
fn tokens() -> impl Strategy<Value = String> {
    let any = "\\PC{1,120}".prop_filter("nothing to trim, and not too long", |text| {
        text.trim() == text && (1..=IMPORTED_MAX).contains(&text.len())
    });
    prop_oneof![
        any,
        "[!-~]{1,512}",
        "sk-[A-Za-z0-9_-]{22}",
        "[a-z]{1,8}_[1-9A-Za-z]{16,300}"
    ]
}

proptest! {
    #[test]
    fn every_token_that_was_imported_by_its_sha256_is_accepted(token in tokens(), other in tokens()) {
        prop_assume!(other != token);
        let keys = vec![key("0123456789", KeyKind::Imported, imported(&token), Vec::new())];
        let (verifier, _) = verifier(keys);
        prop_assert_eq!(code(&verifier, &token), Code::Valid);
        prop_assert_eq!(code(&verifier, &format!(" {token}\n")), Code::Valid);
        prop_assert_eq!(code(&verifier, &other), Code::NotFound);
    }

    #[test]
    fn where_nothing_was_imported_no_foreign_text_is_hashed(texts in proptest::collection::vec(any::<String>(), 20)) {
        let ours = compose(Kind::Live, "7Gq2mXv0RkTzLw9BnYd4Hs1PfUe8Jc");
        let (verifier, _) = verifier(vec![key("0123456789", KeyKind::Key, hasher().hash(&ours), Vec::new())]);
        for text in texts {
            prop_assert_eq!(hashed_for(&verifier, &text, Code::NotFound), 0);
        }
        prop_assert_eq!(hashed_for(&verifier, &ours, Code::Valid), 1);
        prop_assert_eq!(hashed_for(&verifier, &ours.replace('7', "8"), Code::NotFound), 0);
    }
}

#[test]
fn what_cannot_be_a_token_is_never_hashed() {
    let keys = vec![key("0123456789", KeyKind::Imported, imported("sk-one"), Vec::new())];
    let (verifier, _) = verifier(keys);
    assert_eq!(hashed_for(&verifier, "sk-one", Code::Valid), 1);
    assert_eq!(hashed_for(&verifier, "sk-other", Code::NotFound), 1);
    for text in ["", "   ", "a\u{0}b", &"x".repeat(IMPORTED_MAX + 1)] {
        assert_eq!(hashed_for(&verifier, text, Code::NotFound), 0, "{text:?}");
    }
}

#[test]
fn an_old_token_of_another_system_works_until_its_grace_ends() {
    let old = OldToken {
        token: imported("sk-one"),
        ends_at: NOW.plus(HOUR),
        imported: true,
    };
    let ours = compose(Kind::Live, "7Gq2mXv0RkTzLw9BnYd4Hs1PfUe8Jc");
    let (verifier, clock) = verifier(vec![key("0123456789", KeyKind::Key, hasher().hash(&ours), vec![old])]);
    assert_eq!(code(&verifier, "sk-one"), Code::Valid);
    assert_eq!(hashed_for(&verifier, "sk-other", Code::NotFound), 1);
    clock.advance(HOUR);
    assert_eq!(
        hashed_for(&verifier, "sk-one", Code::NotFound),
        0,
        "nothing is imported any more"
    );
    assert_eq!(code(&verifier, &ours), Code::Valid);
}

#[test]
fn with_the_last_imported_key_the_look_ups_end() {
    let (verifier, _) = verifier(Vec::new());
    let apply = |id: &str, key: Option<LoadedKey>| verifier.apply(&KeyId::from_random(id), key).unwrap();
    assert_eq!(hashed_for(&verifier, "sk-one", Code::NotFound), 0);
    let one = |state| LoadedKey {
        state,
        ..key("0123456789", KeyKind::Imported, imported("sk-one"), Vec::new())
    };
    apply("0123456789", Some(one(State::Active)));
    apply(
        "9876543210",
        Some(key("9876543210", KeyKind::Imported, imported("sk-two"), Vec::new())),
    );
    assert_eq!(code(&verifier, "sk-one"), Code::Valid);
    // A key that was changed is applied again. It still counts once.
    apply("0123456789", Some(one(State::Inactive)));
    assert_eq!(code(&verifier, "sk-one"), Code::Inactive);
    apply("9876543210", None);
    assert_eq!(hashed_for(&verifier, "sk-two", Code::NotFound), 1);
    // A rotation gives the key a token of ours, and the old one is not kept.
    let ours = compose(Kind::Live, "7Gq2mXv0RkTzLw9BnYd4Hs1PfUe8Jc");
    apply(
        "0123456789",
        Some(key("0123456789", KeyKind::Key, hasher().hash(&ours), Vec::new())),
    );
    assert_eq!(hashed_for(&verifier, "sk-one", Code::NotFound), 0);
    assert_eq!(code(&verifier, &ours), Code::Valid);
}

#[test]
fn a_flood_of_unknown_tokens_takes_no_memory() {
    let keys = vec![key("0123456789", KeyKind::Imported, imported("sk-one"), Vec::new())];
    let (verifier, _) = verifier(keys);
    for number in 0..10_000 {
        assert_eq!(code(&verifier, &format!("sk-{number}")), Code::NotFound);
    }
    // One number for the endpoint, and nothing for each token.
    assert_eq!(verifier.uses_waiting(), 0);
    assert_eq!(verifier.take_unknown(), [("chat".to_owned(), 10_000)]);
}
