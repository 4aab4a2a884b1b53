//! The fields of the forms for service accounts and their tokens.

use std::collections::BTreeSet;

use leptos::html;
use leptos::prelude::*;
use model::form::FormErrors;
use model::form_values::FormValues;
use model::role::Role;
use model::service_account::{NAME_MAX, ONLY, ROLES, ServiceAccountForm};

use crate::pages::settings::role_field::RoleField;
use crate::shared::Shared;
use crate::ui::choice::{Select, option, select};
use crate::ui::field::{FieldError, TextField, described, invalid, labelled, text_field};
use crate::ui::find::FindInList;

/// The form as it was typed.
pub(super) fn read(values: &FormValues) -> ServiceAccountForm {
    ServiceAccountForm {
        name: values.text("name").to_owned(),
        role: values.text("role").to_owned(),
        scope: values.text("scope").to_owned(),
        environments: values.all("environments").map(str::to_owned).collect(),
        expires: values.text("expires").to_owned(),
        addresses: values.text("addresses").to_owned(),
    }
}

pub(super) fn name_field(errors: RwSignal<FormErrors>, value: String) -> AnyView {
    text_field(TextField {
        name: "name",
        label: "Name",
        hint: Some("What the program is for, like billing or sign-up page."),
        autocomplete: Some("off"),
        autofocus: true,
        required: true,
        maxlength: Some(NAME_MAX),
        value: Some(value),
        errors: Some(errors),
        ..TextField::default()
    })
}

/// The choice of a role for a service account.
pub(super) fn role_field(chosen: Role, errors: RwSignal<FormErrors>) -> impl IntoView {
    view! { <RoleField roles=&ROLES about chosen errors/> }
}

/// What a service account with this role may do.
const fn about(role: Role) -> &'static str {
    match role {
        Role::Developer => "Also creates keys and changes those that it created.",
        other => other.description(),
    }
}

/// The environments to which a service account is kept. `chosen` are those so far; `None` for all.
#[component]
pub(super) fn EnvironmentsField(chosen: Option<Vec<String>>, errors: RwSignal<FormErrors>) -> impl IntoView {
    let shared = Shared::of_context();
    let only = NodeRef::<html::Input>::new();
    let list = NodeRef::<html::Ul>::new();
    let ticked = move |event: web_sys::Event| {
        if let (true, Some(only)) = (event_target_checked(&event), only.get_untracked()) {
            only.set_checked(true);
        }
    };
    // An environment that the selector hides is offered only where it is chosen.
    let mut offered: BTreeSet<String> = chosen.iter().flatten().cloned().collect();
    if let Some(Ok(frame)) = shared.frame.get_untracked() {
        offered.extend(frame.environments.into_iter().map(|environment| environment.name));
    }
    let many = offered.len();
    let some = chosen.is_some();
    let kept: Vec<String> = chosen.into_iter().flatten().collect();
    let boxes = offered
        .into_iter()
        .map(|name| {
            let checked = kept.contains(&name);
            view! {
                <li>
                    <label class="choice">
                        <input type="checkbox" name="environments" value=name.clone() checked=checked on:change=ticked/>
                        <span>{name}</span>
                    </label>
                </li>
            }
        })
        .collect_view();
    view! {
        <fieldset class="group" aria-describedby=described("environments", Some("environments-hint"), errors)>
            <legend>"Environments"</legend>
            <div class="choices">
                <label class="choice">
                    <input type="radio" name="scope" value="all" checked=!some/>
                    <span>"All environments"</span>
                </label>
                <label class="choice">
                    <input
                        type="radio"
                        name="scope"
                        value=ONLY
                        node_ref=only
                        checked=some
                        data-invalid=invalid("environments", errors)
                    />
                    <span>"Only these"</span>
                </label>
            </div>
            <FieldError name="environments" errors/>
            <FindInList list label="Find an environment" many/>
            <ul class="checklist" role="list" node_ref=list>
                {boxes}
            </ul>
            <p class="field__hint" id="environments-hint">
                "Kept to some, it neither sees nor changes what belongs to others, and changes nothing that all share."
            </p>
        </fieldset>
    }
}

/// The end of a token, and the networks from which it may be used.
#[component]
pub(super) fn TokenFields(errors: RwSignal<FormErrors>) -> impl IntoView {
    let options = [
        ("365", "In 365 days"),
        ("90", "In 90 days"),
        ("30", "In 30 days"),
        ("never", "Never"),
    ]
    .map(|(value, title)| option(value, title, value == "365"));
    let expires = select(
        Select {
            id: Some("expires"),
            name: "expires",
            errors: Some(errors),
            ..Select::default()
        },
        options.into_iter().collect_view(),
    );
    let addresses = view! {
        <textarea
            class="input mono input--lines"
            id="addresses"
            name="addresses"
            rows="2"
            autocapitalize="none"
            autocomplete="off"
            spellcheck="false"
            aria-invalid=invalid("addresses", errors)
            aria-describedby=described("addresses", Some("addresses-hint"), errors)
        ></textarea>
    };
    let hint = "CIDRs like 203.0.113.0/24 or 2001:db8::/32, one a line; empty for everywhere.";
    view! {
        {labelled("expires", "Token expires", None, Some(errors), expires)}
        {labelled("addresses", "Allowed addresses", Some(hint), Some(errors), addresses)}
    }
}
