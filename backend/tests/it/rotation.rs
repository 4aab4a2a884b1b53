//! Rotating a key: the new token, and the old one beside it for a while.

use std::sync::Arc;

use crate::common::{TestBackend, code, create, decide, details, error_of, invalid, new_key};
use backend::audit::Actor;
use backend::keys::NewKey;
use backend::{Error, Services, Settings};
use model::endpoint::Grant;
use model::id::KeyId;
use model::key::{CreatedKey, OldTokenEnd};
use model::role::Role;
use model::rotate_form::{RotateKeyForm, RotateOutcome};
use model::status::{PROVISIONING_LIMIT, Status};
use model::time::{DAY, HOUR, MINUTE, both_clocks};
use model::verify::Code;

fn form(grace: &str) -> RotateKeyForm {
    RotateKeyForm {
        grace: grace.to_owned(),
        ..RotateKeyForm::default()
    }
}

async fn send(services: &Services, id: &KeyId, form: RotateKeyForm) -> Result<RotateOutcome, Error> {
    let by = Actor::command_line();
    services.keys.rotate(&by, id, &form).await
}

async fn rotate(services: &Services, id: &KeyId, grace: &str) -> CreatedKey {
    match send(services, id, form(grace)).await.unwrap() {
        RotateOutcome::Rotated(key) => *key,
        other @ RotateOutcome::AlreadyRotated { .. } => panic!("{other:?}"),
    }
}

fn ask(services: &Services, token: &str) -> Code {
    decide(services, token, "chat").code
}

#[tokio::test]
async fn both_tokens_work_until_the_old_one_ends() {
    for (grace, length) in [("1h", HOUR), ("24h", DAY), ("7d", 7 * DAY)] {
        let test = TestBackend::serving().await;
        let key = test.active_key(&new_key("Shop", Grant::All)).await;
        let old = key.token.reveal();
        let end = test.services.now().plus(length);
        let rotated = rotate(&test.services, &key.id, grace).await;
        assert_eq!(rotated.rotated, Some(OldTokenEnd::At(end)), "{grace}");
        assert_ne!(rotated.token, old, "{grace}");
        test.pass(length - 1).await;
        for token in [old, &rotated.token] {
            let decision = decide(&test.services, token, "chat");
            assert_eq!(
                (decision.code, decision.id.as_ref()),
                (Code::Valid, Some(&key.id)),
                "{grace}"
            );
        }
        // The old token ends although the index is not loaded again.
        test.clock.advance(1);
        assert_eq!(ask(&test.services, old), Code::NotFound, "{grace}");
        assert_eq!(ask(&test.services, &rotated.token), Code::Valid, "{grace}");
    }
}

#[tokio::test]
async fn without_a_grace_the_old_token_is_unknown_before_the_answer() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let rotated = rotate(&test.services, &key.id, "now").await;
    assert_eq!(rotated.rotated, Some(OldTokenEnd::Now));
    assert_eq!(code(&test.services, &key.token, "chat"), Code::NotFound);
    assert_eq!(ask(&test.services, &rotated.token), Code::Valid);
}

#[tokio::test]
async fn a_rotation_without_grace_ends_all_earlier_tokens_of_that_key_only() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let other = test.active_key(&new_key("Mail", Grant::All)).await;
    rotate(&test.services, &other.id, "7d").await;
    let second = rotate(&test.services, &key.id, "7d").await;
    let third = rotate(&test.services, &key.id, "7d").await;
    for token in [key.token.reveal(), &second.token, &third.token] {
        assert_eq!(ask(&test.services, token), Code::Valid);
    }
    let fourth = rotate(&test.services, &key.id, "now").await;
    for token in [key.token.reveal(), &second.token, &third.token] {
        assert_eq!(ask(&test.services, token), Code::NotFound);
    }
    assert_eq!(ask(&test.services, &fourth.token), Code::Valid);
    assert_eq!(code(&test.services, &other.token, "chat"), Code::Valid);
    assert!(test.details(&key.id).await.old_tokens.is_empty());
    // A node that starts later does not know them either.
    test.services.cluster.load_index().await.unwrap();
    assert_eq!(ask(&test.services, key.token.reveal()), Code::NotFound);
}

#[tokio::test]
async fn a_rotation_changes_only_the_token() {
    let test = TestBackend::serving().await;
    let profile = test.add_profile("Strict").await;
    let new = NewKey {
        expires_at: Some(test.services.now().plus(30 * DAY)),
        profile: Some(profile),
        ..new_key("Shop", Grant::Only(vec!["chat".to_owned()]))
    };
    let key = test.active_key(&new).await;
    let before = test.details(&key.id).await.row;
    let rotated = rotate(&test.services, &key.id, "1h").await;
    let mut after = test.details(&key.id).await.row;
    assert!(after.masked.ends_with(&rotated.token[rotated.token.len() - 4..]));
    after.masked.clone_from(&before.masked);
    assert_eq!(after, before);
    for token in [key.token.reveal(), &rotated.token] {
        assert_eq!(decide(&test.services, token, "image").code, Code::Forbidden);
    }
}

