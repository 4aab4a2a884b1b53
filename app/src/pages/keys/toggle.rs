//! Disables or enables a key at once, and says so.

use model::id::KeyId;
use model::key_page::Changed;
use model::proof::ChangeEffect;

use crate::server_fns::keys::{disable_key, enable_key};
use crate::shared::Shared;

/// Disables or enables a key. A message then says on how many nodes that is in force.
pub(crate) async fn toggle(shared: Shared, id: KeyId, disable: bool) {
    let outcome = if disable {
        disable_key(id).await
    } else {
        enable_key(id).await
    };
    match outcome {
        Ok(Changed { name, change }) if disable => {
            shared
                .toasts
                .add_with_proof(format!("{name} is disabled."), ChangeEffect::Refused, change);
        }
        Ok(Changed { name, change }) => {
            shared
                .toasts
                .add_with_proof(format!("{name} is enabled."), ChangeEffect::Accepted, change);
        }
        Err(error) => shared.toasts.add_error(error.message()),
    }
    shared.reload_screen();
}
