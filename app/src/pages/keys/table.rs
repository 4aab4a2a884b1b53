//! The table of keys: its columns, its orders, rows that follow their keys, and the links to other pages.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use model::id::KeyId;
use model::key_list::{KeyPage, KeyQuery, KeyRow, Matching, PAGE_SIZE, PAGE_SIZES, Sort};

use super::address::{to_first_page, to_params, url_with_list_query};
use super::bulk::{Bulk, BulkBar, SelectableList, Selected};
use super::row::draw_row;
use super::row_events::RowEvents;
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
    let rows = move || {
        let loaded = loaded.read();
        loaded.as_ref().map(|page| page.rows.clone()).unwrap_or_default()
    };
    let selectable = Signal::derive(move || {
        let rows = rows().into_iter().filter(|row| row.may_change);
        rows.map(|row| row.id).collect::<Vec<KeyId>>()
    });
    let every = Signal::derive(move || rows().iter().all(|row| row.may_change));
    let matching = Signal::derive(move || {
        let loaded = loaded.read();
        loaded.as_ref().map_or(Matching::Exactly(0), |page| page.matching)
    });
    let events = RowEvents::new(loaded, query, selected);
    let content = view! {
        <TableHead query/>
        <tbody
            role="rowgroup"
            on:click=move |event| events.click(&event)
            on:change=move |event| events.change(&event)
        >
            <For each=rows key=|row| row.id.clone() let:row>
                <LiveRow first=row loaded query selected/>
            </For>
        </tbody>
    };
    let pages = move || {
        let (next, previous, matching) = match &*loaded.read() {
            Some(page) => (page.next.clone(), page.previous.clone(), page.matching),
            None => (None, None, Matching::Exactly(0)),
        };
        view! { <PagesOfKeys query=query.get() next previous matching/> }
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
        // Each row reads only itself. A copy of the page for each of its rows would slow the start.
        let loaded = loaded.read();
        let page = loaded.as_ref()?;
        let row = page.rows.iter().find(|row| row.id == id)?;
        Some((row.clone(), page.now))
    });
    move || {
        // After its key is deleted, a row shows its last data until it is removed.
        let (row, now) = row.get().unwrap_or_else(|| (first.clone(), first.created_at));
        let params = to_params(&query.read());
        draw_row(&row, now, &params, selected)
    }
}

#[component]
fn PagesOfKeys(query: KeyQuery, next: Option<String>, previous: Option<String>, matching: Matching) -> impl IntoView {
    let is_first = query.after.is_empty() && query.before.is_empty();
    let mut params = to_params(&query);
    to_first_page(&mut params);
    let (first, previous_word, words) = match Sort::parse(&query.sort) {
        Sort::Newest => ("Newest", "Newer", "Older"),
        _ => ("First page", "Previous page", "Next page"),
    };
    let sizes = draw_sizes(&params, query.page_size().rows(), matching);
    let at = |name: &'static str, place: String| {
        let mut params = params.clone();
        params.insert(name, place);
        url_with_list_query("/keys", &params)
    };
    let next = next.map(|place| at("after", place));
    let previous = previous.map(|place| (at("before", place), previous_word));
    let first_url = (!is_first).then(|| url_with_list_query("/keys", &params));
    view! { <Pager first=first_url previous next words=(first, words) beside=sizes/> }
}

/// The choice of how many rows a page has, where it makes a difference.
fn draw_sizes(first_page: &ParamsMap, now: u64, matching: Matching) -> Option<AnyView> {
    if matches!(matching, Matching::Exactly(count) if count <= PAGE_SIZES[0]) {
        return None;
    }
    let links = PAGE_SIZES.map(|rows| {
        let mut params = first_page.clone();
        params.remove("size");
        if rows != PAGE_SIZE {
            params.insert("size", rows.to_string());
        }
        view! {
            <a
                href=url_with_list_query("/keys", &params)
                aria-current=(rows == now).then_some("true")
                aria-label=format!("{rows} rows per page")
            >
                {rows}
            </a>
        }
    });
    Some(view! { <p class="pager__sizes">"Rows" {links.into_iter().collect_view()}</p> }.into_any())
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
            to_first_page(&mut params);
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