#[tokio::test]
async fn sending_one_form_twice_makes_one_token() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let by = Actor::command_line();
    let shown = test.services.keys.rotation_options(&by, &key.id).await.unwrap();
    let first = send(&test.services, &key.id, shown.form.clone()).await.unwrap();
    let RotateOutcome::Rotated(rotated) = first else {
        panic!("{first:?}");
    };
    let again = send(&test.services, &key.id, shown.form.clone()).await.unwrap();
    let RotateOutcome::AlreadyRotated { form_id } = again else {
        panic!("{again:?}");
    };
    assert_eq!(ask(&test.services, &rotated.token), Code::Valid);
    assert_eq!(test.details(&key.id).await.old_tokens.len(), 1, "only one rotation");
    // With the identifier in the answer the form is a new one. When it is sent, it rotates.
    assert_ne!(form_id, shown.form.form_id);
    let fresh = RotateKeyForm { form_id, ..shown.form };
    let once_more = send(&test.services, &key.id, fresh).await.unwrap();
    assert!(matches!(once_more, RotateOutcome::Rotated(_)), "{once_more:?}");
    assert_eq!(test.details(&key.id).await.old_tokens.len(), 2);
}

#[tokio::test]
async fn each_old_token_ends_at_its_own_time() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let first = key.token.reveal();
    let second = rotate(&test.services, &key.id, "24h").await.token;
    test.pass(HOUR).await;
    test.clock.advance(-HOUR); // The server's clock goes back to the time of the database.
    let third = rotate(&test.services, &key.id, "1h").await.token;
    let ask = |token: &str| ask(&test.services, token);
    let codes = || [ask(first), ask(&second), ask(&third)];
    assert_eq!(codes(), [Code::Valid, Code::Valid, Code::Valid]);
    test.pass(HOUR).await;
    assert_eq!(codes(), [Code::Valid, Code::NotFound, Code::Valid]);
    test.pass(DAY - HOUR).await;
    assert_eq!(codes(), [Code::NotFound, Code::NotFound, Code::Valid]);
}

#[tokio::test]
async fn a_disabled_key_is_refused_with_either_token() {
    let test = TestBackend::serving().await;
    let by = Actor::command_line();
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let rotated = rotate(&test.services, &key.id, "24h").await;
    let codes = || {
        [
            code(&test.services, &key.token, "chat"),
            ask(&test.services, &rotated.token),
        ]
    };
    test.services.keys.disable(&by, &key.id).await.unwrap();
    assert_eq!(codes(), [Code::Inactive; 2]);
    test.services.keys.enable(&by, &key.id).await.unwrap();
    assert_eq!(codes(), [Code::Valid; 2]);
    test.services.keys.delete(&by, &key.id).await.unwrap();
    assert_eq!(codes(), [Code::NotFound; 2]);
}

#[tokio::test]
async fn an_inactive_key_can_be_rotated_and_stays_inactive() {
    let test = TestBackend::serving().await;
    let by = Actor::command_line();
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    test.services.keys.disable(&by, &key.id).await.unwrap();
    let rotated = rotate(&test.services, &key.id, "1h").await;
    let codes = || {
        [
            code(&test.services, &key.token, "chat"),
            ask(&test.services, &rotated.token),
        ]
    };
    assert_eq!(codes(), [Code::Inactive; 2]);
    test.services.keys.enable(&by, &key.id).await.unwrap();
    assert_eq!(codes(), [Code::Valid; 2]);
}

#[tokio::test]
async fn the_end_date_of_the_key_ends_both_tokens() {
    let test = TestBackend::serving().await;
    let new = NewKey {
        expires_at: Some(test.services.now().plus(HOUR)),
        ..new_key("Shop", Grant::All)
    };
    let key = test.active_key(&new).await;
    let rotated = rotate(&test.services, &key.id, "7d").await;
    test.pass(HOUR).await;
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Expired);
    assert_eq!(ask(&test.services, &rotated.token), Code::Expired);
}

