//! The dialogs Create Bias Profile and Edit Bias Profile: one form, two titles.

use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::form::FormErrors;
use model::id::ProfileId;
use model::profile_form::ProfileForm;

use super::categories::Categories;
use super::send::submit;
use crate::answer::{self, Answer};
use crate::error::AppError;
use crate::person::PersonField;
use crate::server_fns::profiles::load_profile_form;
use crate::ui::dialog::{Cancel, Dialog, focus_content, over};
use crate::ui::field::{FieldError, described, escaped, invalid};
use crate::ui::note::BadNote;

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
    let new: Option<String> = None;
    view! { <ProfileDialog words=CREATE id=Signal::stored(new)/> }
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
    let submit = submit(words.dialog, id, node, version, errors, busy);
    focus_content(words.dialog);
    let first_error = errors.read_untracked().fields.first().map(|(field, _)| field.clone());
    let focus_name = first_error.is_none_or(|field| field == "name");
    view! {
        <form method="post" action=action on:submit=submit novalidate>
            <PersonField/>
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
