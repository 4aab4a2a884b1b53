//! Sending the form of a customer.

use leptos::html;
use leptos::prelude::*;
use model::customer::CustomerOutcome;
use model::form::FormErrors;

use crate::shared::Shared;
use crate::ui::dialog::close;
use crate::ui::form::send_on_submit;

/// Sends the form. The typed text stays in the form with every answer. The version is empty for a new customer.
pub(super) fn submit(
    dialog: &'static str,
    node: NodeRef<html::Dialog>,
    version: RwSignal<String>,
    errors: RwSignal<FormErrors>,
    busy: RwSignal<bool>,
) -> impl Fn(web_sys::SubmitEvent) {
    let shared = Shared::of_context();
    send_on_submit(dialog, errors, busy, move || {
        let is_new = version.read_untracked().is_empty();
        move |outcome: CustomerOutcome| match outcome {
            CustomerOutcome::Saved { called, change } => {
                let name = called.name;
                let text = match change {
                    Some(_) if is_new => format!("{name} is created."),
                    Some(_) => format!("{name} is saved."),
                    None => format!("Nothing was changed; {name} is as it was."),
                };
                // No key belongs to a new customer yet, so its creation affects no request.
                shared.show_saved(text, change.filter(|_| !is_new));
                close(node);
                None
            }
            CustomerOutcome::Changed {
                version: newer,
                message,
            } => {
                version.try_set(newer.to_string());
                Some(FormErrors::whole(message))
            }
        }
    })
}
