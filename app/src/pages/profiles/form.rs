//! The dialogs Create Bias Profile and Edit Bias Profile: one form, two titles.

use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::form::FormErrors;
use model::id::ProfileId;
use model::profile_form::{ProfileForm, ProfileOutcome};
use wasm_bindgen::JsCast;

use super::categories::Categories;
use crate::answer::{self, Answer};
use crate::components::dialog::{Cancel, Dialog, close, focus_content, focus_first_error, over};
use crate::components::field::{FieldError, described, invalid};
use crate::components::note::BadNote;
use crate::error::AppError;
use crate::pages::console::Shared;
use crate::server_fns::profiles::{create_profile, edit_profile, load_profile_form};

/// What the two dialogs are called.
#[derive(Clone, Copy, Debug)]
struct Words {
    dialog: &'static str,
    title_id: &'static str,
    title: &'static str,
    submit: &'static str,
}

const CREATE: Words = Words {
    dialog: "create-profile",
    title_id: "create-profile-title",
    title: "Create Bias Profile",
    submit: "Create Bias Profile",
};

const EDIT: Words = Words {
    dialog: "edit-profile",
    title_id: "edit-profile-title",
    title: "Edit Bias Profile",
    submit: "Save changes",
};

#[component]
pub(crate) fn CreateProfile() -> impl IntoView {
    view! { <ProfileDialog words=CREATE id=Signal::stored(None)/> }
}

#[component]
pub(crate) fn EditProfile() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| Some(params.read().get("id").unwrap_or_default()));
    view! { <ProfileDialog words=EDIT id/> }
}

/// The form's first contents come from the server, or from the answer to a form that was sent and refused.
#[component]
fn ProfileDialog(
    words: Words,
    /// The profile to edit.
    #[prop(into)]
    id: Signal<Option<String>>,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let (back, leave) = over("/profiles");
    let (sent, errors) = match answer::take(|answer| matches!(answer, Answer::Profile(..))) {
        Answer::Profile(form, errors) => (Some(*form), errors),
        _ => (None, FormErrors::default()),
    };
    let errors = RwSignal::new(errors);
    let loaded = Resource::new(
        move || id.get().map(ProfileId::from_stored),
        |id| async move { load_profile_form(id.clone()).await.map(|form| (id, form)) },
    );
    view! {
        <Dialog name=words.dialog node on_cancel=|()| true on_close=leave>
            <Suspense fallback=|| view! { <p class="vh" role="status">"Loading the form"</p> }>
                {move || {
                    let sent = sent.clone();
                    Suspend::new(async move {
                        match loaded.await {
                            Ok((id, form)) => {
                                let form = sent.unwrap_or(form);
                                view! { <Form words id form node back errors/> }.into_any()
                            }
                            Err(error) => view! { <CannotLoad words error node back/> }.into_any(),
                        }
                    })
                }}
            </Suspense>
        </Dialog>
    }
}

#[component]
fn Head(words: Words) -> impl IntoView {
    view! {
        <div class="dialog__head">
            <h2 id=words.title_id>{words.title}</h2>
        </div>
    }
}

#[component]
fn CannotLoad(words: Words, error: AppError, node: NodeRef<html::Dialog>, back: Memo<String>) -> impl IntoView {
    focus_content(words.dialog);
    view! {
        <Head words/>
        <div class="dialog__body">
            <BadNote text=error.message()/>
        </div>
        <div class="dialog__foot">
            <Cancel node back first=true word="Close"/>
        </div>
    }
}

