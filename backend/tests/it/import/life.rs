//! What an imported key is, and what it becomes.

use backend::audit::Actor;
use model::form_values::FormValues;
use model::key_import::{ImportOutcome, KeyImport};
use model::rotate_form::RotateKeyForm;
use model::status::Status;
use model::time::DAY;
use model::verify::Code;

use super::{errors, fields, hex, import, import_one, keys, line};
use crate::common::{TestBackend, decide};

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
