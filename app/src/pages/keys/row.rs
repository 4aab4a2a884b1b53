//! One row of the list, with the actions that are possible for its key.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use model::id::KeyId;
use model::key_list::{Attention, KeyRow};
use model::profile::ProfileName;
use model::status::{Change, Status, after};
use model::time::Timestamp;

use super::address::url_with_list_query;
use super::bulk::Selected;
use super::chips::Chips;
use crate::ui::action::{CHANGE_FORM, icon_link};
use crate::ui::badge::status_cell;
use crate::ui::copy::copy_icon;
use crate::ui::icon::IconKind;
use crate::ui::mark::marked;
use crate::ui::sparkline::{Sparkline, requests_in_words};
use crate::ui::table::{cell, titled_cell};
use crate::ui::time::Ago;

pub(super) fn draw_row(row: &KeyRow, now: Timestamp, params: &ParamsMap, selected: Selected) -> AnyView {
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
    let address = url_with_list_query(&format!("/keys/{}", row.id), params);
    let chips = view! { <Chips key_url=address.clone() name=row.name.clone() granted=row.endpoints.clone()/> };
    let chosen = {
        let id = row.id.clone();
        move || selected.contains(&id).then_some("")
    };
    let mut place = row.environment.clone();
    for part in row.customer.iter().map(|customer| &customer.name).chain([&row.creator]) {
        place.push_str(" · ");
        place.push_str(part);
    }
    let full = full_text(&row.name, &place, row.owner_disabled);
    let name = view! {
        {row.may_change.then(|| check_box(&row.id, &row.name, selected))}
        <a class="clip" href=address dir="auto">
            {marked(&row.name, &row.marks.name)}
        </a>
        <span class="sub clip">
            {row.owner_disabled.then(|| view! { <OwnerDisabled/> })}
            {place}
        </span>
    };
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
        <tr role="row" data-selected=chosen>
            {titled_cell("Name", "cell-name", full, name)}
            {cell("API Key ID", "mono", view! { {id} {copy_icon(row.id.as_str())} })}
            {cell("API Key", "mono", masked)}
            {status_cell(row.status, row.expires_at, now)}
            {cell("Endpoints", "", chips)}
            {last_used}
            {profile}
            // The cell itself holds the actions, which saves a long list an element per row.
            {cell("Actions", "cell-actions actions", actions(row, params))}
        </tr>
    }
    .into_any()
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

/// The check box that selects the key for bulk actions. The table listens for it, see `row_events`.
fn check_box(id: &KeyId, name: &str, selected: Selected) -> AnyView {
    let value = id.to_string();
    let id = id.clone();
    view! {
        <input
            class="pick"
            type="checkbox"
            value=value
            aria-label=format!("Select {name}")
            prop:checked=move || selected.contains(&id)
        />
    }
    .into_any()
}

/// The actions that the status of the key permits. Every key can be deleted. The table listens for the buttons, see `row_events`.
fn actions(row: &KeyRow, params: &ParamsMap) -> AnyView {
    let KeyRow { id, name, status, .. } = row;
    let link = |verb: &'static str, path: &str, icon: IconKind, danger| {
        let href = url_with_list_query(&format!("/keys/{id}/{path}"), params);
        icon_link(icon, href, verb, format!("{verb} {name}"), danger)
    };
    let actions = row.may_change.then(|| {
        view! {
            {after(*status, Change::Edit).map(|_| link("Edit", "edit", IconKind::Pencil, false))}
            {toggle_button(id, name, *status, params)}
            {after(*status, Change::Rotate).map(|_| link("Rotate", "rotate", IconKind::Rotate, false))}
            {link("Delete", "delete", IconKind::Trash, true)}
        }
    });
    actions.into_any()
}

/// The button Disable or Enable, if the status of the key permits one of them. Without scripts, it sends the form of the row.
fn toggle_button(id: &KeyId, name: &str, status: Status, params: &ParamsMap) -> Option<AnyView> {
    toggle_in_words(status).map(|(verb, path, icon)| {
        view! {
            <button
                class="icon-button"
                form=CHANGE_FORM
                formaction=url_with_list_query(&format!("/keys/{id}/{path}"), params)
                data-icon=icon.name()
                data-tip=verb
                aria-label=format!("{verb} {name}")
            ></button>
        }
        .into_any()
    })
}

/// Whether a key with this status can be disabled or enabled: the verb, the end of the address, and the icon.
pub(super) fn toggle_in_words(status: Status) -> Option<(&'static str, &'static str, IconKind)> {
    if after(status, Change::Disable).is_some() {
        Some(("Disable", "disable", IconKind::Pause))
    } else if after(status, Change::Enable).is_some() {
        Some(("Enable", "enable", IconKind::Play))
    } else {
        None
    }
}
