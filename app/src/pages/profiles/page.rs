//! `/profiles/{id}`: the screen that shows everything about one bias profile.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::id::ProfileId;
use model::profile::{ProfilePage, VersionName};
use model::time::Timestamp;

use super::categories::Settings;
use super::compare::Compare;
use super::used_by::{UsedBy, keys_link, use_it};
use crate::error::AppError;
use crate::server_fns::profiles::load_profile;
use crate::shared::Shared;
use crate::ui::badge::tag;
use crate::ui::button::{Look, link_button};
use crate::ui::copy::copy_icon;
use crate::ui::head::{card, head_actions};
use crate::ui::icon::{Icon, IconKind};
use crate::ui::list::Pager;
use crate::ui::state::{LoadError, OutOfDate, last_good, loading_cards};
use crate::ui::time::Ago;
use crate::ui::title::Title;

#[component]
pub(crate) fn ProfileScreen() -> impl IntoView {
    let shared = Shared::of_context();
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let query = use_query_map();
    let before = Memo::new(move |_| query.read().get("before").and_then(|number| number.parse().ok()));
    let page = Resource::new(
        move || (id.get(), before.get(), shared.version.get()),
        |(id, before, _)| load_profile(ProfileId::from_stored(id), before),
    );
    view! {
        <a class="back" href="/profiles">
            <Icon kind=IconKind::ArrowLeft/>
            "Bias Profiles"
        </a>
        <Transition fallback=|| {
            view! {
                <p class="vh" role="status">
                    "Loading the bias profile"
                </p>
                {loading_cards(2)}
            }
        }>
            <Content page asked=Memo::new(move |_| (id.get(), before.get()))/>
        </Transition>
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Shown {
    Nothing,
    Failed(AppError),
    Profile(Box<ProfilePage>),
}

/// The content of the screen. It is drawn again only when the profile changes, not when time passes, so that choices and the focus
/// stay.
#[component]
fn Content(page: Resource<Result<ProfilePage, AppError>>, asked: Memo<(String, Option<i64>)>) -> impl IntoView {
    let loaded = last_good(page, move || asked.try_get_untracked());
    let shown = Memo::new_with_compare(
        move |_| match (loaded.get(), page.get()) {
            (Some(page), _) => Shown::Profile(Box::new(page)),
            (None, Some(Err(error))) => Shown::Failed(error),
            (None, _) => Shown::Nothing,
        },
        |old, new| match (old, new) {
            (Some(Shown::Profile(old)), Some(Shown::Profile(new))) => {
                let mut old = old.clone();
                old.now = new.now;
                old != *new
            }
            _ => old != new,
        },
    );
    let content = move || match shown.get() {
        Shown::Nothing => ().into_any(),
        Shown::Failed(error) => view! {
            <Title text="Bias profile"/>
            <h1 class="vh">"Bias profile"</h1>
            <LoadError what="The bias profile" error/>
        }
        .into_any(),
        Shown::Profile(page) => view! { <Screen page=*page/> }.into_any(),
    };
    view! {
        <OutOfDate list=page loaded/>
        {content}
    }
}

#[component]
fn Screen(page: ProfilePage) -> impl IntoView {
    let ProfilePage {
        id,
        current,
        versions,
        next,
        keys,
        some_keys,
        now,
        may_change,
    } = page;
    let newest = current.number;
    let path = format!("/profiles/{id}");
    let first = versions
        .first()
        .is_some_and(|version| version.number < newest)
        .then(|| path.clone());
    let next = next.map(|before| format!("{path}?before={before}"));
    let content = current.content;
    let description = content.description;
    let users = view! {
        <p class="dim">{format!("{}.", use_it(keys))}</p>
        {(keys > 0).then(|| view! { <UsedBy keys some=some_keys all=keys_link(&id)/> })}
    };
    let list = view! {
        <Versions versions newest now/>
        <Pager first next label="Pages of versions" words=("Newest", "Older")/>
    };
    view! {
        <Title text=content.name.clone()/>
        <div class="page-head">
            <div>
                <h1>{content.name.clone()}</h1>
                {(!description.is_empty()).then(|| view! { <p class="profile-about">{description}</p> })}
                <p class="sub">
                    <span class="mono">{id.to_string()} {copy_icon(id.as_str())}</span>
                    {format!(" · version {} · ", current.number)}
                    <Ago at=current.created_at now/>
                    {format!(" · {}", current.author)}
                </p>
            </div>
            {may_change.then(|| view! { <Actions id=id.clone() name=content.name.clone()/> })}
        </div>
        <div class="cards">
            {card("card", "categories", "Categories", view! { <Settings settings=content.settings/> })}
            <div class="profile-side">
                {card("card", "keys", "Keys", users)}
                {card("card", "versions", "Versions", list)}
            </div>
        </div>
        {(newest > 1).then(|| view! { <Compare id newest/> })}
    }
}

/// The actions on the profile. Their dialogs lead back to this screen.
#[component]
fn Actions(id: ProfileId, name: String) -> impl IntoView {
    let link = |verb: &'static str, path: &str, icon: IconKind| {
        let words = view! {
            <Icon kind=icon/>
            {verb}
            <span class="vh">{format!(" {name}")}</span>
        };
        link_button(Look::Secondary, format!("/profiles/{id}/{path}?from=profile"), words)
    };
    head_actions(view! {
        {link("Edit", "edit", IconKind::Pencil)}
        {link("Delete", "delete", IconKind::Trash)}
    })
}

/// The versions of the profile, newest first.
#[component]
fn Versions(versions: Vec<VersionName>, newest: i64, now: Timestamp) -> impl IntoView {
    let only = newest == 1;
    view! {
        <ol class="versions" role="list">
            {versions
                .into_iter()
                .map(|version| {
                    view! {
                        <li>
                            <span class="num">
                                {format!("Version {}", version.number)}
                                {(version.number == newest).then(|| tag("In force"))}
                            </span>
                            <span class="sub">
                                <Ago at=version.created_at now/>
                                {format!(" · {}", version.author)}
                            </span>
                        </li>
                    }
                })
                .collect_view()}
        </ol>
        {only
            .then(|| {
                view! {
                    <p class="field__hint">"There is only one version, so there is nothing to compare yet."</p>
                }
            })}
    }
}
