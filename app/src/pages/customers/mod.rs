//! `/customers`: the list of customers, the dialogs over it, and the screen of one customer.

mod address;
mod facts;
pub(crate) mod form;
pub(crate) mod import;
pub(crate) mod question;
pub(crate) mod screen;
mod send;
mod table;

use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_query_map;
use model::customer::{CustomerList, CustomerStatus};
use model::key_list::Matching;

use crate::error::AppError;
use crate::server_fns::customers::list_customers;
use crate::shared::Shared;
use crate::ui::button::{Look, icon_and_words, link_button};
use crate::ui::form::navigate_on_submit;
use crate::ui::head::head_actions;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::list::{NothingFound, carry_query, over_list};
use crate::ui::menu::hide_menu;
use crate::ui::number::grouped;
use crate::ui::search_form::SearchForm;
use crate::ui::state::{LoadError, OutOfDate, State, last_good, state_actions, state_steps};
use crate::ui::table::LoadingTable;
use crate::ui::title::Title;
use address::{CustomerQuery, customer_query};
use table::{COLUMNS, Table};

const PATH: &str = "/customers";

type Loaded = Resource<Result<CustomerList, AppError>>;

#[component]
pub(crate) fn Customers() -> impl IntoView {
    let shared = Shared::of_context();
    let params = use_query_map();
    let query = Memo::new(move |_| customer_query(&params.read()));
    carry_query();
    let list = Resource::new(
        move || (query.get(), shared.version.get()),
        |(query, _)| {
            let (query, status) = query.asked();
            list_customers(query, status)
        },
    );
    let actions = move || {
        let loaded = last_good(list, move || query.try_get_untracked());
        let shown = Memo::new(move |_| {
            let loaded = loaded.read();
            loaded.as_ref().map(|list| (list.total > 0, list.may_create))
        });
        move || {
            let (any, may_create) = shown.get()?;
            let create = move || {
                let words = icon_and_words(IconKind::Plus, "Create Customer");
                link_button(Look::Primary, over_list("/customers/new".to_owned()), words)
            };
            Some(head_actions(view! {
                {any.then(|| export_menu(query))}
                {may_create.then(import_link)}
                {may_create.then(create)}
            }))
        }
    };
    view! {
        <Title text="Customers"/>
        <Outlet/>
        <div class="page-head">
            <div>
                <h1>"Customers"</h1>
                <p>"Whose keys they are. A customer's keys can share limits, and stop all at once."</p>
            </div>
            <Transition fallback=|| ()>
                {actions()}
            </Transition>
        </div>
        <Transition fallback=|| view! { <LoadingTable what="customers" label="Customers" columns=COLUMNS/> }>
            <Content list query/>
        </Transition>
    }
}

/// The id of the menu with the formats of an export.
const EXPORT: &str = "export";

/// A menu that saves the customers of the list as a file.
fn export_menu(query: Memo<CustomerQuery>) -> AnyView {
    let format = |format: &'static str, words: &'static str| {
        view! {
            <a
                class="menu__item"
                href=move || query.read().export(format)
                rel="external"
                download
                on:click=move |_| hide_menu(EXPORT)
            >
                {words}
            </a>
        }
    };
    view! {
        <button class=Look::Secondary.class() type="button" popovertarget=EXPORT>
            {icon_and_words(IconKind::Download, "Export")}
        </button>
        <div class="popover popover--end" id=EXPORT popover="auto">
            {format("csv", "CSV")}
            {format("jsonl", "JSON lines")}
        </div>
    }
    .into_any()
}

/// Only the server draws that screen, so the link loads its page.
fn import_link() -> AnyView {
    view! {
        <a class=Look::Secondary.class() href="/customers/import" rel="external">
            "Import"
        </a>
    }
    .into_any()
}

/// What the screen shows below its head.
#[derive(Clone, Debug, PartialEq)]
enum Shown {
    Nothing,
    Failed(AppError),
    /// There is no customer. Holds whether the person may create one.
    Empty(bool),
    NoMatch,
    Table,
}

