//! The dialog Delete API Key.

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use model::id::KeyId;
use model::key_page::{Changed, DeletePreview};
use model::proof::ChangeEffect;
use model::time::Timestamp;

use super::address::{list_url, url_with_list_query};
use crate::answer::{self, ScreenAnswer};
use crate::live::load_again_if_failed;
use crate::person::PersonField;
use crate::server_fns::keys::{delete_key, load_delete_preview};
use crate::shared::Shared;
use crate::ui::button::{Look, submit_button};
use crate::ui::dialog::{
    Cancel, Dialog, close, dialog_body, dialog_foot, dialog_head, focus_content, focus_screen, over_screen,
    refused_dialog,
};
use crate::ui::head::bullets;
use crate::ui::note::{BadNote, NoteKind, note};
use crate::ui::number::grouped;
use crate::ui::time::Ago;

const NAME: &str = "delete-key";
const TITLE: &str = "Delete API Key";

#[component]
pub(crate) fn DeleteKey() -> impl IntoView {
    let params = use_params_map();
    let node = NodeRef::<html::Dialog>::new();
    let refused = match answer::take_of_screen(|answer| matches!(answer, ScreenAnswer::Delete { .. })) {
        Some(ScreenAnswer::Delete { error }) => Some(error),
        _ => None,
    };
    let refused = RwSignal::new(refused);
    let preview = Resource::new(
        move || params.read().get("id").unwrap_or_default(),
        |id| load_delete_preview(KeyId::from_stored(id)),
    );
    load_again_if_failed(preview);
    let (back, leave) = over_screen("/keys");
    view! {
        <Dialog name=NAME node alert=true on_cancel=|()| true on_close=leave>
            <Transition fallback=|| view! { <p class="vh" role="status">"Loading the key"</p> }>
                {move || Suspend::new(async move {
                    match preview.await {
                        Ok(preview) => view! { <Question preview node back refused/> }.into_any(),
                        Err(error) => refused_dialog(NAME, TITLE, "Cancel", error.message(), node, back),
                    }
                })}
            </Transition>
        </Dialog>
    }
}

#[component]
fn Question(
    preview: DeletePreview,
    node: NodeRef<html::Dialog>,
    back: Memo<String>,
    refused: RwSignal<Option<String>>,
) -> impl IntoView {
    let shared = Shared::of_context();
    let busy = RwSignal::new(false);
    focus_content(NAME);
    let DeletePreview {
        id,
        name,
        customer,
        last_used_at,
        last_used_from,
        used_24h,
        now,
    } = preview;
    let query = use_query_map().get_untracked();
    let (from_key, list) = (query.get("from").is_some(), list_url(&query));
    let navigate = use_navigate();
    let action = url_with_list_query(&format!("/keys/{id}/delete"), &query);
    let shown_id = id.to_string();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let id = id.clone();
        let (navigate, list) = (navigate.clone(), list.clone());
        leptos::task::spawn_local(async move {
            match delete_key(id).await {
                Ok(Changed { name, change }) => {
                    shared
                        .toasts
                        .add_with_proof(format!("{name} is deleted."), ChangeEffect::Refused, change);
                    if from_key {
                        // The screen of the key no longer exists.
                        let options = NavigateOptions {
                            replace: true,
                            ..NavigateOptions::default()
                        };
                        navigate(&list, options);
                    } else {
                        close(node);
                    }
                    // The focused row is about to be removed.
                    focus_screen();
                    shared.reload_screen();
                }
                Err(error) => {
                    refused.set(Some(error.message()));
                    busy.set(false);
                }
            }
        });
    };
    let about = view! {
        <p>
            <strong>{name}</strong>
            " "
            <span class="mono">{shown_id}</span>
            {customer.map(|customer| format!(" of {customer}"))}
        </p>
    };
    let content = view! {
        {move || refused.get().map(|text| view! { <BadNote text/> })}
        {in_use(last_used_at, last_used_from, used_24h, now)}
        {bullets(view! {
            <li>"Deletion is permanent and cannot be undone."</li>
            <li>"All services using this key stop working immediately."</li>
            <li>"Update every application that uses it before you go on."</li>
        })}
    };
    let buttons = view! {
        <Cancel node back first=true/>
        {submit_button(Look::Danger, Some(busy), "Delete")}
    };
    view! {
        <form method="post" action=action on:submit=submit>
            <PersonField/>
            {dialog_head(NAME, TITLE, about)}
            {dialog_body(Some(NAME), content)}
            {dialog_foot(buttons)}
        </form>
    }
}

/// Says whether, and how much, the key is still used.
fn in_use(at: Option<Timestamp>, from: Option<String>, used_24h: u64, now: Timestamp) -> AnyView {
    let Some(at) = at else {
        return note(NoteKind::Info, "This key was never used.");
    };
    let many = match used_24h {
        0 => None,
        1 => Some("1 request in the last 24 h, the latest ".to_owned()),
        many => Some(format!("{} requests in the last 24 h, the latest ", grouped(many))),
    };
    let (lead, rest) = match many {
        Some(many) => ("Still in use: ", many),
        None => ("This key has been used,", " the last time ".to_owned()),
    };
    note(
        NoteKind::Danger,
        view! {
            <strong>{lead}</strong>
            {rest}
            <Ago at now/>
            {from.map(|from| format!(" from {from}"))}
            "."
        },
    )
}
