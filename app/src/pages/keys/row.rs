//! One row of the list, with the actions that are possible for its key.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use leptos_router::params::ParamsMap;
use model::id::KeyId;
use model::key_list::{Attention, KeyRow};
use model::profile::ProfileName;
use model::status::{Change, Status, after};
use model::time::Timestamp;

use super::address::url_with_list_query;
use super::bulk::Selected;
use super::chips::Chips;
use super::toggle::toggle;
use crate::shared::Shared;
use crate::ui::action::{CHANGE_FORM, IconLink};
use crate::ui::badge::StatusBadge;
use crate::ui::button::Look;
use crate::ui::dialog::COPY;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::mark::marked;
use crate::ui::sparkline::{Sparkline, requests_in_words};
use crate::ui::table::{cell, titled_cell};
use crate::ui::time::Ago;

#[component]
pub(super) fn Row(row: KeyRow, now: Timestamp, params: ParamsMap, selected: Selected) -> impl IntoView {
    // A cell without a value has no element but itself, since a list has many such cells.
    let last_used = match row.last_used_at {
        Some(at) => {
            let used = view! {
                <Ago at now/>
                <Sparkline by_hour=row.used_by_hour.clone()/>
            };
            titled_cell("Last Used", "", requests_in_words(&row.used_by_hour), used)
        }
        None => cell("Last Used", "dim", "Never"),
    };
    let chosen = selected.of(&row.id);
    let address = url_with_list_query(&format!("/keys/{}", row.id), &params);
    let shared = Shared::of_context();
    let list = params.to_query_string();
    let leave = move |_| shared.list_place.set_value(Some((list.clone(), scrolled())));
    let mut place = row.environment.clone();
    for part in row.customer.iter().map(|customer| &customer.name).chain([&row.creator]) {
        place.push_str(" · ");
        place.push_str(part);
    }
    let full = full_text(&row.name, &place, row.owner_disabled);
    let name = view! {
        {row.may_change.then(|| view! { <Select id=row.id.clone() name=row.name.clone() selected/> })}
        <a class="clip" href=address dir="auto" on:click=leave>
            {marked(&row.name, &row.marks.name)}
        </a>
        <span class="sub clip">
            {row.owner_disabled.then(|| view! { <OwnerDisabled/> })}
            {place}
        </span>
    };
    let status = view! { <StatusBadge status=row.status expires_at=row.expires_at now/> };
    let chips = view! { <Chips key_id=row.id.clone() name=row.name.clone() granted=row.endpoints.clone()/> };
    let profile = match &row.profile {
        Some(profile) => {
            let tag = view! { <ProfileTag profile=Some(profile.clone())/> };
            titled_cell("Bias Profile", "", in_words(profile), tag)
        }
        None => cell("Bias Profile", "dim", "None"),
    };
    let id = marked(row.id.as_str(), &[(0, row.marks.id)][..usize::from(row.marks.id > 0)]);
    let masked = match row.masked.rfind('…').filter(|_| row.marks.last_four) {
        Some(at) => marked(&row.masked, &[(at + '…'.len_utf8(), row.masked.len())]),
        None => row.masked.clone().into_any(),
    };
    view! {
        <tr role="row" data-selected=move || chosen.get().then_some("")>
            {titled_cell("Name", "cell-name", full, name)}
            {cell("API Key ID", "mono", id)}
            {cell("API Key", "mono", masked)}
            {cell("Status", "", status)}
            {cell("Endpoints", "", chips)}
            {last_used}
            {profile}
            // The cell itself holds the actions, which saves a long list an element per row.
            {cell("Actions", "cell-actions actions", view! { <Actions row params/> })}
        </tr>
    }
}

/// How far the page is scrolled down, in CSS pixels. Works only in the browser.
fn scrolled() -> f64 {
    window().scroll_y().unwrap_or_default()
}

/// The full text of the cell with the name, if it is too long for most screens.
fn full_text(name: &str, place: &str, owner_disabled: bool) -> Option<String> {
    if owner_disabled {
        return Some(format!("{name}\n{place}\n{OWNER_DISABLED}"));
    }
    let long = name.chars().count() > 10 || place.chars().count() > 16;
    long.then(|| format!("{name}\n{place}"))
}

const OWNER_DISABLED: &str = Attention::OwnerDisabled.title();

/// Marks a key whose owner can no longer log in.
#[component]
fn OwnerDisabled() -> impl IntoView {
    view! { <i class="icon mark" data-icon=IconKind::Warning.name() role="img" aria-label=OWNER_DISABLED></i> }
}

