//! Settings → Endpoints: the catalogue, and functions that its dialogs share.

mod add;
mod edit;
mod retire;

use leptos::prelude::*;
use model::endpoint_form::{Catalogue, EndpointRow};
use model::list::ListQuery;
use model::time::Timestamp;

use super::dialog_row::DialogRow;
use super::place::SettingsDialog;
use super::searchable_list::{SearchWords, SearchableTable};
use super::tab_content::TabContent;
use super::{TabHead, dialog_row};
use crate::error::AppError;
use crate::server_fns::endpoints::list_endpoints;
use crate::shared::Shared;
use crate::ui::action::IconLink;
use crate::ui::form_dialog::Form;
use crate::ui::head::section_head;
use crate::ui::icon::IconKind;
use crate::ui::list::{ListPager, over_list, use_list_query};
use crate::ui::number::grouped;
use crate::ui::patterns::Patterns;
use crate::ui::table::{Rows, TableHead, actions_cell, cell, table, titled_cell};
use crate::ui::time::Ago;
use add::AddEndpoint;
use edit::EditEndpoint;
use retire::RetireEndpoint;

const SEARCH: SearchWords = SearchWords {
    label: "Search endpoints",
    placeholder: "Search title, name or path",
    nothing: "No endpoint matches",
    finds: "Search finds parts of titles, names and paths.",
    counted: ("endpoint", "endpoints"),
};
const PATH: &str = "/settings/endpoints";
const COLUMNS: &[&str] = &["Title", "Methods and paths", "Keys", "Added", "Actions"];
/// The columns for people who may not change the endpoints.
const READ_COLUMNS: &[&str] = &["Title", "Methods and paths", "Keys", "Added"];
const RETIRED: &[&str] = &["Title", "Methods and paths", "Retired"];

#[component]
pub(super) fn Endpoints(dialog: Memo<Option<SettingsDialog>>, may_change: bool) -> impl IntoView {
    let shared = Shared::of_context();
    let (columns, draw) = if may_change {
        (COLUMNS, (|loaded| catalogue(loaded, true)) as fn(_) -> _)
    } else {
        (READ_COLUMNS, (|loaded| catalogue(loaded, false)) as fn(_) -> _)
    };
    let query = use_list_query();
    let list = Resource::new(
        move || (query.get(), shared.version.get()),
        |(query, _)| list_endpoints(query),
    );
    let about = move |texts, name: String, draw: fn(Form, (EndpointRow, u64)) -> AnyView| {
        let asked = name.clone();
        let load = move || {
            let query = ListQuery::only(&asked);
            async move {
                let mut list = list_endpoints(query).await?;
                Ok(list.endpoints.pop().map(|row| (row, list.keys_with_all)))
            }
        };
        dialog_row::draw_dialog(texts, PATH, move || find(list, &name), load, draw)
    };
    view! {
        {move || match dialog.get() {
            Some(SettingsDialog::AddEndpoint) => view! { <AddEndpoint/> }.into_any(),
            Some(SettingsDialog::EditEndpoint(name)) => {
                about(edit::TEXTS, name, |form, (row, _)| view! { <EditEndpoint form row/> }.into_any())
            }
            Some(SettingsDialog::RetireEndpoint(name)) => {
                about(
                    retire::TEXTS,
                    name,
                    |form, (row, keys_with_all)| view! { <RetireEndpoint form row keys_with_all/> }.into_any(),
                )
            }
            _ => ().into_any(),
        }}
        <TabContent list what="endpoints" whole="The endpoints" columns draw/>
    }
}

/// The endpoint with this name, and how many keys may call all endpoints.
fn find(list: Resource<Result<Catalogue, AppError>>, name: &str) -> DialogRow<(EndpointRow, u64)> {
    DialogRow::in_list(list.get(), |list| {
        let row = list.endpoints.into_iter().find(|row| row.endpoint.name == name);
        row.map(|row| (row, list.keys_with_all))
    })
}

