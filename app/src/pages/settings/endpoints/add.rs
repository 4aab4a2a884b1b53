//! The dialog Add Endpoint.

use leptos::prelude::*;
use model::endpoint_form::{EndpointForm, EndpointOutcome, NAME_MAX};
use model::form::FormErrors;
use web_sys::FormData;

use super::PATH;
use super::edit::TitleField;
use crate::pages::console::Shared;
use crate::server_fns::endpoints::create_endpoint;
use crate::ui::field::{FieldError, described, invalid};
use crate::ui::form_dialog::{Form, FormDialog, Words, text};
use crate::ui::icon::{Icon, IconKind};

const WORDS: Words = Words {
    dialog: "add-endpoint",
    title: "Add Endpoint",
    submit: "Add Endpoint",
};

#[component]
pub(super) fn AddEndpoint() -> impl IntoView {
    let shared = Shared::of_context();
    let form = Form::over(WORDS, PATH);
    let errors = form.errors;
    let send = move |data: FormData| {
        let typed = EndpointForm {
            name: text(&data, "name"),
            title: text(&data, "title"),
            patterns: text(&data, "patterns"),
        };
        form.send(async move {
            match create_endpoint(typed).await? {
                EndpointOutcome::Saved { title } => {
                    shared.toasts.good(format!("{title} is added."));
                    shared.changed();
                    form.close();
                    Ok(())
                }
                EndpointOutcome::Invalid(errors) => Err(errors),
            }
        });
    };
    view! {
        <FormDialog form send>
            <TitleField errors/>
            <NameField errors/>
            <PatternsField errors/>
            <div class="note note--warn">
                <Icon kind=IconKind::Warning/>
                <p>
                    "Name, methods and paths never change later, or keys would come to allow more. Keys with all endpoints may call this one at once."
                </p>
            </div>
        </FormDialog>
    }
}

#[component]
fn NameField(errors: RwSignal<FormErrors>) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for="name">
                "Name"
            </label>
            <input
                class="input mono"
                id="name"
                name="name"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                required
                maxlength=NAME_MAX.to_string()
                aria-invalid=invalid("name", errors)
                aria-describedby=described("name", Some("name-hint"), errors)
            />
            <FieldError name="name" errors/>
            <p class="field__hint" id="name-hint">
                "What programs say, like check-bias: small letters, digits and dashes."
            </p>
        </div>
    }
}

#[component]
fn PatternsField(errors: RwSignal<FormErrors>) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for="patterns">
                "Methods and paths"
            </label>
            <textarea
                class="input mono"
                id="patterns"
                name="patterns"
                rows="3"
                autocapitalize="none"
                spellcheck="false"
                required
                placeholder="GET, POST /api/v1/img/{*rest}"
                aria-invalid=invalid("patterns", errors)
                aria-describedby=described("patterns", Some("patterns-hint"), errors)
            ></textarea>
            <FieldError name="patterns" errors/>
            <p class="field__hint" id="patterns-hint">
                "A line each, like POST /api/v1/chat. {id} stands for one segment or a part of one, a last {*rest} for all that follow."
            </p>
        </div>
    }
}
