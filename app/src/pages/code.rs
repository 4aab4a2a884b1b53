//! `/login/code`: the second step of logging in, for people who have set it up. A plain form.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::entry_frame::{EntryFrame, card_foot, form_card};
use crate::answer::{self, ScreenAnswer};
use crate::ui::field::field;
use crate::ui::title::Title;

const BY_APP: &str = "/login/code";
/// The URL of the form for a recovery code, in whose field a phone shows letters.
const BY_RECOVERY_CODE: &str = "/login/code?with=recovery";

#[component]
pub(crate) fn EnterCode() -> impl IntoView {
    let error = match answer::take_of_screen(|answer| matches!(answer, ScreenAnswer::Code { .. })) {
        Some(ScreenAnswer::Code { error }) => Some(error),
        _ => None,
    };
    let recovery = use_query_map().with_untracked(|query| query.get("with").as_deref() == Some("recovery"));
    let (action, what, keys) = if recovery {
        (BY_RECOVERY_CODE, "one of your recovery codes. Each works once.", "text")
    } else {
        (BY_APP, "the six digits that your authenticator app shows.", "numeric")
    };
    let (other, text, link) = if recovery {
        (BY_APP, "Found the app?", "Use its code")
    } else {
        (
            BY_RECOVERY_CODE,
            "Without the app, a recovery code works as well.",
            "Use a recovery code",
        )
    };
    let input = view! {
        <input
            class="input"
            id="code"
            name="code"
            type="text"
            inputmode=keys
            autocomplete="one-time-code"
            autocapitalize="none"
            spellcheck="false"
            required
            aria-describedby="code-hint"
        />
        <p class="field__hint" id="code-hint">
            <span>
                {text} " "
                <a href=other rel="external">
                    {link}
                </a>
            </span>
        </p>
    };
    view! {
        <Title text="Enter your code"/>
        <EntryFrame>
            {form_card(
                action.to_owned(),
                "Enter your code",
                view! { <p>"Your password was right. Now enter " {what}</p> },
                error,
                field("code", "Code", input),
                "Log in",
            )}
            {card_foot(view! { <a href="/login">"Start again"</a> })}
        </EntryFrame>
    }
}