fn catalogue(loaded: Memo<Option<Catalogue>>, may_change: bool) -> AnyView {
    let (columns, draw) = if may_change {
        (
            COLUMNS,
            (|(row, now)| view! { <Row row now may_change=true/> }.into_any()) as fn(_) -> _,
        )
    } else {
        (
            READ_COLUMNS,
            (|(row, now)| view! { <Row row now/> }.into_any()) as fn(_) -> _,
        )
    };
    let with_now = |rows: Vec<EndpointRow>, now| rows.into_iter().map(|row| (row, now)).collect::<Vec<_>>();
    let query = use_list_query();
    let rows = Memo::new(move |_| {
        let list = loaded.get();
        list.map(|list| with_now(list.endpoints, list.now)).unwrap_or_default()
    });
    let retired = Memo::new(move |_| {
        let list = loaded.get();
        list.map(|list| with_now(list.retired, list.now)).unwrap_or_default()
    });
    let any_retired = Memo::new(move |_| !retired.read().is_empty());
    let paging = move || loaded.read().as_ref().map(|list| list.paging.clone());
    let retired_next = move || loaded.read().as_ref().and_then(|list| list.retired_paging.next.clone());
    let keys_with_all = move || loaded.get().map_or(0, |list| list.keys_with_all);
    view! {
        <TabHead
            title="Endpoints"
            text="What a key can be allowed to call. A gateway's request is matched by its method and path."
            add=may_change.then_some(("/settings/endpoints/new", "Add Endpoint"))
        />
        <SearchableTable
            path=PATH
            words=SEARCH
            label="Endpoints"
            columns
            rows
            key=name_of
            draw
            paging=Signal::derive(paging)
        />
        <p class="after-table">{move || with_all(keys_with_all())}</p>
        {move || {
            any_retired
                .get()
                .then(|| {
                    let content = view! {
                        <TableHead columns=RETIRED/>
                        <Rows rows=retired key=name_of draw=|(row, now)| view! { <RetiredRow row now/> }.into_any()/>
                    };
                    let pager = view! {
                        <ListPager
                            path=PATH
                            query
                            next=Signal::derive(retired_next)
                            second=true
                            label="Pages of retired endpoints"
                        />
                    };
                    view! {
                        {section_head("Retired", "No key may call these any more. Their names are not given again.", ())}
                        {table("table table--cards table--compact", "Retired endpoints", content, pager)}
                    }
                })
        }}
    }
    .into_any()
}

fn name_of((row, _): &(EndpointRow, Timestamp)) -> String {
    row.endpoint.name.clone()
}

fn with_all(keys: u64) -> String {
    match keys {
        0 => "No key may call all endpoints.".to_owned(),
        1 => "Besides, 1 key may call all endpoints, also those added later.".to_owned(),
        keys => format!(
            "Besides, {} keys may call all endpoints, also those added later.",
            grouped(keys)
        ),
    }
}

#[component]
fn Row(row: EndpointRow, now: Timestamp, #[prop(optional)] may_change: bool) -> impl IntoView {
    let EndpointRow {
        endpoint,
        keys,
        created_at,
        ..
    } = row;
    let (name, title) = (endpoint.name, endpoint.title);
    let keys = if keys == 0 {
        view! { <span class="dim num">"0"</span> }.into_any()
    } else {
        view! {
            <a class="quiet-link num" href=format!("/keys?environment=&endpoint={name}")>
                {grouped(keys)}
            </a>
        }
        .into_any()
    };
    view! {
        <tr role="row">
            {title_cell("cell-name", &title, name.clone())}
            {cell("Methods and paths", "", view! { <Patterns patterns=endpoint.patterns copies=true/> })}
            {cell("Keys", "", keys)}
            {cell("Added", "dim", view! { <span class="nowrap"><Ago at=created_at now/></span> })}
            {may_change.then(|| actions_cell(view! { <Actions name title/> }))}
        </tr>
    }
}

fn title_cell(class: &'static str, title: &str, name: String) -> AnyView {
    let content = view! {
        {title.to_owned()}
        <span class="sub mono">{name}</span>
    };
    titled_cell("Title", class, title.to_owned(), content)
}

#[component]
fn Actions(name: String, title: String) -> impl IntoView {
    let path = format!("{PATH}/{name}");
    view! {
        <IconLink
            icon=IconKind::Pencil
            href=over_list(format!("{path}/edit"))
            tip="Edit"
            name=format!("Edit {title}")
        />
        <IconLink
            icon=IconKind::Archive
            href=over_list(format!("{path}/retire"))
            tip="Retire"
            name=format!("Retire {title}")
            danger=true
        />
    }
}

#[component]
fn RetiredRow(row: EndpointRow, now: Timestamp) -> impl IntoView {
    let EndpointRow {
        endpoint, retired_at, ..
    } = row;
    view! {
        <tr role="row">
            {title_cell("cell-name dim", &endpoint.title, endpoint.name)}
            {cell("Methods and paths", "dim", view! { <Patterns patterns=endpoint.patterns copies=true/> })}
            {cell("Retired", "dim", retired_at.map(|at| view! { <Ago at now/> }))}
        </tr>
    }
}
