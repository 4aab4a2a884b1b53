//! The list without its content: empty, nothing found, loading.

use leptos::prelude::*;

use super::table::{COLUMNS, TableHead};
use crate::ui::icon::{Icon, IconKind};
use crate::ui::state::State;

/// The invitation to the first key.
#[component]
pub(crate) fn EmptyList(may_create: bool) -> impl IntoView {
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
            <div class="state__actions">
                <a class="button button--primary" href="/keys/new">
                    <Icon kind=IconKind::Plus/>
                    "Create your first key"
                </a>
            </div>
            <ul class="state__steps" role="list">
                <li>
                    <Icon kind=IconKind::Lock/>
                    "Limited to the endpoints you choose"
                </li>
                <li>
                    <Icon kind=IconKind::Eye/>
                    "Shown once, stored only as a hash"
                </li>
                <li>
                    <Icon kind=IconKind::Pause/>
                    "Stopped the moment you say so"
                </li>
            </ul>
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
            text="Search finds the start of a name or key ID, and the last four characters of a key."
        >
            <div class="state__actions">
                <a class="button button--secondary" href="/keys?environment=">
                    "Clear search and filters"
                </a>
            </div>
        </State>
    }
}

#[component]
pub(super) fn Loading() -> impl IntoView {
    let bones = || {
        COLUMNS
            .into_iter()
            .map(|column| {
                view! {
                    <td role="cell" data-label=column>
                        <span>
                            <span class="bone"></span>
                        </span>
                    </td>
                }
            })
            .collect_view()
    };
    view! {
        <p class="vh" role="status">
            "Loading keys"
        </p>
        <div class="table-card" aria-busy="true">
            <table class="table table--cards table--keys" role="table" aria-label="API Keys">
                <TableHead/>
                <tbody role="rowgroup">
                    {(0..6).map(|_| view! { <tr role="row">{bones()}</tr> }).collect_view()}
                </tbody>
            </table>
        </div>
    }
}
