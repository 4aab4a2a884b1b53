//! Lines that are refused: with mistakes, or about tokens that are here already.

use backend::Error;
use backend::audit::Actor;
use backend::service_accounts::TokenTerms;
use model::audit_event::Action;
use model::endpoint::Grant;
use model::key_import::{ImportOutcome, KeyImport};
use model::list::ListQuery;
use model::role::Role;
use model::rotate_form::RotateKeyForm;
use model::service_account::ServiceAccountForm;
use model::time::HOUR;
use model::verify::Code;

use super::{bounded, errors, fields, import, import_one, keys, line};
use crate::common::database::{execute, texts};
use crate::common::{TestBackend, as_role, create, decide, new_key};

#[tokio::test]
async fn if_one_line_is_refused_nothing_is_written_and_all_are_told() {
    let test = TestBackend::new().await;
    let events = test.events().await;
    let bad = vec![
        line(1, "sk-one", &[]),
        line(2, "sk-two", &[("name", ""), ("environment", "nowhere")]),
        KeyImport {
            sha256: "nothing".to_owned(),
            last_four: Some("12345".to_owned()),
            ..line(3, "", &[("limit_second", "0")])
        },
        line(4, "sk-one", &[]),
        line(5, "sk-five", &[("endpoint", "video")]),
        line(
            6,
            "sk-six",
            &[("expires", "at"), ("expires_at", "2001-01-01T00:00:00Z")],
        ),
    ];
    let report = import(&test.services, bad).await;
    assert_eq!((report.written, report.refused(), report.created()), (false, 5, 1));
    assert_eq!(fields(&errors(&report, 2)), ["environment", "name"]);
    assert_eq!(fields(&errors(&report, 3)), ["sha256", "limit_second", "lastFour"]);
    let twice = errors(&report, 4);
    assert_eq!(twice.of("sha256").unwrap(), "Line 1 has the same token.");
    assert_eq!(fields(&errors(&report, 5)), ["endpoints"]);
    assert_eq!(fields(&errors(&report, 6)), ["expires_at"]);
    assert_eq!((keys(&test).await, test.events().await), (0, events));
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_writes_nothing() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    import_one(&test.services, line(1, "sk-one", &[])).await;
    let events = test.events().await;
    let lines = bounded(vec![
        line(1, "sk-one", &[]),
        line(2, "sk-one-more", &[]),
        line(3, "sk-three", &[("name", "")]),
    ]);
    let report = test.services.keys.import(&by, &lines, true).await.unwrap();
    assert!(!report.written);
    assert!(matches!(report.lines[0].1, ImportOutcome::Unchanged(_)));
    assert_eq!(report.lines[1].1, ImportOutcome::Created(None));
    assert!(matches!(report.lines[2].1, ImportOutcome::Invalid(_)));
    assert_eq!((keys(&test).await, test.events().await), (1, events));
}

#[tokio::test]
async fn a_key_that_was_changed_here_is_a_conflict_in_each_field() {
    let test = TestBackend::new().await;
    let id = import_one(&test.services, line(1, "sk-one", &[])).await;
    let mut other = line(
        1,
        "sk-one",
        &[
            ("name", "Store"),
            ("endpoint", "chat"),
            ("limit_day", "5"),
            ("expires", "at"),
            ("expires_at", "2027-03-01T00:00:00Z"),
            ("allowed_addresses", "203.0.113.7"),
        ],
    );
    other.enabled = false;
    other.last_four = Some("abcd".to_owned());
    let report = import(&test.services, vec![other]).await;
    assert!(matches!(report.lines[0].1, ImportOutcome::Conflict(_)));
    let told = errors(&report, 1);
    let expected = [
        "name",
        "endpoints",
        "expires",
        "limit_day",
        "allowed_addresses",
        "lastFour",
        "enabled",
    ];
    assert_eq!(fields(&told), expected);
    assert_eq!(
        told.of("name").unwrap(),
        format!("{id} has this token already, with another name.")
    );
}

