//! The dialog Delete API Key.

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use model::id::KeyId;
use model::key_page::{Changed, DeletePreview};

use super::address::{list_behind, list_link};
use crate::answer::{self, Answer};
use crate::error::AppError;
use crate::pages::console::Shared;
use crate::person::PersonField;
use crate::server_fns::keys::{delete_key, load_delete_preview};
use crate::ui::day::here;
use crate::ui::dialog::{Cancel, Dialog, close, focus_content, focus_screen, over};
use crate::ui::icon::{Icon, IconKind};
use crate::ui::note::BadNote;
use crate::ui::number::grouped;
use crate::ui::time::Ago;

#[component]
pub(crate) fn DeleteKey() -> impl IntoView {
    let params = use_params_map();
    let node = NodeRef::<html::Dialog>::new();
    let refused = match answer::take(|answer| matches!(answer, Answer::Delete { .. })) {
        Answer::Delete { error } => Some(error),
        _ => None,
    };
    let refused = RwSignal::new(refused);
    let preview = Resource::new(
        move || params.read().get("id").unwrap_or_default(),
        |id| load_delete_preview(KeyId::from_stored(id)),
    );
    let (back, leave) = over("/keys");
    view! {
        <Dialog name="delete-key" node alert=true on_cancel=|()| true on_close=leave>
            <Suspense fallback=|| view! { <p class="vh" role="status">"Loading the key"</p> }>
                {move || Suspend::new(async move {
                    match preview.await {
                        Ok(preview) => view! { <Question preview node back refused/> }.into_any(),
                        Err(error) => view! { <CannotDelete error node back/> }.into_any(),
                    }
                })}
            </Suspense>
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
    focus_content("delete-key");
    let DeletePreview {
        id,
        name,
        last_used_at,
        last_used_from,
        used_24h,
        now,
    } = preview;
    let query = use_query_map().get_untracked();
    let (from_key, list) = (query.get("from").is_some(), list_behind(&query));
    let navigate = use_navigate();
    let action = list_link(&format!("/keys/{id}/delete"), &query);
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
            let since = here();
            match delete_key(id).await {
                Ok(Changed { name, change }) => {
                    shared
                        .toasts
                        .proved(format!("{name} is deleted."), "Refused", change, since);
                    if from_key {
                        // The key's own screen is gone with it.
                        let options = NavigateOptions {
                            replace: true,
                            ..NavigateOptions::default()
                        };
                        navigate(&list, options);
                    } else {
                        close(node);
                    }
                    // The row that had the focus is about to go.
                    focus_screen();
                    shared.changed();
                }
                Err(error) => {
                    refused.set(Some(error.message()));
                    busy.set(false);
                }
            }
        });
    };
    view! {
        <form method="post" action=action on:submit=submit>
            <PersonField/>
            <div class="dialog__head">
                <h2 id="delete-key-title">"Delete API Key"</h2>
                <p>
                    <strong>{name}</strong>
                    " "
                    <span class="mono">{shown_id}</span>
                </p>
            </div>
            <div class="dialog__body" id="delete-key-about">
                {move || refused.get().map(|text| view! { <BadNote text/> })}
                {match last_used_at {
                    Some(at) => {
                        let many = match used_24h {
                            0 => None,
                            1 => Some("1 request in the last 24 h, the latest ".to_owned()),
                            many => Some(format!("{} requests in the last 24 h, the latest ", grouped(many))),
                        };
                        let (lead, rest) = match many {
                            Some(many) => ("Still in use: ", many),
                            None => ("This key has been used,", " the last time ".to_owned()),
                        };
                        view! {
                            <div class="note note--bad">
                                <Icon kind=IconKind::Warning/>
                                <p>
                                    <strong>{lead}</strong>
                                    {rest}
                                    <Ago at now/>
                                    {last_used_from.map(|from| format!(" from {from}"))}
                                    "."
                                </p>
                            </div>
                        }
                            .into_any()
                    }
                    None => {
                        view! {
                            <div class="note">
                                <Icon kind=IconKind::Info/>
                                <p>"This key was never used."</p>
                            </div>
                        }
                            .into_any()
                    }
                }}
                <ul class="bullets">
                    <li>"Deletion is permanent and cannot be undone."</li>
                    <li>"All services using this key stop working immediately."</li>
                    <li>"Update every application that uses it before you go on."</li>
                </ul>
            </div>
            <div class="dialog__foot">
                <Cancel node back first=true/>
                <button class="button button--danger" aria-busy=move || busy.get().then_some("true")>
                    "Delete"
                </button>
            </div>
        </form>
    }
}

#[component]
fn CannotDelete(error: AppError, node: NodeRef<html::Dialog>, back: Memo<String>) -> impl IntoView {
    focus_content("delete-key");
    view! {
        <div class="dialog__head">
            <h2 id="delete-key-title">"Delete API Key"</h2>
        </div>
        <div class="dialog__body" id="delete-key-about">
            <BadNote text=error.message()/>
        </div>
        <div class="dialog__foot">
            <Cancel node back first=true/>
        </div>
    }
}
