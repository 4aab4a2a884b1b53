//! What the screen shows in place of the list: there are no keys yet, no key matches, or the list is loading.

use leptos::prelude::*;

use super::table::{COLUMNS, TableHead};
use crate::ui::button::{Look, icon_and_words, link_button};
use crate::ui::icon::IconKind;
use crate::ui::state::{State, state_actions, state_steps};
use crate::ui::table::{loading_rows, loading_table};

/// Invites the person to create the first key.
#[component]
pub(super) fn EmptyList(may_create: bool) -> impl IntoView {
    if !may_create {
        return view! {
            <State icon=IconKind::Key title="No keys yet" text="Nobody has created an API key here."/>
        }
        .into_any();
    }
    view! {
        <State
            icon=IconKind::Key
            title="Create your first API key"
            text="A key lets one service call the API. Say what it may call and until when, and see here that it is used."
        >
            {state_actions(link_button(
                Look::Primary,
                "/keys/new",
                icon_and_words(IconKind::Plus, "Create your first key"),
            ))}
            {state_steps([
                (IconKind::Lock, "Limited to the endpoints you choose"),
                (IconKind::Eye, "Shown once, stored only as a hash"),
                (IconKind::Pause, "Stopped the moment you say so"),
            ])}
        </State>
    }
    .into_any()
}

#[component]
pub(super) fn NoMatch() -> impl IntoView {
    view! {
        <State
            icon=IconKind::Search
            title="No key matches"
            text="Search finds keys by the beginnings of words in their names, by key ID, and by the last four characters."
        >
            {state_actions(link_button(Look::Secondary, "/keys?environment=", "Clear search and filters"))}
        </State>
    }
}

#[component]
pub(super) fn Loading() -> impl IntoView {
    let rows = loading_rows(COLUMNS, 6);
    loading_table(
        "table table--cards table--keys",
        "keys",
        "API Keys",
        view! { <TableHead/> },
        rows,
    )
}
