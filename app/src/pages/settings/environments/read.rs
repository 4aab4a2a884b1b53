//! Settings → Environments, for people who may not see the environments' keys.

use leptos::prelude::*;
use model::environment::{EnvironmentSummaries, EnvironmentSummary};
use model::time::Timestamp;

use super::{PATH, SEARCH};
use crate::pages::settings::TabHead;
use crate::pages::settings::searchable_list::SearchableTable;
use crate::pages::settings::tab_content::TabContent;
use crate::server_fns::environments::list_environment_summaries;
use crate::shared::Shared;
use crate::ui::badge::tag;
use crate::ui::copy::copy_icon;
use crate::ui::list::use_list_query;
use crate::ui::table::cell;
use crate::ui::time::Ago;

const COLUMNS: &[&str] = &["Name", "ID", "Kind", "Created", "In selector"];

#[component]
pub(crate) fn ReadEnvironments() -> impl IntoView {
    let shared = Shared::of_context();
    let query = use_list_query();
    let list = Resource::new(
        move || (query.get(), shared.version.get()),
        |(query, _)| list_environment_summaries(query),
    );
    view! { <TabContent list what="environments" whole="The environments" columns=COLUMNS draw=table/> }
}

fn table(loaded: Memo<Option<EnvironmentSummaries>>) -> AnyView {
    let rows = Memo::new(move |_| {
        let list = loaded.get();
        list.map(|list| {
            list.environments
                .into_iter()
                .map(|row| (row, list.now))
                .collect::<Vec<_>>()
        })
        .unwrap_or_default()
    });
    let paging = move || loaded.read().as_ref().map(|list| list.paging.clone());
    view! {
        <TabHead title="Environments" text="What keys can be created for. Admins create environments and hold their keys."/>
        <SearchableTable
            path=PATH
            words=SEARCH
            label="Environments"
            class="table table--cards environments"
            columns=COLUMNS
            rows
            key=|(row, _): &(EnvironmentSummary, Timestamp)| row.id.clone()
            draw=|(row, now)| view! { <Row row now/> }.into_any()
            paging=Signal::derive(paging)
        />
    }
    .into_any()
}

#[component]
fn Row(row: EnvironmentSummary, now: Timestamp) -> impl IntoView {
    view! {
        <tr role="row">
            {cell("Name", "cell-name", row.name)}
            {cell("ID", "mono", view! { {row.id.to_string()} {copy_icon(row.id.as_str())} })}
            {cell("Kind", "", view! { <span>{tag(row.kind.as_str())}</span> })}
            {cell("Created", "dim", view! { <span class="nowrap"><Ago at=row.created_at now/></span> })}
            {in_selector(row.hidden)}
        </tr>
    }
}

pub(super) fn in_selector(hidden: bool) -> AnyView {
    let (class, words) = if hidden { ("dim", "Hidden") } else { ("", "Shown") };
    cell("In selector", class, words)
}
