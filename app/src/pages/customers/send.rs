//! Sending the form of a customer.

use leptos::html;
use leptos::prelude::*;
use model::customer::CustomerOutcome;
use model::form::FormErrors;
use model::proof::ChangeEffect;

use crate::shared::Shared;
use crate::ui::dialog::{close, focus_first_error};
use crate::ui::form::SentForm;

/// Sends the form. The typed text stays in the form with every answer. The version is empty for a new customer.
pub(super) fn submit(
    dialog: &'static str,
    node: NodeRef<html::Dialog>,
    version: RwSignal<String>,
    errors: RwSignal<FormErrors>,
    busy: RwSignal<bool>,
) -> impl Fn(web_sys::SubmitEvent) {
    let shared = Shared::of_context();
    move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(form) = SentForm::read(&event).filter(|_| !busy.get_untracked()) else {
            return;
        };
        busy.set(true);
        let new = version.read_untracked().is_empty();
        leptos::task::spawn_local(async move {
            let problem = match form.send().await {
                Ok(CustomerOutcome::Saved { called, change }) => {
                    let name = called.name;
                    match change {
                        Some(_) if new => shared.toasts.add_success(format!("{name} is created.")),
                        Some(change) => {
                            let text = format!("{name} is saved.");
                            shared.toasts.add_with_proof(text, ChangeEffect::InForce, change);
                        }
                        None => shared
                            .toasts
                            .add_success(format!("Nothing was changed; {name} is as it was.")),
                    }
                    shared.reload_screen();
                    close(node);
                    return;
                }
                Ok(CustomerOutcome::Changed {
                    version: newer,
                    message,
                }) => {
                    version.try_set(newer.to_string());
                    FormErrors::whole(message)
                }
                Err(errors) => errors,
            };
            busy.try_set(false);
            errors.try_set(problem);
            focus_first_error(dialog);
        });
    }
}