#[component]
fn Form(
    words: Words,
    id: Option<ProfileId>,
    form: ProfileForm,
    node: NodeRef<html::Dialog>,
    back: Memo<String>,
    errors: RwSignal<FormErrors>,
) -> impl IntoView {
    let busy = RwSignal::new(false);
    let version = RwSignal::new(form.version.clone());
    let path = match &id {
        Some(id) => format!("/profiles/{id}/edit"),
        None => "/profiles/new".to_owned(),
    };
    let action = format!("{path}{}", use_query_map().read_untracked().to_query_string());
    let submit = submit(words, id, node, version, errors, busy);
    focus_content(words.dialog);
    let first_error = errors.read_untracked().fields.first().map(|(field, _)| field.clone());
    let focus_name = first_error.is_none_or(|field| field == "name");
    view! {
        <form method="post" action=action on:submit=submit novalidate>
            <Head words/>
            <div class="dialog__body">
                {move || errors.read().form.clone().map(|text| view! { <BadNote text/> })}
                <input type="hidden" name="version" value=version/>
                <div class="field">
                    <label class="field__label" for="name">
                        "Name"
                    </label>
                    <input
                        class="input"
                        id="name"
                        name="name"
                        autocomplete="off"
                        autofocus=focus_name
                        required
                        value=form.name.clone()
                        aria-invalid=invalid("name", errors)
                        aria-describedby=described("name", None, errors)
                    />
                    <FieldError name="name" errors/>
                </div>
                <div class="field">
                    <label class="field__label" for="description">
                        "Description"
                    </label>
                    // Leptos writes the children of a textarea as they are, so they are escaped here.
                    <textarea
                        class="input profile-description"
                        id="description"
                        name="description"
                        rows="2"
                        aria-invalid=invalid("description", errors)
                        aria-describedby=described("description", None, errors)
                        inner_html=escaped(&form.description)
                    ></textarea>
                    <FieldError name="description" errors/>
                </div>
                <Categories form errors/>
            </div>
            <div class="dialog__foot">
                <Cancel node back/>
                <button class="button button--primary" aria-busy=move || busy.get().then_some("true")>
                    {words.submit}
                </button>
            </div>
        </form>
    }
}

/// Text as it stands in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Sends the form. What was typed stays where it is, whatever comes back.
fn submit(
    words: Words,
    id: Option<ProfileId>,
    node: NodeRef<html::Dialog>,
    version: RwSignal<String>,
    errors: RwSignal<FormErrors>,
    busy: RwSignal<bool>,
) -> impl Fn(web_sys::SubmitEvent) {
    let shared = Shared::of_context();
    move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(form) = typed(&event).filter(|_| !busy.get_untracked()) else {
            return;
        };
        busy.set(true);
        let id = id.clone();
        leptos::task::spawn_local(async move {
            let before = form.version.clone();
            let outcome = match id {
                Some(id) => edit_profile(id, form).await,
                None => create_profile(form).await,
            };
            let problem = match outcome {
                Ok(ProfileOutcome::Saved { name, version, .. }) => {
                    shared.toasts.good(saved(&name, version, &before));
                    shared.changed();
                    close(node);
                    return;
                }
                Ok(ProfileOutcome::Invalid(form, errors)) => {
                    version.try_set(form.version);
                    errors
                }
                Err(error) => FormErrors::whole(error.message()),
            };
            busy.try_set(false);
            errors.try_set(problem);
            focus_first_error(words.dialog);
        });
    }
}

/// What to say about a saved profile. `before` is the version that the form showed; empty for a new profile.
fn saved(name: &str, version: i64, before: &str) -> String {
    if before.is_empty() {
        format!("{name} is created.")
    } else if before == version.to_string() {
        format!("Nothing was changed; {name} stays at version {version}.")
    } else {
        format!("{name} is saved as version {version}. It is in force from now on.")
    }
}

/// The form as it was typed.
fn typed(event: &web_sys::SubmitEvent) -> Option<ProfileForm> {
    let element = event.target()?.dyn_into::<web_sys::HtmlFormElement>().ok()?;
    let data = web_sys::FormData::new_with_form(&element).ok()?;
    let text = |name: &str| data.get(name).as_string().unwrap_or_default();
    let all = |name: &str| {
        let values = data.get_all(name);
        values.iter().filter_map(|value| value.as_string()).collect()
    };
    Some(ProfileForm {
        name: text("name"),
        description: text("description"),
        on: all("on"),
        threshold: all("threshold"),
        action: all("action"),
        version: text("version"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_cannot_leave_its_field() {
        assert_eq!(escaped("a < b && </textarea>"), "a &lt; b &amp;&amp; &lt;/textarea&gt;");
    }

    #[test]
    fn a_form_that_changed_nothing_says_so() {
        assert_eq!(saved("Strict", 1, ""), "Strict is created.");
        assert_eq!(
            saved("Strict", 3, "2"),
            "Strict is saved as version 3. It is in force from now on."
        );
        assert_eq!(saved("Strict", 2, "2"), "Nothing was changed; Strict stays at version 2.");
    }
}
