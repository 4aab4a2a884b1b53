//! The dialog Delete Bias Profile. If keys use the profile, it cannot be deleted, and the dialog says so instead of asking.

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use model::id::ProfileId;
use model::profile::ProfilePage;

use super::used_by::{UsedBy, keys_link, use_it};
use crate::answer::{self, ScreenAnswer};
use crate::live::load_again_if_failed;
use crate::person::PersonField;
use crate::server_fns::profiles::{delete_profile, load_profile};
use crate::shared::Shared;
use crate::ui::button::{Look, submit_button};
use crate::ui::dialog::{
    Cancel, Dialog, close, dialog_body, dialog_foot, dialog_head, focus_content, focus_screen, over_screen,
    refused_dialog,
};
use crate::ui::head::bullets;
use crate::ui::note::{BadNote, NoteKind, note};
use crate::ui::state::answer_forbidden;

#[component]
pub(crate) fn DeleteProfile() -> impl IntoView {
    let params = use_params_map();
    let node = NodeRef::<html::Dialog>::new();
    let refused = match answer::take_of_screen(|answer| matches!(answer, ScreenAnswer::DeleteProfile { .. })) {
        Some(ScreenAnswer::DeleteProfile { error }) => Some(error),
        _ => None,
    };
    let refused = RwSignal::new(refused);
    let page = Resource::new(
        move || params.read().get("id").unwrap_or_default(),
        |id| load_profile(ProfileId::from_stored(id), None),
    );
    load_again_if_failed(page);
    let (back, leave) = over_screen("/profiles");
    view! {
        <Dialog name=NAME node alert=true on_cancel=|()| true on_close=leave>
            <Transition fallback=|| view! { <p class="vh" role="status">"Loading the bias profile"</p> }>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) if !page.may_change => {
                            answer_forbidden();
                            let text = refused
                                .get_untracked()
                                .unwrap_or_else(|| "You may not change bias profiles. Ask an admin.".to_owned());
                            refused_dialog(NAME, TITLE, "Close", text, node, back)
                        }
                        Ok(page) if page.keys > 0 => view! { <InUse page node back refused/> }.into_any(),
                        Ok(page) => view! { <Question page node back refused/> }.into_any(),
                        Err(error) => refused_dialog(NAME, TITLE, "Close", error.message(), node, back),
                    }
                })}
            </Transition>
        </Dialog>
    }
}

const NAME: &str = "delete-profile";
const TITLE: &str = "Delete Bias Profile";

fn named(name: String) -> impl IntoAny {
    view! { <p><strong>{name}</strong></p> }
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
    focus_content(NAME);
    let name = name_of(&page);
    // If deleting was refused, the refusal already says that keys use the profile.
    let warning = match refused.get_untracked() {
        Some(text) => view! { <BadNote text/> }.into_any(),
        None => note(
            NoteKind::Warning,
            view! {
                <strong>{format!("{}.", use_it(page.keys))}</strong>
                " Give them another profile first."
            },
        ),
    };
    let content = view! {
        {warning}
        <UsedBy keys=page.keys some=page.some_keys all=keys_link(&page.id)/>
    };
    view! {
        {dialog_head(NAME, TITLE, named(name))}
        {dialog_body(Some(NAME), content)}
        {dialog_foot(view! { <Cancel node back first=true word="Close"/> })}
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
    focus_content(NAME);
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
                    shared.toasts.add_success(format!("{name} is deleted."));
                    if from_profile {
                        // The screen of the profile no longer exists.
                        let options = NavigateOptions {
                            replace: true,
                            ..NavigateOptions::default()
                        };
                        navigate("/profiles", options);
                    } else {
                        close(node);
                    }
                    // The focused row is about to be removed.
                    focus_screen();
                    shared.reload_screen();
                }
                Err(error) => {
                    refused.try_set(Some(error.message()));
                    busy.try_set(false);
                }
            }
        });
    };
    let content = view! {
        {move || refused.get().map(|text| view! { <BadNote text/> })}
        {bullets(view! {
            <li>"Deletion is permanent and cannot be undone."</li>
            <li>{versions}</li>
            <li>"No key uses it."</li>
        })}
    };
    let buttons = view! {
        <Cancel node back first=true/>
        {submit_button(Look::Danger, Some(busy), "Delete")}
    };
    view! {
        <form method="post" action=action on:submit=submit>
            <PersonField/>
            {dialog_head(NAME, TITLE, named(name))}
            {dialog_body(Some(NAME), content)}
            {dialog_foot(buttons)}
        </form>
    }
}
