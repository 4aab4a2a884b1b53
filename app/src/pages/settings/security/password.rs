//! Another password.

use leptos::prelude::*;
use model::account::PASSWORD_MIN;
use model::form::FormErrors;
use model::security::{Outcome, PasswordForm};
use wasm_bindgen::JsCast;
use web_sys::SubmitEvent;

use crate::pages::console::Shared;
use crate::server_fns::account::change_password;
use crate::ui::dialog::focus_first_error;
use crate::ui::field::{FieldError, described, invalid};
use crate::ui::form_dialog::{text, typed};
use crate::ui::note::BadNote;

const CARD: &str = "password-card";

#[component]
pub(super) fn Password(email: String) -> impl IntoView {
    let shared = Shared::of_context();
    let errors = RwSignal::new(FormErrors::default());
    let busy = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(data) = typed(&event).filter(|_| !busy.get_untracked()) else {
            return;
        };
        let form = event
            .target()
            .and_then(|it| it.dyn_into::<web_sys::HtmlFormElement>().ok());
        busy.set(true);
        leptos::task::spawn_local(async move {
            let sent = PasswordForm {
                current: text(&data, "current"),
                password: text(&data, "password"),
            };
            let problem = match change_password(sent).await {
                Ok(Outcome::Done(())) => {
                    shared
                        .toasts
                        .good("Your password is changed. All other browsers are logged out.");
                    shared.changed();
                    if let Some(form) = form {
                        form.reset();
                    }
                    FormErrors::default()
                }
                Ok(Outcome::Invalid(errors)) => errors,
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
    view! {
        <section class="card" id=CARD aria-labelledby="password-title">
            <h2 id="password-title">"Password"</h2>
            <form class="form" method="post" on:submit=submit novalidate>
                {move || errors.read().form.clone().map(|text| view! { <BadNote text/> })}
                // For password managers: what the password belongs to.
                <input type="hidden" name="username" autocomplete="username" value=email/>
                <div class="field">
                    <label class="field__label" for="current">
                        "Current password"
                    </label>
                    <input
                        class="input"
                        id="current"
                        name="current"
                        type="password"
                        autocomplete="current-password"
                        required
                        aria-invalid=invalid("current", errors)
                        aria-describedby=described("current", None, errors)
                    />
                    <FieldError name="current" errors/>
                </div>
                <div class="field">
                    <label class="field__label" for="password">
                        "New password"
                    </label>
                    <input
                        class="input"
                        id="password"
                        name="password"
                        type="password"
                        autocomplete="new-password"
                        required
                        aria-invalid=invalid("password", errors)
                        aria-describedby=described("password", Some("password-hint"), errors)
                    />
                    <FieldError name="password" errors/>
                    <p class="field__hint" id="password-hint">
                        {format!("{PASSWORD_MIN} characters or more. A sentence is easiest to remember.")}
                    </p>
                </div>
                <div class="card__foot">
                    <p class="dim">"Changing it logs out all other browsers."</p>
                    <button class="button button--secondary" aria-busy=move || busy.get().then_some("true")>
                        "Change password"
                    </button>
                </div>
            </form>
        </section>
    }
}
