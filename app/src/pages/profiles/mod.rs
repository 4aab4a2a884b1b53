//! `/profiles`: the list of bias profiles, the dialogs over it, and the screen of one profile.

mod bands;
mod categories;
mod compare;
pub(crate) mod delete;
pub(crate) mod form;
mod list;
pub(crate) mod page;
mod presets;
mod send;
mod used_by;

use leptos::prelude::*;
use leptos_router::components::Outlet;
use model::list::ListQuery;
use model::profile::ProfileList;

use crate::error::AppError;
use crate::server_fns::profiles::list_profiles;
use crate::shared::Shared;
use crate::ui::button::{Look, icon_and_words, link_button};
use crate::ui::head::head_actions;
use crate::ui::icon::IconKind;
use crate::ui::list::{ListSearch, NothingFound, carry_query, counted, over_list, use_list_query};
use crate::ui::state::{LoadError, OutOfDate, State, last_good, state_actions, state_steps};
use crate::ui::table::LoadingTable;
use crate::ui::title::Title;
use list::{READ_COLUMNS, Table};

const PATH: &str = "/profiles";

#[component]
pub(crate) fn Profiles() -> impl IntoView {
    let shared = Shared::of_context();
    let query = use_list_query();
    carry_query();
    let list = Resource::new(
        move || (query.get(), shared.version.get()),
        |(query, _)| list_profiles(query),
    );
    let create = move || {
        let loaded = last_good(list, move || query.try_get_untracked());
        let may_change = move || loaded.read().as_ref().is_some_and(|list| list.may_change);
        move || {
            may_change().then(|| {
                let words = icon_and_words(IconKind::Plus, "Create Bias Profile");
                head_actions(link_button(Look::Primary, over_list("/profiles/new".to_owned()), words))
            })
        }
    };
    view! {
        <Title text="Bias Profiles"/>
        <Outlet/>
        <div class="page-head">
            <div>
                <h1>"Bias Profiles"</h1>
                <p>"From which score on a text is flagged or blocked. A profile travels with its keys; an edit is in force at once."</p>
            </div>
            <Transition fallback=|| ()>
                {create()}
            </Transition>
        </div>
        <Transition fallback=|| {
            view! { <LoadingTable what="bias profiles" label="Bias Profiles" columns=READ_COLUMNS/> }
        }>
            <Content list query/>
        </Transition>
    }
}

/// What the screen shows below its head.
#[derive(Clone, Debug, PartialEq)]
enum Shown {
    Nothing,
    Failed(AppError),
    /// There is no profile. Holds whether the person may create one.
    Empty(bool),
    NoMatch,
    /// The table. Holds whether the person may change the profiles.
    Table(bool),
}

/// Draws the content again only when the variant of `Shown` changes. A table that changes keeps its rows and the focus in them.
#[component]
fn Content(list: Resource<Result<ProfileList, AppError>>, query: Memo<ListQuery>) -> impl IntoView {
    let loaded = last_good(list, move || query.try_get_untracked());
    let shown = Memo::new(move |_| match (&*loaded.read(), list.get()) {
        (Some(list), _) if list.paging.total == 0 => Shown::Empty(list.may_change),
        (Some(list), _) if list.rows.is_empty() => Shown::NoMatch,
        (Some(list), _) => Shown::Table(list.may_change),
        (None, Some(Err(error))) => Shown::Failed(error),
        (None, _) => Shown::Nothing,
    });
    let content = move || {
        match shown.get() {
        Shown::Nothing => ().into_any(),
        Shown::Failed(error) => view! { <LoadError what="The bias profiles" error/> }.into_any(),
        Shown::Empty(may_change) => view! { <Empty may_change/> }.into_any(),
        Shown::NoMatch => view! {
            <Search loaded query/>
            <NothingFound title="No bias profile matches" text="Search finds parts of names and descriptions." path=PATH/>
        }
        .into_any(),
        Shown::Table(may_change) => view! {
            <Search loaded query/>
            <Table loaded may_change query/>
        }
        .into_any(),
    }
    };
    view! {
        <OutOfDate list loaded/>
        {content}
    }
}

#[component]
fn Search(loaded: Memo<Option<ProfileList>>, query: Memo<ListQuery>) -> impl IntoView {
    let count = move || {
        let list = loaded.read();
        counted(list.as_ref().map(|list| &list.paging), "bias profile", "bias profiles")
    };
    view! {
        <ListSearch
            path=PATH
            label="Search bias profiles"
            placeholder="Search name or description"
            query
            count=Signal::derive(count)
        />
    }
}

#[component]
fn Empty(may_change: bool) -> impl IntoView {
    if !may_change {
        return view! {
            <State icon=IconKind::Sliders title="No bias profiles yet" text="An admin can create one."/>
        }
        .into_any();
    }
    view! {
        <State
            icon=IconKind::Sliders
            title="Create your first bias profile"
            text="Say once, for each category, from which score on a text is flagged or blocked. Then give the profile to keys."
        >
            {state_actions(link_button(
                Look::Primary,
                "/profiles/new",
                icon_and_words(IconKind::Plus, "Create your first profile"),
            ))}
            {state_steps([
                (IconKind::Key, "Delivered with every verified key"),
                (IconKind::Rotate, "An edit is a new version, in force at once"),
                (IconKind::Eye, "Every version stays, to be compared"),
            ])}
        </State>
    }
    .into_any()
}
