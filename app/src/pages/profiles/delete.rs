//! The dialog Delete Bias Profile. A profile that keys use is not deleted; the dialog says so before it asks.

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use model::id::ProfileId;
use model::profile::ProfilePage;

use super::used_by::{UsedBy, keys_link, use_it};
use crate::answer::{self, Answer};
use crate::pages::console::Shared;
use crate::person::PersonField;
use crate::server_fns::profiles::{delete_profile, load_profile};
use crate::ui::dialog::{Cancel, Dialog, close, focus_content, focus_screen, over};
use crate::ui::head::bullets;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::note::BadNote;
use crate::ui::state::answer_forbidden;

#[component]
pub(crate) fn DeleteProfile() -> impl IntoView {
    let params = use_params_map();
    let node = NodeRef::<html::Dialog>::new();
    let refused = match answer::take(|answer| matches!(answer, Answer::DeleteProfile { .. })) {
        Answer::DeleteProfile { error } => Some(error),
        _ => None,
    };
    let refused = RwSignal::new(refused);
    let page = Resource::new(
        move || params.read().get("id").unwrap_or_default(),
        |id| load_profile(ProfileId::from_stored(id), None),
    );
    let (back, leave) = over("/profiles");
    view! {
        <Dialog name="delete-profile" node alert=true on_cancel=|()| true on_close=leave>
            <Suspense fallback=|| view! { <p class="vh" role="status">"Loading the bias profile"</p> }>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) if !page.may_change => {
                            answer_forbidden();
                            let text = refused
                                .get_untracked()
                                .unwrap_or_else(|| "You may not change bias profiles. Ask an administrator.".to_owned());
                            view! { <Cannot text node back/> }.into_any()
                        }
                        Ok(page) if page.keys > 0 => view! { <InUse page node back refused/> }.into_any(),
                        Ok(page) => view! { <Question page node back refused/> }.into_any(),
                        Err(error) => view! { <Cannot text=error.message() node back/> }.into_any(),
                    }
                })}
            </Suspense>
        </Dialog>
    }
}

#[component]
fn Head(#[prop(optional, into)] name: Option<String>) -> impl IntoView {
    view! {
        <div class="dialog__head">
            <h2 id="delete-profile-title">"Delete Bias Profile"</h2>
            {name.map(|name| view! { <p><strong>{name}</strong></p> })}
        </div>
    }
}

fn name_of(page: &ProfilePage) -> String {
    page.current.content.name.clone()
}

#[component]
fn InUse(
    page: ProfilePage,
    node: NodeRef<html::Dialog>,
    back: Memo<String>,
    refused: RwSignal<Option<String>>,
) -> impl IntoView {
    focus_content("delete-profile");
    let name = name_of(&page);
    // Refused already: that sentence says the same.
    let note = match refused.get_untracked() {
        Some(text) => view! { <BadNote text/> }.into_any(),
        None => view! {
            <div class="note note--warn">
                <Icon kind=IconKind::Warning/>
                <p>
                    <strong>{format!("{}.", use_it(page.keys))}</strong>
                    " Give them another profile first."
                </p>
            </div>
        }
        .into_any(),
    };
    view! {
        <Head name/>
        <div class="dialog__body" id="delete-profile-about">
            {note}
            <UsedBy keys=page.keys some=page.some_keys all=keys_link(&page.id)/>
        </div>
        <div class="dialog__foot">
            <Cancel node back first=true word="Close"/>
        </div>
    }
}

#[component]
fn Question(
    page: ProfilePage,
    node: NodeRef<html::Dialog>,
    back: Memo<String>,
    refused: RwSignal<Option<String>>,
) -> impl IntoView {
    let shared = Shared::of_context();
    let busy = RwSignal::new(false);
    focus_content("delete-profile");
    let name = name_of(&page);
    let query = use_query_map();
    let from_profile = query.read_untracked().get("from").is_some();
    let navigate = use_navigate();
    let action = format!(
        "/profiles/{}/delete{}",
        page.id,
        query.read_untracked().to_query_string()
    );
    let versions = match page.current.number {
        1 => "It has one version, which goes with it.".to_owned(),
        many => format!("Its {many} versions go with it."),
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let id = page.id.clone();
        let navigate = navigate.clone();
        leptos::task::spawn_local(async move {
            match delete_profile(id).await {
                Ok(name) => {
                    shared.toasts.good(format!("{name} is deleted."));
                    if from_profile {
                        // The profile's own screen is gone with it.
                        let options = NavigateOptions {
                            replace: true,
                            ..NavigateOptions::default()
                        };
                        navigate("/profiles", options);
                    } else {
                        close(node);
                    }
                    // The row that had the focus is about to go.
                    focus_screen();
                    shared.changed();
                }
                Err(error) => {
                    refused.try_set(Some(error.message()));
                    busy.try_set(false);
                }
            }
        });
    };
    view! {
        <form method="post" action=action on:submit=submit>
            <PersonField/>
            <Head name/>
            <div class="dialog__body" id="delete-profile-about">
                {move || refused.get().map(|text| view! { <BadNote text/> })}
                {bullets(view! {
                    <li>"Deletion is permanent and cannot be undone."</li>
                    <li>{versions}</li>
                    <li>"No key uses it."</li>
                })}
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
fn Cannot(text: String, node: NodeRef<html::Dialog>, back: Memo<String>) -> impl IntoView {
    focus_content("delete-profile");
    view! {
        <Head/>
        <div class="dialog__body" id="delete-profile-about">
            <BadNote text/>
        </div>
        <div class="dialog__foot">
            <Cancel node back first=true word="Close"/>
        </div>
    }
}
