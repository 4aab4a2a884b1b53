//! From PROVISIONING to ACTIVE: the timeline shows what happens, and no step is skipped.

use std::sync::Arc;
use std::time::Duration;

use crate::common::database::{execute, number};
use crate::common::{TestBackend, code, create, details, new_key, until};
use backend::audit::Actor;
use backend::keys::NewKeyWithToken;
use backend::{Services, Settings};
use model::endpoint::Grant;
use model::id::KeyId;
use model::progress::{Progress, StepState};
use model::status::{PROVISIONING_LIMIT, Status};
use model::time::{DAY, HOUR, MINUTE, SECOND, both_clocks};
use model::verify::Code;
use sea_orm::ConnectionTrait;

fn holding_for(milliseconds: i64) -> Settings {
    Settings {
        provisioning_min: milliseconds,
        ..Settings::default()
    }
}

/// The timeline, one line per step.
fn lines(progress: &Progress) -> Vec<String> {
    let line = |step: &model::progress::Step| format!("{:?} {} ({})", step.state, step.title, step.detail);
    progress.steps.iter().map(line).collect()
}

/// Waits until the provisioning of a key fulfils this condition.
async fn progress_that(services: &Services, id: &KeyId, wanted: impl Fn(&Progress) -> bool) -> Progress {
    let in_time = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            let progress = services.keys.progress(&Actor::command_line(), id).await.unwrap();
            if wanted(&progress) {
                return progress;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let Ok(progress) = in_time.await else {
        panic!(
            "still {:#?}",
            services.keys.progress(&Actor::command_line(), id).await.unwrap()
        );
    };
    progress
}

/// Waits until the clocks are compared: by then the provisioning task has seen the key.
async fn looked_at(services: &Services, id: &KeyId) -> Progress {
    progress_that(services, id, |progress| progress.steps[1].state == StepState::Done).await
}

/// Inserts or updates the row of another server that shares the database.
async fn another_node(test: &TestBackend, applied: i64) {
    let (now, later) = (test.services.now().0, test.services.now().plus(DAY).0);
    let sql = format!(
        "INSERT INTO nodes (instance_id, name, started_at, heartbeat_at, applied_number)
         VALUES ('node_other00000', 'other', {now}, {later}, {applied})"
    );
    test.connect_directly().await.execute_unprepared(&sql).await.unwrap();
}

async fn other_node_has_applied(test: &TestBackend, applied: i64) {
    let sql = format!("UPDATE nodes SET applied_number = {applied} WHERE instance_id = 'node_other00000'");
    test.connect_directly().await.execute_unprepared(&sql).await.unwrap();
}

#[tokio::test]
async fn a_held_key_shows_how_long_it_is_still_held() {
    let test = TestBackend::serving_with(holding_for(10 * SECOND)).await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    let progress = looked_at(&test.services, &key.id).await;
    let timeline = lines(&progress);
    assert_eq!(progress.status, Status::Provisioning);
    assert_eq!(timeline[0], "Done Stored (only its hash)");
    assert!(
        timeline[1].starts_with("Done Clocks agree (server and database only, "),
        "{timeline:?}"
    );
    assert_eq!(timeline[2..], ["Done Nodes ready (1 of 1)", "Running Ready in 10 s ()"]);
    test.clock.advance(4 * SECOND);
    let progress = test
        .services
        .keys
        .progress(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    assert_eq!(lines(&progress)[3], "Running Ready in 6 s ()");
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Provisioning);

    test.clock.advance(6 * SECOND);
    until(&test.services, &key.token, Code::Valid).await;
    let progress = test
        .services
        .keys
        .progress(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    assert_eq!(progress.status, Status::Active);
    assert_eq!(
        lines(&progress)[2..],
        ["Done Nodes ready (1 of 1)", "Done Active (after 10.0 s)"]
    );
    let history = test.details(&key.id).await.history.unwrap();
    assert_eq!(history[0].title, "Active");
    assert_eq!(history[0].details, "1 of 1 nodes ready");
    assert_eq!(history[0].actor, "Latchkey");
}

#[tokio::test]
async fn waiting_for_a_held_key_ends_with_its_present_status() {
    let test = TestBackend::serving_with(holding_for(DAY)).await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    let progress = test
        .services
        .keys
        .settle(&Actor::command_line(), &key.id, Duration::from_millis(50))
        .await
        .unwrap();
    assert_eq!(progress.status, Status::Provisioning);
}

#[tokio::test]
async fn a_key_from_before_the_clock_was_set_back_is_not_held() {
    let test = TestBackend::serving_with(holding_for(10 * SECOND)).await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    looked_at(&test.services, &key.id).await;
    let later = format!(
        "UPDATE api_keys SET created_at = created_at + {HOUR} WHERE id = '{}'",
        key.id
    );
    execute(&test.connect_directly().await, &later).await.unwrap();
    progress_that(&test.services, &key.id, |progress| progress.status == Status::Active).await;
}

#[tokio::test]
async fn a_wrong_browser_clock_makes_the_second_step_fail() {
    let test = TestBackend::serving().await;
    let mut new = new_key("Shop", Grant::All);
    new.browser_skew = Some(3 * MINUTE + 12 * SECOND);
    let key = create(&test.services, &new).await;
    let progress = test
        .services
        .keys
        .settle(&Actor::command_line(), &key.id, Duration::from_secs(10))
        .await
        .unwrap();
    let now = test.services.now();
    let both = both_clocks("This computer", now.plus(3 * MINUTE + 12 * SECOND), now, "UTC");
    let reason = format!(
        "Your clock is 3 min 12 s ahead of the server's. {both} Set right the one that is wrong, and create a new key."
    );
    assert_eq!(progress.status, Status::Failed);
    assert_eq!(progress.reason.as_ref(), Some(&reason));
    assert_eq!(
        lines(&progress)[1..3],
        ["Failed Clocks disagree (yours is 3 min 12 s ahead)", "Waiting Nodes ()"]
    );
    assert_eq!(progress.steps[3].title, "Failed: this key will never work");
    until(&test.services, &key.token, Code::Failed).await;
    assert_eq!(test.details(&key.id).await.history.unwrap()[0].details, reason);
}

#[tokio::test]
async fn a_browser_clock_within_the_tolerance_is_shown_and_accepted() {
    let test = TestBackend::serving().await;
    let mut new = new_key("Shop", Grant::All);
    new.browser_skew = Some(-MINUTE);
    let key = test.active_key(&new).await;
    let progress = test
        .services
        .keys
        .progress(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    assert_eq!(lines(&progress)[1], "Done Clocks agree (yours is 1 min 0 s behind)");
    new.browser_skew = Some(-MINUTE - 1);
    let key = create(&test.services, &new).await;
    let progress = test
        .services
        .keys
        .settle(&Actor::command_line(), &key.id, Duration::from_secs(10))
        .await
        .unwrap();
    assert_eq!(progress.status, Status::Failed);
}

#[tokio::test]
async fn a_wrong_database_clock_makes_the_key_fail() {
    let test = TestBackend::serving().await;
    test.pass(2 * MINUTE).await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    let progress = test
        .services
        .keys
        .settle(&Actor::command_line(), &key.id, Duration::from_secs(10))
        .await
        .unwrap();
    assert_eq!(progress.status, Status::Failed);
    let reason = progress.reason.unwrap();
    assert!(reason.starts_with("The database's clock is 1 min 5"), "{reason}");
    assert!(
        reason.contains(" s behind the server's. Database: ")
            && reason.contains(" UTC. Server: ")
            && reason.ends_with(" UTC. Set right the one that is wrong, and create a new key."),
        "{reason}"
    );
    until(&test.services, &key.token, Code::Failed).await;
}

#[tokio::test]
async fn without_a_server_a_key_waits_for_no_node() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    let progress = test
        .services
        .keys
        .progress(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    assert_eq!(
        lines(&progress),
        [
            "Done Stored (only its hash)",
            "Done Clocks (no server was running)",
            "Done Nodes ready ()",
            "Done Active (after 0 ms)"
        ]
    );
}

/// Stops a server while a key is in PROVISIONING, and starts another. Unless `in_order`, the first server stops like in a crash.
async fn restarted(test: &TestBackend, in_order: bool) -> (Arc<Services>, NewKeyWithToken) {
    test.services.cluster.load_index().await.unwrap();
    test.services.cluster.join().await.unwrap();
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    assert!(key.provisioning);
    if in_order {
        test.services.cluster.leave().await.unwrap();
    }
    let next = Arc::new(test.another(2).await);
    crate::common::serve(&next).await;
    (next, key)
}

#[tokio::test]
async fn provisioning_continues_after_a_restart() {
    let test = TestBackend::with(holding_for(2 * SECOND)).await;
    let (next, key) = restarted(&test, true).await;
    looked_at(&next, &key.id).await;
    assert_eq!(code(&next, &key.token, "chat"), Code::Provisioning, "it is still held");
    test.clock.advance(2 * SECOND);
    until(&next, &key.token, Code::Valid).await;
    let progress = next.keys.progress(&Actor::command_line(), &key.id).await.unwrap();
    assert_eq!(lines(&progress)[3], "Done Active (after 2.0 s)");
    assert_eq!(
        details(&next, &key.id).await.history.unwrap().len(),
        2,
        "created, activated"
    );
}

#[tokio::test]
async fn a_key_waits_for_a_crashed_server_only_while_its_heartbeat_is_fresh() {
    let test = TestBackend::new().await;
    let (next, key) = restarted(&test, false).await;
    let progress = looked_at(&next, &key.id).await;
    assert_eq!(lines(&progress)[2], "Running Waiting for nodes (1 of 2)");
    test.clock.advance(5 * SECOND);
    until(&next, &key.token, Code::Valid).await;
}

#[tokio::test]
async fn a_key_waits_for_a_node_that_is_behind() {
    let test = TestBackend::serving().await;
    another_node(&test, 0).await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    let progress = looked_at(&test.services, &key.id).await;
    assert_eq!(
        lines(&progress)[2..],
        ["Running Waiting for nodes (1 of 2)", "Waiting Usable (not yet)"]
    );
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Provisioning);

    other_node_has_applied(&test, *test.services.cluster.watch_changes().borrow()).await;
    until(&test.services, &key.token, Code::Valid).await;
    let progress = test
        .services
        .keys
        .progress(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    assert_eq!(lines(&progress)[2], "Done Nodes ready (2 of 2)");
}

#[tokio::test]
async fn a_key_does_not_wait_for_a_node_that_falls_silent() {
    let test = TestBackend::serving().await;
    another_node(&test, 0).await;
    let now = test.services.now().0;
    let sql = format!("UPDATE nodes SET heartbeat_at = {now} WHERE instance_id = 'node_other00000'");
    test.connect_directly().await.execute_unprepared(&sql).await.unwrap();
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    looked_at(&test.services, &key.id).await;
    test.clock.advance(5 * SECOND - 1);
    let progress = test
        .services
        .keys
        .progress(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    assert_eq!(progress.steps[2].detail, "1 of 2");
    test.clock.advance(1);
    until(&test.services, &key.token, Code::Valid).await;
}

#[tokio::test]
async fn a_key_that_is_not_ready_within_three_minutes_fails() {
    let test = TestBackend::serving().await;
    another_node(&test, 0).await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    looked_at(&test.services, &key.id).await;
    test.pass(PROVISIONING_LIMIT).await;
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Failed);
    let progress = test
        .services
        .keys
        .progress(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    assert_eq!(progress.status, Status::Failed);
    assert_eq!(
        progress.reason.as_deref(),
        Some("Provisioning did not end within 3 minutes.")
    );
    assert_eq!(lines(&progress)[2], "Failed Nodes did not answer in time (1 of 2)");
    // A node that is ready later changes nothing.
    other_node_has_applied(&test, i64::from(u32::MAX)).await;
    test.services.cluster.load_index().await.unwrap();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Failed);
    let by = Actor::command_line();
    assert!(test.services.keys.enable(&by, &key.id).await.is_err());
}

#[tokio::test]
async fn deleting_a_provisioning_key_does_not_delay_others() {
    let test = TestBackend::serving_with(holding_for(SECOND)).await;
    let by = Actor::command_line();
    let gone = create(&test.services, &new_key("Shop", Grant::All)).await;
    let kept = create(&test.services, &new_key("Depot", Grant::All)).await;
    test.services.keys.delete(&by, &gone.id).await.unwrap();
    test.clock.advance(SECOND);
    until(&test.services, &kept.token, Code::Valid).await;
    assert_eq!(code(&test.services, &gone.token, "chat"), Code::NotFound);
}

#[tokio::test]
async fn many_keys_are_settled_together_and_the_newest_first() {
    let test = TestBackend::new().await;
    // A server that has just started, and does not provision yet.
    test.services.cluster.load_index().await.unwrap();
    test.services.cluster.join().await.unwrap();
    let (by, new) = (Actor::command_line(), new_key("Shop", Grant::All));
    let many = test.services.keys.create_many(&by, &new, 200).await.unwrap();
    test.clock.advance(SECOND);
    let newest = create(&test.services, &new).await;
    assert!(newest.provisioning);
    test.services.cluster.leave().await.unwrap();
    let next = Arc::new(test.another(2).await);
    crate::common::serve(&next).await;
    for key in many.iter().chain([&newest]) {
        until(&next, &key.token, Code::Valid).await;
    }
    let settled_before = format!(
        "SELECT count(*) FROM change_log WHERE number > (SELECT max(created_change) FROM api_keys)
         AND number < (SELECT max(number) FROM change_log WHERE subject_id = '{}')",
        newest.id
    );
    let before = number(&test.connect_directly().await, &settled_before).await;
    assert!(before < 64, "{before} keys became ACTIVE before the newest");
    for key in [&many[0], &many[199], &newest] {
        let history = details(&next, &key.id).await.history.unwrap();
        assert_eq!(history.len(), 2, "created, activated");
    }
    test.events().await;
}

#[tokio::test]
async fn a_row_that_cannot_be_read_does_not_stop_the_other_keys() {
    let test = TestBackend::serving_with(holding_for(SECOND)).await;
    let broken = create(&test.services, &new_key("Shop", Grant::All)).await;
    let key = create(&test.services, &new_key("Depot", Grant::All)).await;
    let sql = format!("UPDATE api_keys SET limit_second = -1 WHERE id = '{}'", broken.id);
    test.connect_directly().await.execute_unprepared(&sql).await.unwrap();
    test.clock.advance(SECOND);
    until(&test.services, &key.token, Code::Valid).await;
    assert_eq!(code(&test.services, &broken.token, "chat"), Code::Provisioning);
}