/// A bias profile in words, such as `Strict v3`.
fn in_words(profile: &ProfileName) -> String {
    format!("{} v{}", profile.name, profile.version)
}

/// The bias profile, such as `Strict v3`, or the word None.
#[component]
pub(super) fn ProfileTag(profile: Option<ProfileName>) -> impl IntoView {
    match profile {
        Some(profile) => view! {
            <a class="quiet-link clip" href=format!("/profiles/{}", profile.id) dir="auto">
                {in_words(&profile)}
            </a>
        }
        .into_any(),
        None => view! { <span class="dim">"None"</span> }.into_any(),
    }
}

/// The check box that selects the key for bulk actions.
#[component]
fn Select(id: KeyId, name: String, selected: Selected) -> impl IntoView {
    let checked = selected.of(&id);
    view! {
        <input
            class="pick"
            type="checkbox"
            aria-label=format!("Select {name}")
            prop:checked=move || checked.get()
            on:change=move |event| selected.set(&id, event_target_checked(&event))
        />
    }
}

/// The actions that the status of the key permits. Every key can be deleted.
#[component]
fn Actions(row: KeyRow, params: ParamsMap) -> impl IntoView {
    let KeyRow {
        id,
        name,
        status,
        may_change,
        ..
    } = row;
    let link = |verb: &'static str, path: &str, icon: IconKind, danger| {
        let href = url_with_list_query(&format!("/keys/{id}/{path}"), &params);
        view! { <IconLink icon href tip=verb name=format!("{verb} {name}") danger/> }
    };
    may_change.then(|| {
        view! {
            {after(status, Change::Edit).map(|_| link("Edit", "edit", IconKind::Pencil, false))}
            <Toggle id=id.clone() name=name.clone() status params=params.clone()/>
            {after(status, Change::Rotate).map(|_| link("Rotate", "rotate", IconKind::Rotate, false))}
            {after(status, Change::Edit)
                .map(|_| view! { <Duplicate id=id.clone() name=name.clone() params=params.clone()/> })}
            {link("Delete", "delete", IconKind::Trash, true)}
        }
    })
}

/// The button that opens Create API Key with the settings of this key. Without scripts, it sends the form of the row by GET.
#[component]
fn Duplicate(id: KeyId, name: String, mut params: ParamsMap) -> impl IntoView {
    let navigate = use_navigate();
    params.insert(COPY, id.to_string());
    let press = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        let options = NavigateOptions {
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&url_with_list_query("/keys/new", &params), options);
    };
    view! {
        <button
            class="icon-button"
            form=CHANGE_FORM
            formmethod="get"
            formaction="/keys/new"
            name=COPY
            value=id.to_string()
            data-icon=IconKind::Copy.name()
            data-tip="Duplicate"
            aria-label=format!("Duplicate {name}")
            on:click=press
        ></button>
    }
}

/// The button Disable or Enable, if the status of the key permits one of them.
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(super) fn Toggle(
    id: KeyId,
    name: String,
    status: Status,
    params: ParamsMap,
    /// Whether the button has a word and not an icon.
    #[prop(optional)]
    wide: bool,
) -> impl IntoView {
    let shared = Shared::of_context();
    let (verb, path, icon, disable) = if after(status, Change::Disable).is_some() {
        ("Disable", "disable", IconKind::Pause, true)
    } else if after(status, Change::Enable).is_some() {
        ("Enable", "enable", IconKind::Play, false)
    } else {
        return ().into_any();
    };
    let busy = RwSignal::new(false);
    let action = url_with_list_query(&format!("/keys/{id}/{path}"), &params);
    let press = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let id = id.clone();
        leptos::task::spawn_local(async move {
            toggle(shared, id, disable).await;
            busy.try_set(false);
        });
    };
    view! {
        <button
            class=if wide { Look::Secondary.class() } else { "icon-button" }
            form=CHANGE_FORM
            formaction=action
            data-icon=(!wide).then(|| icon.name())
            data-tip=(!wide).then_some(verb)
            aria-label=(!wide).then(|| format!("{verb} {name}"))
            aria-busy=move || busy.get().then_some("true")
            on:click=press
        >
            {wide.then(|| view! { <Icon kind=icon/> {verb} <span class="vh">{format!(" {name}")}</span> })}
        </button>
    }
    .into_any()
}
