//! Environments and environment keys: created, renamed, hidden, revealed and rotated.

mod creating;
mod hiding;
mod renaming;
mod revealing;
mod rotation;
mod uses;

use crate::common::{TestBackend, decide};
use backend::Services;
use backend::audit::Actor;
use model::environment::{EnvironmentForm, EnvironmentRow};
use model::id::EnvironmentId;
use model::list::ListQuery;
use model::rotate_form::RotateKeyForm;
use model::time::Timestamp;
use model::verify::Code;

fn by() -> Actor {
    Actor::command_line()
}

fn form(name: &str, kind: &str) -> EnvironmentForm {
    EnvironmentForm {
        name: name.to_owned(),
        kind: kind.to_owned(),
    }
}

fn grace(grace: &str) -> RotateKeyForm {
    RotateKeyForm {
        grace: grace.to_owned(),
        ..RotateKeyForm::default()
    }
}

async fn row(services: &Services, name: &str) -> EnvironmentRow {
    let list = services
        .environments
        .list(&by(), &ListQuery::default())
        .await
        .unwrap()
        .environments;
    list.into_iter().find(|environment| environment.name == name).unwrap()
}

async fn make_on(services: &Services, name: &str, kind: &str) -> EnvironmentRow {
    assert_eq!(
        services.environments.create(&by(), &form(name, kind)).await.unwrap(),
        name
    );
    row(services, name).await
}

/// Creates an environment whose time of creation is later than that of all others.
async fn make(test: &TestBackend, name: &str, kind: &str) -> EnvironmentRow {
    test.clock.advance(1);
    make_on(&test.services, name, kind).await
}

async fn reveal(services: &Services, id: &EnvironmentId) -> String {
    services.environments.reveal_key(&by(), id).await.unwrap().token
}

async fn rotate(services: &Services, id: &EnvironmentId, form: &RotateKeyForm) -> Option<Timestamp> {
    let rotated = services.environments.rotate_key(&by(), id, form).await.unwrap();
    rotated.old_token_ends_at
}

fn ask(services: &Services, token: &str) -> Code {
    decide(services, token, "chat").code
}

/// The environment in the verifier's answer for a token.
fn named(services: &Services, token: &str) -> String {
    decide(services, token, "chat").environment.unwrap()
}

/// The names that selectors offer.
async fn offered(services: &Services) -> Vec<String> {
    let shown = services.environments.list_selectable(&by()).await.unwrap();
    shown.into_iter().map(|environment| environment.name).collect()
}

async fn number(test: &TestBackend, sql: &str) -> i64 {
    crate::common::database::number(&test.connect_directly().await, sql).await
}
