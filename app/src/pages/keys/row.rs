//! One row of the list, with only what can be done to that key.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use model::id::KeyId;
use model::key::KeyRow;
use model::status::{Change, Status, after};
use model::time::Timestamp;

use super::list_link;
use crate::components::icon::{Icon, IconKind};
use crate::components::status::StatusBadge;
use crate::components::time::Ago;
use crate::pages::console::Shared;
use crate::server_fns::keys::{disable_key, enable_key};

#[component]
pub(super) fn Row(row: KeyRow, now: Timestamp, params: ParamsMap) -> impl IntoView {
    let last_used = match row.last_used_at {
        Some(at) => view! { <Ago at now/> }.into_any(),
        None => view! { <span class="dim">"Never"</span> }.into_any(),
    };
    let endpoints = row
        .endpoints
        .clone()
        .unwrap_or_else(|| vec!["All endpoints".to_owned()]);
    view! {
        <tr role="row">
            <td role="cell" class="cell-name" data-label="Name">
                <span>{row.name.clone()}</span>
                <span class="sub">{format!("{} · {}", row.environment, row.creator)}</span>
            </td>
            <td role="cell" class="mono" data-label="API Key ID">
                {row.id.to_string()}
            </td>
            <td role="cell" class="mono" data-label="API Key">
                {row.masked.clone()}
            </td>
            <td role="cell" data-label="Status">
                <StatusBadge status=row.status expires_at=row.expires_at now/>
            </td>
            <td role="cell" data-label="Endpoints">
                <span class="tags">
                    {endpoints.into_iter().map(|title| view! { <span class="tag">{title}</span> }).collect_view()}
                </span>
            </td>
            <td role="cell" data-label="Last Used">
                {last_used}
            </td>
            <td role="cell" data-label="Bias Profile">
                <span class="dim">"None"</span>
            </td>
            <td role="cell" class="cell-actions" data-label="Actions">
                <Actions row params/>
            </td>
        </tr>
    }
}

#[component]
fn Actions(row: KeyRow, params: ParamsMap) -> impl IntoView {
    let KeyRow {
        id,
        name,
        status,
        may_change,
        ..
    } = row;
    let delete = list_link(&format!("/keys/{id}/delete"), &params);
    view! {
        <div class="actions">
            {may_change
                .then(|| {
                    view! {
                        <Toggle id name=name.clone() status params/>
                        <a class="icon-button icon-button--danger" href=delete data-tip="Delete">
                            <Icon kind=IconKind::Trash/>
                            <span class="vh">"Delete " {name}</span>
                        </a>
                    }
                })}
        </div>
    }
}

/// Disable or Enable, as far as the table of transitions allows.
#[component]
fn Toggle(id: KeyId, name: String, status: Status, params: ParamsMap) -> impl IntoView {
    let shared = Shared::of_context();
    let (verb, path, icon, disable) = if after(status, Change::Disable).is_some() {
        ("Disable", "disable", IconKind::Pause, true)
    } else if after(status, Change::Enable).is_some() {
        ("Enable", "enable", IconKind::Play, false)
    } else {
        return ().into_any();
    };
    let busy = RwSignal::new(false);
    let action = list_link(&format!("/keys/{id}/{path}"), &params);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let id = id.clone();
        leptos::task::spawn_local(async move {
            let outcome = if disable {
                disable_key(id).await
            } else {
                enable_key(id).await
            };
            match outcome {
                Ok(name) if disable => shared
                    .toasts
                    .good(format!("{name} is disabled. It is refused from now on.")),
                Ok(name) => shared
                    .toasts
                    .good(format!("{name} is enabled. It is accepted from now on.")),
                Err(error) => shared.toasts.bad(error.message()),
            }
            busy.try_set(false);
            shared.changed();
        });
    };
    view! {
        <form method="post" action=action on:submit=submit>
            <button class="icon-button" data-tip=verb aria-busy=move || busy.get().then_some("true")>
                <Icon kind=icon/>
                <span class="vh">{format!("{verb} {name}")}</span>
            </button>
        </form>
    }
    .into_any()
}
