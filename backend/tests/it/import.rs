//! Keys of other systems, imported by the hashes of their tokens.

use backend::audit::Actor;
use backend::crypto::sha256;
use backend::service_accounts::TokenTerms;
use backend::{Error, Services};
use model::audit_event::Action;
use model::bounded::Bounded;
use model::endpoint::Grant;
use model::form::FormErrors;
use model::form_values::FormValues;
use model::id::KeyId;
use model::key_import::{ImportOutcome, ImportReport, KeyImport, MAX_IMPORTED_KEYS};
use model::key_list::KeyQuery;
use model::list::ListQuery;
use model::role::Role;
use model::rotate_form::RotateKeyForm;
use model::service_account::ServiceAccountForm;
use model::status::Status;
use model::time::{DAY, HOUR};
use model::verify::Code;

use crate::common::database::{execute, number, texts};
use crate::common::{TestBackend, as_role, create, decide, new_key};

fn hex(token: &str) -> String {
    sha256(token)
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// A line about a token, with these fields of the form besides.
fn line(number: usize, token: &str, fields: &[(&str, &str)]) -> KeyImport {
    let mut form = FormValues::from([
        ("name", "Shop"),
        ("environment", "default"),
        ("expires", "never"),
        ("endpoints", "all"),
    ]);
    for (name, value) in fields {
        form.set(name, *value);
    }
    KeyImport {
        line: number,
        sha256: hex(token),
        last_four: None,
        enabled: true,
        form,
    }
}

fn bounded(lines: Vec<KeyImport>) -> Bounded<KeyImport, MAX_IMPORTED_KEYS> {
    Bounded::try_from(lines).unwrap()
}

async fn import(services: &Services, lines: Vec<KeyImport>) -> ImportReport {
    let by = Actor::command_line();
    services.keys.import(&by, &bounded(lines), false).await.unwrap()
}

/// Imports one key, which is new, and returns its ID.
async fn import_one(services: &Services, line: KeyImport) -> KeyId {
    let report = import(services, vec![line]).await;
    match &report.lines[..] {
        [(_, ImportOutcome::Created(Some(id)))] if report.written => id.clone(),
        other => panic!("{other:?}"),
    }
}

fn errors(report: &ImportReport, line: usize) -> FormErrors {
    assert!(!report.written);
    let (_, outcome) = report.lines.iter().find(|(number, _)| *number == line).unwrap();
    outcome.errors().cloned().unwrap_or_default()
}

fn fields(errors: &FormErrors) -> Vec<&str> {
    errors.fields.iter().map(|(field, _)| field.as_str()).collect()
}

async fn keys(test: &TestBackend) -> i64 {
    number(&test.connect_directly().await, "SELECT count(*) FROM api_keys").await
}

#[tokio::test]
async fn an_imported_key_works_with_all_that_the_line_says() {
    let test = TestBackend::serving().await;
    let mut new = line(
        7,
        "acme_3ZaQ…7",
        &[("endpoint", "chat"), ("limit_minute", "2"), ("name", " Shop  ")],
    );
    new.last_four = Some("Qx-7".to_owned());
    let report = import(&test.services, vec![new]).await;
    assert_eq!((report.written, report.created(), report.lines[0].0), (true, 1, 7));
    let id = match &report.lines[0].1 {
        ImportOutcome::Created(Some(id)) => id.clone(),
        other => panic!("{other:?}"),
    };
    // As any key from a program, it waits until the nodes know it.
    let early = decide(&test.services, "acme_3ZaQ…7", "chat").code;
    assert!(matches!(early, Code::Provisioning | Code::Valid), "{early:?}");
    let by = Actor::command_line();
    let settled = test
        .services
        .keys
        .settle(&by, &id, std::time::Duration::from_secs(10))
        .await;
    assert_eq!(settled.unwrap().status, Status::Active);
    assert_eq!(decide(&test.services, "acme_3ZaQ…7", "chat").code, Code::Valid);
    assert_eq!(decide(&test.services, "acme_3ZaQ…7", "image").code, Code::Forbidden);
    assert_eq!(decide(&test.services, "acme_3ZaQ…8", "chat").code, Code::NotFound);
    let details = test.details(&id).await;
    assert_eq!(
        (details.row.name.as_str(), details.row.masked.as_str()),
        ("Shop", "…Qx-7")
    );
    let history = details.history.unwrap();
    assert_eq!(history.last().unwrap().title, "Imported");
    assert_eq!(history.last().unwrap().details, "default; chat");
    // The token is nowhere, and neither is its hash.
    assert!(!test.stores("acme_3ZaQ").await);
    assert!(!test.stores(&hex("acme_3ZaQ…7")).await);
}

#[tokio::test]
async fn an_imported_key_still_works_after_a_start() {
    let test = TestBackend::new().await;
    import_one(&test.services, line(1, "sk-one", &[])).await;
    let other = test.another(2).await;
    other.cluster.load_index().await.unwrap();
    assert_eq!(decide(&other, "sk-one", "chat").code, Code::Valid);
}

#[tokio::test]
async fn the_same_lines_again_change_nothing() {
    let test = TestBackend::serving().await;
    let lines = || {
        vec![
            line(
                1,
                "sk-one",
                &[
                    ("endpoint", "chat"),
                    ("expires", "at"),
                    ("expires_at", "2027-03-01T00:00:00Z"),
                ],
            ),
            KeyImport {
                enabled: false,
                ..line(2, "sk-two", &[("allowed_addresses", "203.0.113.0/24")])
            },
        ]
    };
    let first = import(&test.services, lines()).await;
    assert_eq!(first.created(), 2);
    let events = test.events().await;
    let change = test.services.cluster.last_change().await.unwrap();
    let again = import(&test.services, lines()).await;
    assert_eq!((again.written, again.created(), again.unchanged()), (true, 0, 2));
    for (new, known) in first.lines.iter().zip(&again.lines) {
        let (ImportOutcome::Created(Some(id)), ImportOutcome::Unchanged(same)) = (&new.1, &known.1) else {
            panic!("{new:?} {known:?}");
        };
        assert_eq!(id, same);
    }
    // Only the provisioning of the first key may have come in between.
    assert!(test.events().await - events <= 1);
    assert!(test.services.cluster.last_change().await.unwrap() - change <= 1);
    assert_eq!(keys(&test).await, 2);
    // An end date that has passed since is still the one of the file.
    test.pass(200 * DAY).await;
    assert_eq!(import(&test.services, lines()).await.unchanged(), 2);
}

#[tokio::test]
async fn a_disabled_key_is_imported_as_one() {
    let test = TestBackend::serving().await;
    let off = KeyImport {
        enabled: false,
        ..line(1, "sk-one", &[])
    };
    let id = import_one(&test.services, off).await;
    assert_eq!(decide(&test.services, "sk-one", "chat").code, Code::Inactive);
    let by = Actor::command_line();
    test.services.keys.enable(&by, &id).await.unwrap();
    assert_eq!(decide(&test.services, "sk-one", "chat").code, Code::Valid);
}

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

#[tokio::test]
async fn many_keys_are_written_in_one_transaction_with_an_event_each() {
    let test = TestBackend::new().await;
    let lines = (1..=MAX_IMPORTED_KEYS).map(|number| {
        let name = format!("Key {number}");
        line(
            number,
            &format!("sk-{number}"),
            &[("name", &name), ("endpoint", "chat")],
        )
    });
    let (before, change) = (test.events().await, test.services.cluster.last_change().await.unwrap());
    let report = import(&test.services, lines.collect()).await;
    assert_eq!((report.written, report.created()), (true, MAX_IMPORTED_KEYS));
    let made = i64::try_from(MAX_IMPORTED_KEYS).unwrap();
    assert_eq!(test.events().await, before + made);
    assert_eq!(test.services.cluster.last_change().await.unwrap(), change + made);
    test.services.cluster.load_index().await.unwrap();
    for number in [1, 400, 401, 1_000] {
        assert_eq!(
            decide(&test.services, &format!("sk-{number}"), "chat").code,
            Code::Valid
        );
        assert_eq!(
            decide(&test.services, &format!("sk-{number}"), "image").code,
            Code::Forbidden
        );
    }
    // Prefixes of names are found, and so are last fours; unknown ones are not mistaken for a search.
    let query = KeyQuery {
        search: "Key 777".to_owned(),
        ..KeyQuery::default()
    };
    let page = test.services.keys.list(&Actor::command_line(), &query).await.unwrap();
    assert_eq!(page.rows.len(), 1);
    assert_eq!(page.rows[0].masked, "imported token");
}

#[tokio::test]
async fn more_endpoints_than_a_transaction_takes_are_refused_at_once() {
    let test = TestBackend::new().await;
    let lines = (1..=21).map(|number| {
        let mut line = line(number, &format!("sk-{number}"), &[]);
        for _ in 0..1_000 {
            line.form.add("endpoint", "chat");
        }
        line
    });
    let refused = test
        .services
        .keys
        .import(&Actor::command_line(), &bounded(lines.collect()), true)
        .await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
}

/// Two imports of one file at once: the second finds what the first has written.
#[tokio::test]
async fn two_imports_at_once_make_each_key_once() {
    let test = TestBackend::new().await;
    let lines = || {
        (1..=50)
            .map(|number| line(number, &format!("sk-{number}"), &[]))
            .collect()
    };
    let (one, other) = tokio::join!(import(&test.services, lines()), import(&test.services, lines()));
    assert!(one.written && other.written);
    assert_eq!(one.created() + other.created(), 50);
    assert_eq!(one.unchanged() + other.unchanged(), 50);
    assert_eq!(keys(&test).await, 50);
}

/// Two files at once that have some tokens in common, one with other settings: one of the files is imported as a whole, and the other
/// is refused as a whole, with a conflict for each token that they share.
#[tokio::test]
async fn of_two_different_imports_at_once_that_share_tokens_one_is_refused() {
    let test = TestBackend::new().await;
    let lines = |tokens: std::ops::Range<usize>, name: &str| -> Vec<KeyImport> {
        let first = tokens.start;
        tokens
            .map(|token| line(token - first + 1, &format!("sk-{token}"), &[("name", name)]))
            .collect()
    };
    let (one, other) = tokio::join!(
        import(&test.services, lines(0..50, "Shop")),
        import(&test.services, lines(30..80, "Store"))
    );
    let (written, refused) = if one.written { (one, other) } else { (other, one) };
    assert!(written.written && !refused.written);
    assert_eq!(written.created(), 50);
    let is_conflict = |(_, outcome): &&(usize, ImportOutcome)| matches!(outcome, ImportOutcome::Conflict(_));
    let conflicts: Vec<_> = refused.lines.iter().filter(is_conflict).collect();
    assert_eq!(conflicts.len(), 20);
    assert!(
        conflicts
            .iter()
            .all(|(number, _)| fields(&errors(&refused, *number)) == ["name"])
    );
    assert_eq!(keys(&test).await, 50);
    assert_eq!(test.details_of("key.imported").await.len(), 50);
}

#[tokio::test]
async fn an_imported_key_keeps_its_identity_when_it_is_rotated() {
    let test = TestBackend::serving().await;
    let by = Actor::command_line();
    let id = import_one(&test.services, line(1, "sk-one", &[("endpoint", "chat")])).await;
    test.services
        .keys
        .settle(&by, &id, std::time::Duration::from_secs(10))
        .await
        .unwrap();
    let form = RotateKeyForm {
        grace: "24h".to_owned(),
        ..RotateKeyForm::default()
    };
    test.services.keys.rotate(&by, &id, &form).await.unwrap();
    let old = test.details(&id).await.old_tokens;
    test.services.keys.end_old_token(&by, &id, &old[0].id).await.unwrap();
    assert_eq!(decide(&test.services, "sk-one", "chat").code, Code::NotFound);
    let history = test.details(&id).await.history.unwrap();
    assert_eq!(history[0].details, "the imported token");
}

#[tokio::test]
async fn a_key_comes_with_its_customer_and_metadata() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    let customer = FormValues::from([
        (model::customer::EXTERNAL_ID, "acme-7"),
        (model::customer::NAME, "Acme"),
    ]);
    test.services.customers.create(&by, &customer).await.unwrap();
    let with = |customer: &str, metadata: &str| {
        let mut line = line(1, "sk-one", &[]);
        line.form.set("customer", customer);
        line.form.set("metadata", metadata);
        line
    };
    let unknown = import(&test.services, vec![with("external:acme-8", "")]).await;
    assert_eq!(fields(&errors(&unknown, 1)), ["customer"]);
    let id = import_one(&test.services, with("external:acme-7", r#"{"plan": "pro"}"#)).await;
    let again = import(&test.services, vec![with("external:acme-7", r#"{"plan": "pro"}"#)]).await;
    assert_eq!(again.unchanged(), 1);
    let other = import(&test.services, vec![with("", r#"{"plan": "free"}"#)]).await;
    assert_eq!(fields(&errors(&other, 1)), ["customer", "metadata"]);
    let record = test.services.keys.record(&by, &id).await.unwrap();
    assert_eq!(record.row.customer.unwrap().external_id, "acme-7");
}
