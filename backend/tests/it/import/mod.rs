//! Keys of other systems, imported by the hashes of their tokens.

mod life;
mod many;
mod refusals;

use backend::Services;
use backend::audit::Actor;
use backend::crypto::sha256;
use model::bounded::Bounded;
use model::form::FormErrors;
use model::form_values::FormValues;
use model::id::KeyId;
use model::key_import::{ImportOutcome, ImportReport, KeyImport, MAX_IMPORTED_KEYS};

use crate::common::TestBackend;
use crate::common::database::number;

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
