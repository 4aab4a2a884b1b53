//! The dialog Rotate API Key for an environment key.

use leptos::prelude::*;
use model::environment::{EnvironmentRow, RotatedEnvironmentKey};
use model::form_values::FormValues;
use model::rotate_form::{GRACES, RotateKeyForm};

use super::EnvironmentsTab;
use crate::server_fns::environments::rotate_environment_key;
use crate::shared::Shared;
use crate::ui::choice::radio;
use crate::ui::confirm_password::Confirm;
use crate::ui::day::local_exact;
use crate::ui::field::FieldError;
use crate::ui::form_dialog::{DialogTexts, Form, FormDialog};
use crate::ui::note::{NoteKind, note};

pub(super) const TEXTS: DialogTexts = DialogTexts {
    dialog: "rotate-environment-key",
    title: "Rotate API Key",
    submit: "Rotate API key",
};

/// The grace that is chosen first: a day to put the new token into all services.
const USUAL: &str = "24h";

/// The warning while the token of an earlier rotation still works.
const OLD_TOKEN: &str = "A token from before the last rotation still works. It ends when that was promised, or at once where you choose Now.";

#[component]
pub(super) fn RotateEnvironmentKey(form: Form, row: EnvironmentRow) -> impl IntoView {
    let tab = EnvironmentsTab::of_context();
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let errors = form.errors;
    let EnvironmentRow {
        id,
        name,
        old_token_ends_at,
        ..
    } = row;
    let send = move |values: FormValues| {
        let typed: RotateKeyForm = values.read();
        let id = id.clone();
        form.send(async move {
            let rotate = || rotate_environment_key(id.clone(), typed.clone());
            let RotatedEnvironmentKey {
                name,
                old_token_ends_at,
            } = confirm.run(rotate).await?.into_result()?;
            let old = match old_token_ends_at {
                Some(end) => format!("the old token works until {}", local_exact(end)),
                None => "the old token is refused from now on".to_owned(),
            };
            shared.toasts.add_success(format!("{name} has a new API key; {old}."));
            tab.hide(&id);
            shared.reload_screen();
            form.close();
            Ok(())
        });
    };
    view! {
        <FormDialog form about=name send>
            <p>
                "The environment gets a new token; reveal or copy it in the list. Put it into every services before the old one ends."
            </p>
            {old_token_ends_at.map(|_| note(NoteKind::Warning, OLD_TOKEN))}
            <fieldset class="group">
                <legend>"The old token ends"</legend>
                <div class="choices choices--column">
                    {GRACES
                        .map(|(word, _, title)| radio("grace", word, title, word == USUAL, word == USUAL))
                        .into_iter()
                        .collect_view()}
                </div>
                <FieldError name="grace" errors/>
            </fieldset>
        </FormDialog>
    }
}