#[tokio::test]
async fn what_was_taken_away_here_does_not_come_back() {
    let test = TestBackend::serving().await;
    let by = Actor::command_line();
    let (deleted, rotated, graced) = (
        import_one(&test.services, line(1, "sk-deleted", &[])).await,
        import_one(&test.services, line(2, "sk-rotated", &[])).await,
        import_one(&test.services, line(3, "sk-graced", &[])).await,
    );
    for id in [&deleted, &rotated, &graced] {
        test.services
            .keys
            .settle(&by, id, std::time::Duration::from_secs(10))
            .await
            .unwrap();
    }
    test.services.keys.delete(&by, &deleted).await.unwrap();
    for (id, grace) in [(&rotated, "now"), (&graced, "1h")] {
        let form = RotateKeyForm {
            grace: grace.to_owned(),
            ..RotateKeyForm::default()
        };
        test.services.keys.rotate(&by, id, &form).await.unwrap();
    }
    // The old token of the last one works on, with its mask; the new one is one of ours.
    assert_eq!(decide(&test.services, "sk-graced", "chat").code, Code::Valid);
    let details = test.details(&graced).await;
    assert!(details.row.masked.starts_with("sk_live_…"));
    assert_eq!(details.old_tokens[0].masked, "imported token");
    for token in ["sk-deleted", "sk-rotated"] {
        assert_eq!(decide(&test.services, token, "chat").code, Code::NotFound);
    }

    let again = || {
        vec![
            line(1, "sk-deleted", &[]),
            line(2, "sk-rotated", &[]),
            line(3, "sk-graced", &[]),
        ]
    };
    let report = import(&test.services, again()).await;
    assert_eq!(report.refused(), 3);
    assert!(errors(&report, 1).of("sha256").unwrap().contains("was deleted here"));
    for line in [2, 3] {
        assert!(errors(&report, line).of("sha256").unwrap().contains("was replaced"));
    }
    // Not even after the grace, when another rotation has removed the old hash.
    execute(&test.connect_directly().await, "DELETE FROM old_tokens")
        .await
        .unwrap();
    test.pass(2 * HOUR).await;
    assert_eq!(decide(&test.services, "sk-graced", "chat").code, Code::NotFound);
    assert_eq!(import(&test.services, again()).await.refused(), 3);
}

#[tokio::test]
async fn tokens_that_have_another_owner_are_conflicts() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    let ours = create(&test.services, &new_key("Ours", Grant::All)).await;
    let environments = test
        .services
        .environments
        .list(&by, &ListQuery::default())
        .await
        .unwrap();
    let environment = &environments.environments[0].id;
    let revealed = test.services.environments.reveal_key(&by, environment).await.unwrap();
    let account = ServiceAccountForm {
        name: "billing".to_owned(),
        role: "viewer".to_owned(),
        ..ServiceAccountForm::default()
    };
    let accounts = &test.services.service_accounts;
    let account = accounts.create(&by, &account, &TokenTerms::default()).await.unwrap();
    let report = import(
        &test.services,
        vec![
            line(1, ours.token.reveal(), &[("name", "Ours")]),
            line(2, &revealed.token, &[]),
            line(3, &account.token, &[]),
        ],
    )
    .await;
    let told = |line| {
        let errors = errors(&report, line);
        assert_eq!(fields(&errors), ["sha256"]);
        errors.of("sha256").unwrap()
    };
    assert_eq!(
        told(1),
        format!("{} has this token already, and was not imported.", ours.id)
    );
    assert_eq!(told(2), "This is the token of an environment key.");
    assert_eq!(told(3), "This is the token of a service account.");
    let conflicts = report
        .lines
        .iter()
        .all(|(_, outcome)| matches!(outcome, ImportOutcome::Conflict(_)));
    assert!(conflicts);
}

#[tokio::test]
async fn whoever_may_create_keys_may_import_them() {
    let test = TestBackend::new().await;
    let lines = bounded(vec![line(1, "sk-one", &[])]);
    let viewer = as_role(Role::Viewer);
    for dry_run in [true, false] {
        let refused = test.services.keys.import(&viewer, &lines, dry_run).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))));
    }
    let (id, developer) = test.add_person(Role::Developer).await;
    let report = test.services.keys.import(&developer, &lines, false).await.unwrap();
    assert!(report.written);
    let db = test.connect_directly().await;
    assert_eq!(texts(&db, "SELECT created_by FROM api_keys").await, [id.as_str()]);
    let events = format!(
        "SELECT actor_id FROM audit_events WHERE action = '{}'",
        Action::KeyImported.name()
    );
    assert_eq!(texts(&db, &events).await, [id.as_str()]);
}