/// Draws the content again only when the variant of `Shown` changes. A table that changes keeps its rows and the focus in them.
#[component]
fn Content(list: Loaded, query: Memo<CustomerQuery>) -> impl IntoView {
    let loaded = last_good(list, move || query.try_get_untracked());
    let shown = Memo::new(move |_| match (&*loaded.read(), list.get()) {
        (Some(list), _) if list.total == 0 => Shown::Empty(list.may_create),
        (Some(list), _) if list.rows.is_empty() => Shown::NoMatch,
        (Some(_), _) => Shown::Table,
        (None, Some(Err(error))) => Shown::Failed(error),
        (None, _) => Shown::Nothing,
    });
    // Drawn apart from the table, so that a person can type into the search while other customers are loaded.
    let has_toolbar = Memo::new(move |before: Option<&bool>| match shown.get() {
        Shown::NoMatch | Shown::Table => true,
        Shown::Nothing | Shown::Failed(_) => before == Some(&true),
        Shown::Empty(_) => false,
    });
    let content = move || match shown.get() {
        Shown::Nothing => ().into_any(),
        Shown::Failed(error) => view! { <LoadError what="The customers" error/> }.into_any(),
        Shown::Empty(may_create) => view! { <Empty may_create/> }.into_any(),
        Shown::NoMatch => view! {
            <NothingFound
                title="No customer matches"
                text="Search finds the start of a name, an external ID or an ID."
                path=PATH
            />
        }
        .into_any(),
        Shown::Table => view! { <Table loaded query/> }.into_any(),
    };
    view! {
        <OutOfDate list loaded/>
        {move || has_toolbar.get().then(|| view! { <Toolbar loaded query/> })}
        {content}
    }
}

/// The search, the filter and the count.
#[component]
fn Toolbar(loaded: Memo<Option<CustomerList>>, query: Memo<CustomerQuery>) -> impl IntoView {
    let count = move || match loaded.read().as_ref().map(|list| list.matching) {
        Some(Matching::Exactly(1)) => "1 customer".to_owned(),
        Some(Matching::Exactly(count)) => format!("{} customers", grouped(count)),
        Some(Matching::MoreThan(count)) => format!("more than {} customers", grouped(count)),
        None => String::new(),
    };
    let suspended = move || query.read().suspended;
    let other = move || {
        let query = query.get();
        let suspended = !query.suspended;
        CustomerQuery { suspended, ..query }.page(String::new())
    };
    view! {
        <div class="toolbar">
            <SearchForm
                path=PATH
                label="Search customers"
                placeholder="Search name or ID"
                search=Signal::derive(move || query.read().search.clone())
                submit=Callback::new(navigate_on_submit())
            >
                {move || {
                    suspended()
                        .then(|| view! { <input type="hidden" name="status" value=CustomerStatus::Suspended.slug()/> })
                }}
            </SearchForm>
            <a class="button button--secondary filter" data-on=move || suspended().then_some("") href=other>
                <span>
                    {CustomerStatus::Suspended.title()}
                    <span class="vh">
                        {move || if suspended() { ", show all customers" } else { ", show only these" }}
                    </span>
                </span>
                {move || suspended().then(|| view! { <Icon kind=IconKind::Close/> })}
            </a>
            <p class="toolbar__count" role="status">
                {count}
            </p>
        </div>
    }
}

#[component]
fn Empty(may_create: bool) -> impl IntoView {
    if !may_create {
        return view! {
            <State icon=IconKind::People title="No customers yet" text="A developer or an admin can create one."/>
        }
        .into_any();
    }
    view! {
        <State
            icon=IconKind::People
            title="Create your first customer"
            text="You give keys to a customer. Each verified request then tells your API which customer it comes from, by the ID in your own system."
        >
            {state_actions(link_button(
                Look::Primary,
                "/customers/new",
                icon_and_words(IconKind::Plus, "Create your first customer"),
            ))}
            {state_steps([
                (IconKind::Key, "All keys of a customer in one place"),
                (IconKind::Chart, "One limit that its keys share"),
                (IconKind::Pause, "Suspended, and all its keys refused at once"),
            ])}
        </State>
    }
    .into_any()
}