#[tokio::test]
async fn provisioning_failed_and_expired_keys_cannot_be_rotated() {
    let settings = Settings {
        provisioning_min: DAY,
        // Time passes for the server, but not for the database.
        clock_tolerance: i64::MAX,
        ..Settings::default()
    };
    let test = TestBackend::with(settings).await;
    let expiring = NewKey {
        expires_at: Some(test.services.now().plus(HOUR)),
        ..new_key("Shop", Grant::All)
    };
    // Created while no server runs, the key is ACTIVE at once.
    let expired = create(&test.services, &expiring).await;
    crate::common::serve(&test.services).await;
    let waiting = create(&test.services, &new_key("Depot", Grant::All)).await;
    let by = Actor::command_line();
    for (id, wait, why) in [
        (&waiting.id, 0, "“Depot” is provisioning and cannot be rotated."),
        (
            &waiting.id,
            PROVISIONING_LIMIT,
            "“Depot” is failed and cannot be rotated.",
        ),
        (&expired.id, HOUR, "“Shop” is expired and cannot be rotated."),
    ] {
        test.pass(wait).await;
        let shown = test.services.keys.rotation_options(&by, id).await.unwrap_err();
        let sent = send(&test.services, id, form("24h")).await.unwrap_err();
        assert_eq!((shown.to_string().as_str(), sent.to_string().as_str()), (why, why));
        assert!(matches!(sent, Error::Conflict(_)));
        assert!(test.details(id).await.old_tokens.is_empty(), "{why}");
    }
    assert_eq!(code(&test.services, &waiting.token, "chat"), Code::Failed);
    assert_eq!(code(&test.services, &expired.token, "chat"), Code::Expired);
}

#[tokio::test]
async fn a_wrong_clock_prevents_a_rotation() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let reason = async |form| invalid(send(&test.services, &key.id, form).await).form.unwrap();
    let fast = RotateKeyForm {
        browser_time: test.services.now().plus(3 * MINUTE).0.to_string(),
        ..form("now")
    };
    let now = test.services.now();
    let both = both_clocks("This computer", now.plus(3 * MINUTE), now, "UTC");
    assert_eq!(
        reason(fast).await,
        format!(
            "Your clock is 3 min 0 s ahead of the server's. {both} Set right the one that is wrong: nothing was changed."
        )
    );
    test.pass(2 * MINUTE).await;
    let of_the_database = reason(form("now")).await;
    // The database's clock has moved since the test began, by several seconds on a busy machine.
    let behind = of_the_database.strip_prefix("The database's clock is 1 min ");
    assert!(
        behind.is_some_and(|rest| rest.contains("s behind the server's. Database: ")),
        "{of_the_database}"
    );
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    assert_eq!(
        test.details(&key.id).await.history.unwrap().len(),
        2,
        "created, activated"
    );
}

#[tokio::test]
async fn a_form_without_a_grace_is_refused() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    for grace in ["", "0", "1h ", "8d"] {
        let outcome = send(&test.services, &key.id, form(grace)).await;
        assert_eq!(error_of(outcome, "grace"), "Choose when the old token ends.", "{grace}");
    }
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
}

#[tokio::test]
async fn an_old_token_can_be_ended_early() {
    let test = TestBackend::serving().await;
    let by = Actor::command_line();
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let rotated = rotate(&test.services, &key.id, "7d").await;
    let old = test.details(&key.id).await.old_tokens.remove(0);
    let end = async |token: &str| test.services.keys.end_old_token(&by, &key.id, token).await;
    let unknown = end("0123456789abcdef").await.unwrap_err();
    assert!(matches!(unknown, Error::NotFound(_)), "{unknown:?}");
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);

    end(&old.id).await.unwrap();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::NotFound);
    assert_eq!(ask(&test.services, &rotated.token), Code::Valid);
    let after = test.details(&key.id).await;
    assert!(after.old_tokens.is_empty());
    assert_eq!(after.history.unwrap()[0].title, "Old token ended");
    let again = end(&old.id).await.unwrap_err();
    assert_eq!(again.to_string(), "This old token has ended already.");
}

#[tokio::test]
async fn only_an_old_token_of_this_key_can_be_ended() {
    let test = TestBackend::serving().await;
    let by = Actor::command_line();
    let shop = test.active_key(&new_key("Shop", Grant::All)).await;
    let depot = test.active_key(&new_key("Depot", Grant::All)).await;
    rotate(&test.services, &shop.id, "7d").await;
    let of_shop = test.details(&shop.id).await.old_tokens.remove(0).id;
    let current: String = depot.token.hashed().0[..8]
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from_digit(digit.into(), 16).unwrap())
        .collect();
    for token in [&of_shop, &current] {
        let refused = test.services.keys.end_old_token(&by, &depot.id, token).await;
        assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
    }
    for key in [&shop, &depot] {
        assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    }
}

#[tokio::test]
async fn an_old_token_survives_a_restart_and_still_ends() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    rotate(&test.services, &key.id, "1h").await;
    let restarted = test.another(2).await;
    restarted.cluster.load_index().await.unwrap();
    assert_eq!(code(&restarted, &key.token, "chat"), Code::Valid);
    test.clock.advance(HOUR);
    restarted.cluster.load_index().await.unwrap();
    assert_eq!(code(&restarted, &key.token, "chat"), Code::NotFound);
    assert!(details(&restarted, &key.id).await.old_tokens.is_empty());
}

