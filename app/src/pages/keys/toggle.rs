//! Disables or enables a key at once, and says so.

use model::id::KeyId;
use model::key_page::Changed;
use model::proof::ChangeEffect;
use web_sys::Element;

use crate::server_fns::keys::{disable_key, enable_key};
use crate::shared::Shared;

/// The attribute of a button that waits for an answer.
const BUSY: &str = "aria-busy";

/// Disables or enables the key of this button, but not again while the button is busy.
pub(crate) fn press_toggle(button: Element) {
    let address = button.get_attribute("formaction").unwrap_or_default();
    let Some((id, disable)) = key_and_verb(&address) else {
        return;
    };
    if button.has_attribute(BUSY) {
        return;
    }
    let _ = button.set_attribute(BUSY, "true");
    let shared = Shared::of_context();
    leptos::task::spawn_local(async move {
        toggle(shared, id, disable).await;
        let _ = button.remove_attribute(BUSY);
    });
}

/// The key in the address of the form, and whether that address disables it.
fn key_and_verb(address: &str) -> Option<(KeyId, bool)> {
    let path = address.split('?').next()?;
    let (id, verb) = path.strip_prefix("/keys/")?.split_once('/')?;
    let disable = match verb {
        "disable" => true,
        "enable" => false,
        _ => return None,
    };
    Some((KeyId::parse(id)?, disable))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_the_form_names_the_key_and_what_is_done() {
        let id = KeyId::from_random("0123456789");
        let address = |verb: &str| format!("/keys/{id}/{verb}?status=active");
        assert_eq!(key_and_verb(&address("disable")), Some((id.clone(), true)));
        assert_eq!(key_and_verb(&format!("/keys/{id}/enable")), Some((id.clone(), false)));
        assert_eq!(key_and_verb(&address("delete")), None);
        assert_eq!(key_and_verb("/keys/1/disable"), None);
    }
}
