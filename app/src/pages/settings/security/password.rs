//! The form that changes the person's own password.

use leptos::prelude::*;
use model::form::{FormAnswer, FormErrors};
use model::security::PasswordForm;
use wasm_bindgen::JsCast;
use web_sys::SubmitEvent;

use crate::pages::setup::new_password;
use crate::server_fns::account::change_password;
use crate::shared::Shared;
use crate::ui::button::{Look, submit_button};
use crate::ui::dialog::focus_first_error;
use crate::ui::field::{TextField, text_field};
use crate::ui::form::typed;
use crate::ui::note::BadNote;

const CARD: &str = "password-card";

#[component]
pub(super) fn Password(email: String) -> impl IntoView {
    let shared = Shared::of_context();
    let errors = RwSignal::new(FormErrors::default());
    let busy = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(typed) = typed(&event).filter(|_| !busy.get_untracked()) else {
            return;
        };
        let form = event
            .target()
            .and_then(|it| it.dyn_into::<web_sys::HtmlFormElement>().ok());
        busy.set(true);
        leptos::task::spawn_local(async move {
            let sent: PasswordForm = typed.read();
            let problem = match change_password(sent).await {
                Ok(FormAnswer::Done(())) => {
                    shared
                        .toasts
                        .add_success("Your password is changed. All other browsers are logged out.");
                    shared.reload_screen();
                    if let Some(form) = form {
                        form.reset();
                    }
                    FormErrors::default()
                }
                Ok(FormAnswer::Invalid(errors)) => errors,
                Err(error) => error.into(),
            };
            busy.try_set(false);
            let wrong = !problem.is_empty();
            errors.try_set(problem);
            if wrong {
                focus_first_error(CARD);
            }
        });
    };
    let current = text_field(TextField {
        name: "current",
        label: "Current password",
        kind: Some("password"),
        autocomplete: Some("current-password"),
        required: true,
        errors: Some(errors),
        ..TextField::default()
    });
    view! {
        <section class="card" id=CARD aria-labelledby="password-title">
            <h2 id="password-title">"Password"</h2>
            <form class="form" method="post" on:submit=submit novalidate>
                {move || errors.read().form.clone().map(|text| view! { <BadNote text/> })}
                // Password managers read from this field to which account the password belongs.
                <input type="hidden" name="username" autocomplete="username" value=email/>
                {current}
                {new_password("New password", errors)}
                <div class="card__foot">
                    <p class="dim">"Changing it logs out all other browsers."</p>
                    {submit_button(Look::Secondary, Some(busy), "Change password")}
                </div>
            </form>
        </section>
    }
}
