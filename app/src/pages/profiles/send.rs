//! Sending the form of a bias profile.

use leptos::html;
use leptos::prelude::*;
use model::form::FormErrors;
use model::profile_form::ProfileOutcome;

use crate::shared::Shared;
use crate::ui::dialog::close;
use crate::ui::form::send_on_submit;

/// Sends the form. The typed text stays in the form with every answer.
pub(super) fn submit(
    dialog: &'static str,
    node: NodeRef<html::Dialog>,
    version: RwSignal<String>,
    errors: RwSignal<FormErrors>,
    busy: RwSignal<bool>,
) -> impl Fn(web_sys::SubmitEvent) {
    let shared = Shared::of_context();
    send_on_submit(dialog, errors, busy, move || {
        let before = version.get_untracked();
        move |outcome: ProfileOutcome| match outcome {
            ProfileOutcome::Saved {
                name, version, change, ..
            } => {
                shared.show_saved(saved(&name, version, &before), change);
                close(node);
                None
            }
            ProfileOutcome::Changed(newer) => {
                version.try_set(newer.version.to_string());
                Some(FormErrors::whole(newer.message()))
            }
        }
    })
}

/// The message about a saved profile. `before` is the version that the form showed, or empty for a new profile.
fn saved(name: &str, version: i64, before: &str) -> String {
    if before.is_empty() {
        format!("{name} is created.")
    } else if before == version.to_string() {
        format!("Nothing was changed; {name} stays at version {version}.")
    } else {
        format!("{name} is saved as version {version}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_says_if_nothing_was_changed() {
        assert_eq!(saved("Strict", 1, ""), "Strict is created.");
        assert_eq!(saved("Strict", 3, "2"), "Strict is saved as version 3.");
        assert_eq!(
            saved("Strict", 2, "2"),
            "Nothing was changed; Strict stays at version 2."
        );
    }
}
