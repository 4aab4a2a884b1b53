//! The head of the screen: what the key is called, its status and IDs, where it belongs, and the actions that its status permits.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use model::id::KeyId;
use model::key_list::KeyRow;
use model::key_page::HistoryEvent;
use model::status::{Change, Status, after};
use model::time::Timestamp;
use wasm_bindgen::JsCast;

use super::super::address::{key_query, to_params, url_with_list_query};
use super::super::row::toggle_in_words;
use crate::reaction::{Reaction, Reactor};
use crate::ui::action::CHANGE_FORM;
use crate::ui::actor::created_by;
use crate::ui::badge::StatusBadge;
use crate::ui::button::{Look, link_button};
use crate::ui::copy::copy_icon;
use crate::ui::day::Day;
use crate::ui::dialog::COPY;
use crate::ui::head::head_actions;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::time::Ago;

#[component]
pub(super) fn Head(
    row: KeyRow,
    /// The event that disabled the key, while it is disabled.
    disabled: Option<HistoryEvent>,
    may_create: bool,
    now: Timestamp,
) -> impl IntoView {
    let id = row.id.to_string();
    let customer = row.customer.map(|customer| {
        view! {
            <a class="quiet-link" href=format!("/customers/{}", customer.id) dir="auto">
                {customer.name}
            </a>
            " · "
        }
    });
    view! {
        <div class="page-head key-head">
            <div>
                <div class="key-head__title">
                    <h1 dir="auto">{row.name.clone()}</h1>
                    <StatusBadge status=row.status expires_at=row.expires_at now/>
                </div>
                <p class="key-head__about">
                    <span class="mono nowrap">{id.clone()} {copy_icon(id)}</span>
                    <span class="mono nowrap">{row.masked}</span>
                    <span>
                        {row.environment} " · " {customer} "created" {created_by(&row.creator)} ", " <Day at=row.created_at/>
                    </span>
                    {disabled.map(|event| view! { <DisabledBy event now/> })}
                </p>
            </div>
            {(row.may_change || may_create)
                .then(|| view! { <Actions id=row.id name=row.name status=row.status may_change=row.may_change/> })}
        </div>
    }
}

/// Who disabled the key. A person has their e-mail address, which no other actor can imitate.
#[component]
fn DisabledBy(event: HistoryEvent, now: Timestamp) -> impl IntoView {
    let by = match event.person {
        Some(person) => format!("Disabled by {person}"),
        None => format!("Disabled{}", created_by(&event.actor)),
    };
    view! {
        <span>
            <bdi>{by}</bdi>
            ", "
            <Ago at=event.at now/>
        </span>
    }
}

/// The actions that the status of the key permits. A person who may only create keys can duplicate it.
#[component]
fn Actions(id: KeyId, name: String, status: Status, may_change: bool) -> impl IntoView {
    let mut here = to_params(&key_query(&use_query_map().read_untracked()));
    here.insert("from", "key".to_owned());
    let mut copy = here.clone();
    copy.insert(COPY, id.to_string());
    let link_to = |verb: &'static str, address: String, icon: IconKind| {
        let words = view! {
            <Icon kind=icon/>
            {verb}
            <span class="vh">{format!(" {name}")}</span>
        };
        link_button(Look::Secondary, address, words)
    };
    let link = |verb: &'static str, path: &str, icon: IconKind| {
        link_to(verb, url_with_list_query(&format!("/keys/{id}/{path}"), &here), icon)
    };
    let duplicate = link_to("Duplicate", url_with_list_query("/keys/new", &copy), IconKind::Copy);
    if !may_change {
        return head_actions(duplicate).into_any();
    }
    head_actions(view! {
        {after(status, Change::Edit).map(|_| link("Edit", "edit", IconKind::Pencil))}
        {toggle_button(&id, &name, status, &here)}
        {after(status, Change::Rotate).map(|_| link("Rotate", "rotate", IconKind::Rotate))}
        {duplicate}
        {link("Delete", "delete", IconKind::Trash)}
    })
    .into_any()
}

/// The button Disable or Enable, if the status of the key permits one of them.
fn toggle_button(id: &KeyId, name: &str, status: Status, params: &ParamsMap) -> Option<AnyView> {
    let (verb, path, icon) = toggle_in_words(status)?;
    let reactor = Reactor::of_context();
    let press = move |event: web_sys::MouseEvent| {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if let Some(button) = target.and_then(|target| target.closest("button").ok().flatten()) {
            event.prevent_default();
            reactor.run(Reaction::ToggleKey(button));
        }
    };
    let button = view! {
        <button
            class=Look::Secondary.class()
            form=CHANGE_FORM
            formaction=url_with_list_query(&format!("/keys/{id}/{path}"), params)
            on:click=press
        >
            <Icon kind=icon/>
            {verb}
            <span class="vh">{format!(" {name}")}</span>
        </button>
    };
    Some(button.into_any())
}
