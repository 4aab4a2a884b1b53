//! The table of keys: its columns, its orders, rows that follow their keys, and the links to other pages.

use leptos::prelude::*;
use model::id::KeyId;
use model::key_list::{KeyPage, KeyQuery, KeyRow, Matching, Sort};

use super::address::{to_params, url_with_list_query};
use super::bulk::{Bulk, BulkBar, SelectableList, Selected};
use super::row::Row;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::list::Pager;
use crate::ui::table::table;

pub(super) const COLUMNS: &[&str] = &[
    "Name",
    "API Key ID",
    "API Key",
    "Status",
    "Endpoints",
    "Last Used",
    "Bias Profile",
    "Actions",
];

#[component]
pub(super) fn Table(loaded: Memo<Option<KeyPage>>, query: Memo<KeyQuery>, bulk: Bulk) -> impl IntoView {
    let selected = bulk.selected;
    let rows = move || loaded.get().map(|page| page.rows).unwrap_or_default();
    let selectable = Signal::derive(move || {
        let rows = rows().into_iter().filter(|row| row.may_change);
        rows.map(|row| row.id).collect::<Vec<KeyId>>()
    });
    let every = Signal::derive(move || rows().iter().all(|row| row.may_change));
    let matching = Signal::derive(move || loaded.get().map_or(Matching::Exactly(0), |page| page.matching));
    let content = view! {
        <TableHead query/>
        <tbody role="rowgroup">
            <For each=rows key=|row| row.id.clone() let:row>
                <LiveRow first=row loaded query selected/>
            </For>
        </tbody>
    };
    let pages = move || {
        let next = loaded.get().and_then(|page| page.next);
        view! { <PagesOfKeys query=query.get() next/> }
    };
    let list = SelectableList {
        bulk,
        query,
        matching,
        page: selectable,
        every,
    };
    view! {
        <BulkBar list/>
        {table("table table--cards table--keys", "API Keys", content, pages)}
    }
}

/// A row that follows its key: changes by other people appear in it, and the focus stays.
#[component]
fn LiveRow(first: KeyRow, loaded: Memo<Option<KeyPage>>, query: Memo<KeyQuery>, selected: Selected) -> impl IntoView {
    let id = first.id.clone();
    let row = Memo::new(move |_| {
        let page = loaded.get()?;
        let row = page.rows.into_iter().find(|row| row.id == id)?;
        Some((row, page.now))
    });
    move || {
        // After its key is deleted, a row shows its last data until it is removed.
        let (row, now) = row.get().unwrap_or_else(|| (first.clone(), first.created_at));
        view! { <Row row now params=to_params(&query.get()) selected/> }
    }
}

#[component]
fn PagesOfKeys(query: KeyQuery, next: Option<String>) -> impl IntoView {
    let params = to_params(&query);
    let next = next.map(|after| {
        let mut params = params.clone();
        params.replace("after", after);
        url_with_list_query("/keys", &params)
    });
    let first = (!query.after.is_empty()).then(|| {
        let mut params = params.clone();
        params.remove("after");
        url_with_list_query("/keys", &params)
    });
    let words = match Sort::parse(&query.sort) {
        Sort::Newest => ("Newest", "Older"),
        _ => ("First page", "Next page"),
    };
    view! { <Pager first next words/> }
}

/// The heads of the columns. The head of a column that can be sorted is a link.
#[component]
pub(super) fn TableHead(#[prop(optional, into)] query: Option<Memo<KeyQuery>>) -> impl IntoView {
    let head = move |column: &'static str| {
        let (Some(query), Some((up, down))) = (query, order_of(column)) else {
            return view! {
                <th role="columnheader" scope="col" class=(column == "Actions").then_some("cell-actions")>
                    {column}
                </th>
            }
            .into_any();
        };
        let sort = move || Sort::parse(&query.read().sort);
        let direction = move || match sort() {
            sort if sort == up => Some("ascending"),
            sort if sort == down => Some("descending"),
            _ => None,
        };
        // The first click sorts in the more useful order, the second in the other order, and the third by newest first.
        let (one, other) = if column == "Last Used" { (down, up) } else { (up, down) };
        let href = move || {
            let next = match sort() {
                sort if sort == one => other,
                sort if sort == other => Sort::Newest,
                _ => one,
            };
            let mut params = to_params(&query.read());
            params.remove("after");
            params.remove("sort");
            if next != Sort::Newest {
                params.insert("sort", next.slug().to_owned());
            }
            url_with_list_query("/keys", &params)
        };
        view! {
            <th role="columnheader" scope="col" aria-sort=direction>
                <a class="sort" href=href>
                    {column}
                    {move || direction().map(|_| view! { <Icon kind=IconKind::ChevronDown/> })}
                </a>
            </th>
        }
        .into_any()
    };
    view! {
        <thead role="rowgroup">
            <tr role="row">{COLUMNS.iter().copied().map(head).collect_view()}</tr>
        </thead>
    }
}

/// The orders of a column, ascending and descending.
fn order_of(column: &str) -> Option<(Sort, Sort)> {
    match column {
        "Name" => Some((Sort::Name, Sort::NameDescending)),
        "Status" => Some((Sort::Ending, Sort::EndingDescending)),
        "Last Used" => Some((Sort::UsedDescending, Sort::Used)),
        _ => None,
    }
}
