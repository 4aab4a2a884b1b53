//! The answer to a plain form that was sent after the session had ended. The typed text is not lost.

use leptos::prelude::*;
use model::form_values::FormValues;
use model::key_fields::KeyField;

use crate::pages::EntryFrame;
use crate::ui::button::{Look, submit_button};
use crate::ui::field::field;
use crate::ui::note::BadNote;
use crate::ui::title::Title;

const NAME: KeyField = KeyField::Name;

/// The form as it was sent. The person can send it again after logging in in another tab.
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(crate) fn SendAgain(form: FormValues) -> impl IntoView {
    let name = form.text(NAME.name()).to_owned();
    let hidden = form
        .pairs()
        .filter(|(name, _)| *name != NAME.name())
        .map(|(name, value)| view! { <input type="hidden" name=name.to_owned() value=value.to_owned()/> })
        .collect_view();
    let input = view! { <input class="input" id=NAME.id() name=NAME.name() autocomplete="off" value=name/> };
    view! {
        <Title text="Log in again"/>
        <EntryFrame>
            <form class="auth__card" method="post" action="/keys/new">
                <div>
                    <h1>"Your session has ended"</h1>
                    <p>"Nothing was created yet, and nothing you typed is lost."</p>
                </div>
                <BadNote text="Log in in another tab, then come back here and send the form again."/>
                <a class=Look::Secondary.class() href="/login" target="_blank" rel="external">
                    "Log in in a new tab"
                </a>
                {field(NAME.id(), NAME.label(), input)}
                {hidden}
                {submit_button(Look::Primary, None, "Create API Key")}
            </form>
        </EntryFrame>
    }
}
