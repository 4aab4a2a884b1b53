//! What a person sees whose session was over when a plain form came: nothing typed is lost.

use leptos::prelude::*;
use leptos_meta::Title;
use model::key_form::CreateKeyForm;

use crate::pages::Outside;
use crate::ui::note::BadNote;

/// The same form once more, to be sent after logging in elsewhere.
#[component]
pub(crate) fn SendAgain(form: CreateKeyForm) -> impl IntoView {
    let mut fields = vec![
        ("environment", form.environment),
        ("endpoints", form.endpoints),
        ("expires", form.end.expires),
        ("expires_on", form.end.expires_on),
        ("utc_offset", form.end.utc_offset),
        ("bias_profile", form.bias_profile),
        ("form_id", form.form_id),
    ];
    fields.extend(form.endpoint.into_iter().map(|endpoint| ("endpoint", endpoint)));
    fields.extend(form.limits.each());
    view! {
        <Title text="Log in again"/>
        <Outside>
            <form class="auth__card" method="post" action="/keys/new">
                <div>
                    <h1>"Your session has ended"</h1>
                    <p>"Nothing was created yet, and nothing you typed is lost."</p>
                </div>
                <BadNote text="Log in in another tab, then come back here and send the form again."/>
                <a class="button button--secondary" href="/login" target="_blank" rel="external">
                    "Log in in a new tab"
                </a>
                <div class="field">
                    <label class="field__label" for="name">
                        "Name"
                    </label>
                    <input class="input" id="name" name="name" autocomplete="off" value=form.name/>
                </div>
                {fields
                    .into_iter()
                    .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
                    .collect_view()}
                <button class="button button--primary">"Create API Key"</button>
            </form>
        </Outside>
    }
}
