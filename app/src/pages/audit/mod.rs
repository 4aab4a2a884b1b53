//! `/audit`: who did what to what, when and from where.

mod address;
mod chain;
mod filters;
mod table;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::audit::{AuditPage, AuditQuery};

use crate::error::AppError;
use crate::server_fns::audit::list_audit;
use crate::shared::Shared;
use crate::ui::button::{Look, download_button, link_button};
use crate::ui::head::head_actions;
use crate::ui::icon::IconKind;
use crate::ui::state::{LoadError, OutOfDate, State, last_good, state_actions};
use crate::ui::table::LoadingTable;
use crate::ui::title::Title;
use address::{audit_link, audit_query};
use chain::Chain;
use filters::Filters;
use table::Table;

type Page = Resource<Result<AuditPage, AppError>>;

#[component]
pub(crate) fn Audit() -> impl IntoView {
    let shared = Shared::of_context();
    let params = use_query_map();
    let query = Memo::new(move |_| audit_query(&params.read()));
    let page = Resource::new(
        move || (query.get(), shared.version.get()),
        |(query, _)| list_audit(query),
    );
    view! {
        <Title text="Audit Log"/>
        <div class="page-head">
            <div>
                <div class="audit-title">
                    <h1>"Audit Log"</h1>
                    <Chain page/>
                </div>
                <p>"Who did what to what, when and from where. Each event is sealed to the one before it."</p>
            </div>
            <Transition fallback=|| ()>
                <Export page query/>
            </Transition>
        </div>
        <Transition fallback=|| view! { <LoadingTable what="events" columns=table::COLUMNS/> }>
            <Content page query/>
        </Transition>
    }
}

/// Saves the events as a file with one line of JSON for each event.
#[component]
fn Export(page: Page, query: Memo<AuditQuery>) -> impl IntoView {
    let loaded = last_good(page, move || query.try_get_untracked());
    let there = Memo::new(move |_| loaded.read().is_some());
    let href = move || {
        let all = AuditQuery {
            before: String::new(),
            ..query.get()
        };
        audit_link("/audit/export", &all)
    };
    move || {
        there
            .get()
            .then(|| head_actions(download_button(Signal::derive(href), "Export JSONL")))
    }
}

/// What the screen shows below its head.
#[derive(Clone, Debug, PartialEq)]
enum Shown {
    Nothing,
    Failed(AppError),
    NoMatch,
    Table,
}

/// Draws the content again only when the variant of `Shown` changes. A table that changes keeps its rows and the focus in them.
#[component]
fn Content(page: Page, query: Memo<AuditQuery>) -> impl IntoView {
    let loaded = last_good(page, move || query.try_get_untracked());
    let shown = Memo::new(move |_| match (&*loaded.read(), page.get()) {
        (Some(page), _) if page.events.is_empty() => Shown::NoMatch,
        (Some(_), _) => Shown::Table,
        (None, Some(Err(error))) => Shown::Failed(error),
        (None, _) => Shown::Nothing,
    });
    // Drawn apart from the events, so that a person can type into the filters while other events are loaded.
    let has_filters = Memo::new(move |_| match shown.get() {
        Shown::NoMatch | Shown::Table => true,
        // The person can correct the query.
        Shown::Failed(error) => error.is_about_query(),
        Shown::Nothing => false,
    });
    let content = move || match shown.get() {
        Shown::Nothing => ().into_any(),
        Shown::Failed(error) => view! { <LoadError what="The audit log" error/> }.into_any(),
        Shown::NoMatch => view! {
            <State icon=IconKind::Search title="No event matches" text="Nothing of this kind happened, or not then.">
                {state_actions(link_button(Look::Secondary, "/audit", "Show all events"))}
            </State>
        }
        .into_any(),
        Shown::Table => view! { <Table loaded query/> }.into_any(),
    };
    view! {
        <OutOfDate list=page loaded/>
        {move || has_filters.get().then(|| view! { <Filters loaded query/> })}
        {content}
    }
}
