//! The dialogs Create Bias Profile and Edit Bias Profile, which share one form.

use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::form::FormErrors;
use model::id::ProfileId;
use model::profile_form::ProfileForm;

use super::categories::Categories;
use super::send::submit;
use crate::answer::{self, ScreenAnswer};
use crate::live::load_again_if_failed;
use crate::person::PersonField;
use crate::server_fns::profiles::load_profile_form;
use crate::ui::button::{Look, submit_button};
use crate::ui::dialog::{
    Cancel, Dialog, dialog_body, dialog_foot, dialog_head, focus_content, over_screen, refused_dialog,
};
use crate::ui::field::{TextField, described, escaped, invalid, labelled, text_field};
use crate::ui::form_dialog::DialogTexts;
use crate::ui::note::BadNote;

const CREATE: DialogTexts = DialogTexts {
    dialog: "create-profile",
    title: "Create Bias Profile",
    submit: "Create Bias Profile",
};

const EDIT: DialogTexts = DialogTexts {
    dialog: "edit-profile",
    title: "Edit Bias Profile",
    submit: "Save changes",
};

#[component]
pub(crate) fn CreateProfile() -> impl IntoView {
    let new: Option<String> = None;
    view! { <ProfileDialog texts=CREATE id=Signal::stored(new)/> }
}

#[component]
pub(crate) fn EditProfile() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| Some(params.read().get("id").unwrap_or_default()));
    view! { <ProfileDialog texts=EDIT id/> }
}

/// Draws the form. Its first values come from the server, or from the answer to a form that was refused.
#[component]
fn ProfileDialog(
    texts: DialogTexts,
    /// The ID of the profile to edit.
    #[prop(into)]
    id: Signal<Option<String>>,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let (back, leave) = over_screen("/profiles");
    let (sent, errors) = match answer::take_of_screen(|answer| matches!(answer, ScreenAnswer::Profile { .. })) {
        Some(ScreenAnswer::Profile { form, errors }) => (form.read(), errors),
        _ => (None, FormErrors::default()),
    };
    let errors = RwSignal::new(errors);
    let loaded = Resource::new(
        move || id.get().map(ProfileId::from_stored),
        |id| async move { load_profile_form(id.clone()).await.map(|form| (id, form)) },
    );
    load_again_if_failed(loaded);
    view! {
        <Dialog name=texts.dialog node on_cancel=|()| true on_close=leave>
            <Transition fallback=|| view! { <p class="vh" role="status">"Loading the form"</p> }>
                {move || {
                    let sent = sent.clone();
                    Suspend::new(async move {
                        match loaded.await {
                            Ok((id, form)) => {
                                let form = sent.unwrap_or(form);
                                view! { <Form texts id form node back errors/> }.into_any()
                            }
                            Err(error) => refused_dialog(texts.dialog, texts.title, "Close", error.message(), node, back),
                        }
                    })
                }}
            </Transition>
        </Dialog>
    }
}

#[component]
fn Form(
    texts: DialogTexts,
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
    let submit = submit(texts.dialog, node, version, errors, busy);
    focus_content(texts.dialog);
    let first_error = errors.read_untracked().fields.first().map(|(field, _)| field.clone());
    let focus_name = first_error.is_none_or(|field| field == "name");
    let name = text_field(TextField {
        name: "name",
        label: "Name",
        autocomplete: Some("off"),
        autofocus: focus_name,
        required: true,
        value: Some(form.name.clone()),
        errors: Some(errors),
        ..TextField::default()
    });
    let description = view! {
        <textarea
            class="input profile-description"
            id="description"
            name="description"
            rows="2"
            aria-invalid=invalid("description", errors)
            aria-describedby=described("description", None, errors)
            inner_html=escaped(&form.description)
        ></textarea>
    };
    let content = view! {
        {move || errors.read().form.clone().map(|text| view! { <BadNote text/> })}
        <input type="hidden" name="version" value=version/>
        {name}
        {labelled("description", "Description", None, Some(errors), description)}
        <Categories form errors/>
    };
    let buttons = view! {
        <Cancel node back/>
        {submit_button(Look::Primary, Some(busy), texts.submit)}
    };
    view! {
        <form method="post" action=action on:submit=submit novalidate>
            <PersonField/>
            // Browsers take the first button for the one that Enter presses. Enter saves, and fills in nothing.
            <button class="vh" tabindex="-1" aria-hidden="true"></button>
            {dialog_head(texts.dialog, texts.title, ())}
            {dialog_body(None, content)}
            {dialog_foot(buttons)}
        </form>
    }
}
