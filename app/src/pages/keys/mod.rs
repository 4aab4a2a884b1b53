//! `/keys`: the list of keys, and the dialogs over it.

mod address;
pub(crate) mod bulk;
mod chips;
pub(crate) mod choice_search;
pub(crate) mod create;
mod create_fields;
pub(crate) mod delete;
pub(crate) mod edit;
pub(crate) mod endpoints_popover;
mod fields;
mod filter;
mod filters;
pub(crate) mod limit_fields;
mod limit_fold;
mod locked;
pub(crate) mod of_customer;
mod owner_field;
pub(crate) mod rotate;
mod row;
pub(crate) mod row_events;
pub(crate) mod saved;
pub(crate) mod screen;
pub(crate) mod search_field;
pub(crate) mod send_again;
mod snippets;
mod states;
mod table;
pub(crate) mod toggle;
pub(crate) mod views;

use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_query_map;
use model::key_list::{KeyPage, KeyQuery, KeyRow, Matching};

use crate::answer::{self, Answer};
use crate::error::AppError;
use crate::live::reload_at;
use crate::server_fns::keys::list_keys;
use crate::shared::Shared;
use crate::ui::button::{Look, icon_and_words, link_button};
use crate::ui::form::DrawnQuery;
use crate::ui::head::head_actions;
use crate::ui::icon::IconKind;
use crate::ui::note::BadNote;
use crate::ui::number::grouped;
use crate::ui::state::{LoadError, OutOfDate, last_good};
use crate::ui::title::Title;
use address::{key_query, to_params, url_with_list_query};
use bulk::{Bulk, BulkDialog};
use filters::{Filters, Offers};
use search_field::SearchField;
use states::{Loading, NoMatch};
use table::Table;
use views::Views;

use states::EmptyList;

#[component]
pub(crate) fn Keys() -> impl IntoView {
    let shared = Shared::of_context();
    let params = use_query_map();
    let refused = match answer::take(|answer| matches!(answer, Answer::Refused(_))) {
        Answer::Refused(error) => Some(error),
        _ => None,
    };
    let query = Memo::new(move |_| key_query(&params.read()));
    let page = Resource::new(
        move || (query.get(), shared.version.get()),
        |(query, _)| list_keys(query),
    );
    let may_create = move || match &*page.read() {
        Some(Ok(page)) => page.may_create,
        _ => true,
    };
    view! {
        <Title text="API Keys"/>
        <Outlet/>
        {refused.map(|text| view! { <BadNote text/> })}
        <div class="page-head">
            <div>
                <h1>"API Keys"</h1>
                <p>"Keys your services use to call the API. Each one can be limited, watched and stopped on its own."</p>
            </div>
            <Transition fallback=|| ()>
                {move || {
                    may_create()
                        .then(|| {
                            let href = Signal::derive(move || url_with_list_query("/keys/new", &params.read()));
                            let words = icon_and_words(IconKind::Plus, "Create API Key");
                            head_actions(link_button(Look::Primary, href, words))
                        })
                }}
            </Transition>
        </div>
        <Transition fallback=|| view! { <Loading/> }>
            <Content page query/>
        </Transition>
    }
}

/// What the screen shows below its head.
#[derive(Clone, Debug, PartialEq)]
enum Shown {
    Nothing,
    Failed(AppError),
    /// There is no key at all. Holds whether the person may create one.
    Empty(bool),
    NoMatch,
    Table,
}

/// Draws the content again only when the variant of `Shown` changes. A table that changes keeps its rows and the focus in them.
#[component]
fn Content(page: Resource<Result<KeyPage, AppError>>, query: Memo<KeyQuery>) -> impl IntoView {
    let loaded = last_good(page, move || query.try_get_untracked());
    let shown = Memo::new(move |_| match (&*loaded.read(), &*page.read()) {
        (Some(page), _) if page.total == 0 => Shown::Empty(page.may_create),
        (Some(page), _) if page.rows.is_empty() => Shown::NoMatch,
        (Some(_), _) => Shown::Table,
        (None, Some(Err(error))) => Shown::Failed(error.clone()),
        (None, _) => Shown::Nothing,
    });
    let bulk = Bulk::new();
    let shared = Shared::of_context();
    restore_scroll_position(shared, shown, query);
    Effect::new(move |_| {
        if let Some(page) = &*loaded.read() {
            let next = page.rows.iter().filter_map(KeyRow::changes_at).min();
            reload_at(shared, next, page.now);
        }
    });
    // Drawn apart from the table, so that a person can type into the search while other keys are loaded. A search that fails keeps
    // it, so that the person can search again.
    let has_toolbar = Memo::new(move |before: Option<&bool>| match shown.get() {
        Shown::NoMatch | Shown::Table => true,
        Shown::Nothing | Shown::Failed(_) => before == Some(&true),
        Shown::Empty(_) => false,
    });
    let content = move || match shown.get() {
        Shown::Nothing => ().into_any(),
        Shown::Failed(error) => view! { <LoadError what="The keys" error/> }.into_any(),
        Shown::Empty(may_create) => view! { <EmptyList may_create/> }.into_any(),
        Shown::NoMatch => view! { <NoMatch/> }.into_any(),
        Shown::Table => view! { <Table loaded query bulk/> }.into_any(),
    };
    view! {
        <OutOfDate list=page loaded/>
        {move || has_toolbar.get().then(|| view! { <Toolbar loaded query/> })}
        {content}
        <BulkDialog bulk/>
    }
}

/// Scrolls to the position that the list had when the person opened one key.
fn restore_scroll_position(shared: Shared, shown: Memo<Shown>, query: Memo<KeyQuery>) {
    Effect::new(move |_| {
        let Some((list, top)) = shared.list_place.get_value().filter(|_| shown.get() == Shown::Table) else {
            return;
        };
        shared.list_place.set_value(None);
        if list == to_params(&query.read_untracked()).to_query_string() {
            request_animation_frame(move || window().scroll_to_with_x_and_y(0.0, top));
        }
    });
}

/// The search, the filters and the count. The filters are drawn again when the query changes.
#[component]
fn Toolbar(loaded: Memo<Option<KeyPage>>, query: Memo<KeyQuery>) -> impl IntoView {
    let count = move || match loaded.read().as_ref().map(|page| page.matching) {
        Some(Matching::Exactly(1)) => "1 key".to_owned(),
        Some(Matching::Exactly(count)) => format!("{} keys", grouped(count)),
        Some(Matching::MoreThan(count)) => format!("more than {} keys", grouped(count)),
        None => String::new(),
    };
    let offers = Memo::new(move |before: Option<&Offers>| match &*loaded.read() {
        Some(page) => Offers::from(page),
        None => before.cloned().unwrap_or_default(),
    });
    let drawn = DrawnQuery::new();
    // When one menu is opened, the content of all is drawn.
    let is_drawn = RwSignal::new(false);
    let filters = move || {
        let offers = offers.get();
        let query = query.get();
        let is_new = drawn.replace(&query);
        is_drawn.track();
        view! { <Filters query offers is_new is_drawn/> }
    };
    view! {
        <div class="toolbar">
            <SearchField query/>
            {filters}
            <Views/>
            <p class="toolbar__count" role="status">
                {count}
            </p>
        </div>
    }
}
