//! A key from creation to end, as the verifier sees it.

use std::time::Duration;

use crate::common::{TestBackend, create, new_key};
use backend::Services;
use backend::audit::Actor;
use backend::crypto::token::PlainToken;
use backend::verifier::{Target, Unavailable};
use model::endpoint::Grant;
use model::time::{DAY, MINUTE};
use model::verify::Code;

fn only(name: &str) -> Grant {
    Grant::Only(vec![name.to_owned()])
}

fn ask(services: &Services, token: &PlainToken, endpoint: &str) -> Code {
    crate::common::ask(services, token.reveal(), Target::Endpoint(endpoint), None)
        .unwrap()
        .code
}

/// Waits until the verifier gives this code, because of a background task or another process.
async fn until(services: &Services, token: &PlainToken, code: Code) {
    let waited = tokio::time::timeout(Duration::from_secs(5), async {
        while ask(services, token, "chat") != code {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(
        waited.await.is_ok(),
        "never {code:?}, still {:?}",
        ask(services, token, "chat")
    );
}

#[tokio::test]
async fn a_new_key_becomes_active_by_itself() {
    let test = TestBackend::serving().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    assert!(key.provisioning);
    until(&test.services, &key.token, Code::Valid).await;
}

#[tokio::test]
async fn without_a_server_a_key_is_active_at_once() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    assert!(!key.provisioning);
    test.services.cluster.load_index().await.unwrap();
    assert_eq!(ask(&test.services, &key.token, "image"), Code::Valid);
}

#[tokio::test]
async fn a_key_may_call_only_its_granted_endpoints() {
    let test = TestBackend::serving().await;
    let key = create(&test.services, &new_key("Shop", only("chat"))).await;
    until(&test.services, &key.token, Code::Valid).await;
    assert_eq!(ask(&test.services, &key.token, "image"), Code::Forbidden);
    assert_eq!(ask(&test.services, &key.token, "no-such"), Code::Forbidden);
    let request = |path| Target::Request { method: "POST", path };
    let decide = |path| {
        crate::common::ask(&test.services, key.token.reveal(), request(path), None)
            .unwrap()
            .code
    };
    assert_eq!(decide("/api/v1/chat/completions?stream=true"), Code::Valid);
    assert_eq!(decide("/api/v1/img"), Code::Forbidden);
    assert_eq!(decide("/api/v1/chat/./completions"), Code::Forbidden);
}

#[tokio::test]
async fn a_deleted_key_is_unknown_before_the_answer() {
    let test = TestBackend::serving().await;
    let key = create(&test.services, &new_key("Shop", only("chat"))).await;
    until(&test.services, &key.token, Code::Valid).await;
    test.services
        .keys
        .delete(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    assert_eq!(ask(&test.services, &key.token, "chat"), Code::NotFound);
}

#[tokio::test]
async fn a_disabled_key_is_refused_until_it_is_enabled() {
    let test = TestBackend::serving().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    until(&test.services, &key.token, Code::Valid).await;
    let by = Actor::command_line();
    test.services.keys.disable(&by, &key.id).await.unwrap();
    assert_eq!(ask(&test.services, &key.token, "chat"), Code::Inactive);
    let again = test.services.keys.disable(&by, &key.id).await.unwrap_err();
    assert_eq!(again.to_string(), "“Shop” is inactive and cannot be disabled.");
    test.services.keys.enable(&by, &key.id).await.unwrap();
    assert_eq!(ask(&test.services, &key.token, "chat"), Code::Valid);
}

#[tokio::test]
async fn another_processes_change_is_in_force_within_a_second() {
    let test = TestBackend::serving().await;
    let command_line = test.another(2).await;
    let key = create(&command_line, &new_key("Shop", Grant::All)).await;
    assert!(key.provisioning, "it waits for the running server");
    until(&test.services, &key.token, Code::Valid).await;
    command_line
        .keys
        .disable(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(ask(&test.services, &key.token, "chat"), Code::Inactive);
}

#[tokio::test]
async fn a_key_expires_without_a_job() {
    let test = TestBackend::serving().await;
    let mut new = new_key("Shop", Grant::All);
    new.expires_at = Some(test.services.now().plus(DAY));
    let key = create(&test.services, &new).await;
    until(&test.services, &key.token, Code::Valid).await;
    test.clock.advance(DAY);
    // No job ends the key. Only the poll that keeps the index fresh must run.
    while test.services.verifier().ready().is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(ask(&test.services, &key.token, "chat"), Code::Expired);
}

#[tokio::test]
async fn a_wrong_clock_makes_a_new_key_fail_for_good() {
    let test = TestBackend::serving().await;
    let mut new = new_key("Shop", Grant::All);
    new.browser_skew = Some(-(3 * MINUTE + 12_000));
    let key = create(&test.services, &new).await;
    until(&test.services, &key.token, Code::Failed).await;
    let progress = test
        .services
        .keys
        .progress(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    let reason = progress.reason.unwrap();
    assert!(
        reason.starts_with("Your clock is 3 min 12 s behind the server's. This computer: "),
        "{reason}"
    );
    assert!(
        test.services
            .keys
            .enable(&Actor::command_line(), &key.id)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_mistyped_token_is_unknown() {
    let test = TestBackend::serving().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    until(&test.services, &key.token, Code::Valid).await;
    let mistyped = key.token.reveal().replacen("sk_live_", "sk_live_x", 1);
    for token in [&mistyped, "", "sk_live_"] {
        let decision = crate::common::ask(&test.services, token, Target::Endpoint("chat"), None).unwrap();
        assert_eq!(decision.code, Code::NotFound);
    }
}

#[tokio::test]
async fn a_node_that_does_not_reach_the_database_stops_answering() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    let decide =
        || crate::common::ask(&test.services, key.token.reveal(), Target::Endpoint("chat"), None).map(|it| it.code);
    assert_eq!(decide(), Err(Unavailable::Loading));
    test.services.cluster.load_index().await.unwrap();
    test.clock.advance(5 * MINUTE);
    assert_eq!(decide(), Ok(Code::Valid));
    test.clock.advance(1);
    assert_eq!(decide(), Err(Unavailable::Stale));
}

#[tokio::test]
async fn every_mutation_is_in_the_audit_chain() {
    let test = TestBackend::serving().await;
    let key = create(&test.services, &new_key("Shop", only("chat"))).await;
    until(&test.services, &key.token, Code::Valid).await;
    test.services
        .keys
        .delete(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    // The events: the first environment key, the key created, activated, deleted.
    assert_eq!(test.events().await, 1 + 3);
}

#[tokio::test]
async fn the_last_use_is_stored() {
    let test = TestBackend::serving().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    until(&test.services, &key.token, Code::Valid).await;
    test.services.usage.flush().await.unwrap();
    let preview = test
        .services
        .keys
        .preview_deletion(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    assert_eq!(preview.last_used_at, Some(test.services.now()));
}