#[tokio::test]
async fn a_server_learns_both_tokens_when_another_process_rotates() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let command_line = test.another(2).await;
    let rotated = rotate(&command_line, &key.id, "24h").await;
    let new_token_works = tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while ask(&test.services, &rotated.token) != Code::Valid {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    });
    assert!(new_token_works.await.is_ok(), "the new token never worked");
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    rotate(&command_line, &key.id, "now").await;
    // Both old tokens end at once, although the grace of one was not over.
    let ended = tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while ask(&test.services, &rotated.token) != Code::NotFound {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    });
    assert!(ended.await.is_ok(), "the old token never ended");
    assert_eq!(code(&test.services, &key.token, "chat"), Code::NotFound);
}

#[tokio::test]
async fn the_screen_shows_which_token_was_used() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let first_use = test.services.now();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    test.pass(MINUTE / 2).await;
    let rotated = rotate(&test.services, &key.id, "24h").await;
    let seen = test.details(&key.id).await;
    assert_eq!(seen.rotated_at, first_use.plus(MINUTE / 2));
    assert_eq!(seen.token_used_at, None, "the new token was not used yet");
    assert_eq!(seen.old_tokens[0].last_used_at, Some(first_use));
    assert_eq!(seen.row.last_used_at, Some(first_use), "the use of the key stays");

    test.pass(MINUTE).await;
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    let old_use = test.services.now();
    test.pass(MINUTE).await;
    assert_eq!(ask(&test.services, &rotated.token), Code::Valid);
    let new_use = test.services.now();
    let seen = test.details(&key.id).await;
    assert_eq!(seen.old_tokens[0].last_used_at, Some(old_use));
    assert_eq!(seen.token_used_at, Some(new_use));
    assert_eq!(seen.row.last_used_at, Some(new_use));
}

#[tokio::test]
async fn uses_from_before_a_rotation_elsewhere_belong_to_the_old_token() {
    // This node does not follow changes, so it does not know of the rotation when it stores the use.
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    test.services.cluster.load_index().await.unwrap();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    let command_line = test.another(2).await;
    rotate(&command_line, &key.id, "24h").await;
    let seen = test.details(&key.id).await;
    assert_eq!(seen.token_used_at, None);
    assert_eq!(seen.old_tokens[0].last_used_at, Some(test.services.now()));
}

#[tokio::test]
async fn a_later_use_of_an_old_token_on_another_node_stays() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    rotate(&test.services, &key.id, "24h").await;
    let other = test.another(2).await;
    test.services.cluster.load_index().await.unwrap();
    other.cluster.load_index().await.unwrap();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    test.clock.advance(MINUTE);
    assert_eq!(code(&other, &key.token, "chat"), Code::Valid);
    other.usage.flush().await.unwrap();
    test.services.usage.flush().await.unwrap();
    let seen = test.details(&key.id).await;
    assert_eq!(seen.old_tokens[0].last_used_at, Some(test.services.now()));
}

#[tokio::test]
async fn the_timeline_of_a_new_token_waits_for_nodes_while_the_key_stays_active() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let behind = Arc::new(test.another(2).await);
    // A second server with a loaded index that does not follow changes.
    behind.cluster.load_index().await.unwrap();
    behind.cluster.join().await.unwrap();
    let rotated = rotate(&test.services, &key.id, "24h").await;
    assert_eq!(rotated.progress.status, Status::Provisioning);
    assert_eq!(rotated.progress.steps[2].detail, "1 of 2");
    assert_eq!(ask(&test.services, &rotated.token), Code::Valid);
    assert_eq!(test.details(&key.id).await.row.status, Status::Active);

    behind.cluster.load_index().await.unwrap();
    behind.cluster.join().await.unwrap();
    let progress = test
        .services
        .keys
        .progress(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    assert_eq!(progress.status, Status::Active);
    assert_eq!(progress.steps[2].detail, "2 of 2");
}

#[tokio::test]
async fn no_token_of_a_rotated_key_is_in_the_files() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let rotated = rotate(&test.services, &key.id, "24h").await;
    for file in std::fs::read_dir(test.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for token in [key.token.reveal(), &rotated.token] {
            let token = token.as_bytes();
            assert!(!bytes.windows(token.len()).any(|window| window == token));
        }
    }
}

#[tokio::test]
async fn a_developer_rotates_only_their_own_keys() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let (_, developer) = test.add_person(Role::Developer).await;
    let refused = test
        .services
        .keys
        .rotate(&developer, &key.id, &form("now"))
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)), "{refused:?}");
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
}
