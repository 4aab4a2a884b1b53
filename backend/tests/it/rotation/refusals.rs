//! Rotations that are refused, and change nothing.

use super::{form, send};
use crate::common::{TestBackend, code, create, error_of, invalid, new_key};
use backend::audit::Actor;
use backend::keys::NewKey;
use backend::{Error, Settings};
use model::endpoint::Grant;
use model::role::Role;
use model::rotate_form::RotateKeyForm;
use model::status::PROVISIONING_LIMIT;
use model::time::{DAY, HOUR, MINUTE, both_clocks};
use model::verify::Code;

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
