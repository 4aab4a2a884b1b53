//! Rotating a key: the new token, and the old one beside it for a while.

mod key;
mod nodes;
mod old_tokens;
mod refusals;
mod uses;

use crate::common::decide;
use backend::audit::Actor;
use backend::{Error, Services};
use model::id::KeyId;
use model::key::CreatedKey;
use model::rotate_form::{RotateKeyForm, RotateOutcome};
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
