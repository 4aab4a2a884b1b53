//! The dialogs Create Customer and Edit Customer, which share one form.

use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::customer::{EXTERNAL_ID, EXTERNAL_ID_MAX, METADATA, NAME, NAME_MAX, VERSION};
use model::form::FormErrors;
use model::form_values::FormValues;
use model::id::CustomerId;

use super::PATH;
use super::send::submit;
use crate::answer::{self, ScreenAnswer};
use crate::live::load_again_if_failed;
use crate::pages::keys::limit_fields::LimitFields;
use crate::person::PersonField;
use crate::server_fns::customers::load_customer_form;
use crate::ui::button::{Look, submit_button};
use crate::ui::dialog::{
    Cancel, Dialog, dialog_body, dialog_foot, dialog_head, focus_content, over_screen, refused_dialog,
};
use crate::ui::field::{TextField, text_area, text_field};
use crate::ui::form_dialog::DialogTexts;
use crate::ui::note::BadNote;

const CREATE: DialogTexts = DialogTexts {
    dialog: "create-customer",
    title: "Create Customer",
    submit: "Create Customer",
};

const EDIT: DialogTexts = DialogTexts {
    dialog: "edit-customer",
    title: "Edit Customer",
    submit: "Save changes",
};

#[component]
pub(crate) fn CreateCustomer() -> impl IntoView {
    let new: Option<String> = None;
    view! { <CustomerDialog texts=CREATE id=Signal::stored(new)/> }
}

#[component]
pub(crate) fn EditCustomer() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| Some(params.read().get("id").unwrap_or_default()));
    view! { <CustomerDialog texts=EDIT id/> }
}

/// Draws the form. Its first values come from the server, or from the answer to a form that was refused.
#[component]
fn CustomerDialog(
    texts: DialogTexts,
    /// The ID of the customer to edit.
    #[prop(into)]
    id: Signal<Option<String>>,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let (back, leave) = over_screen(PATH);
    let (sent, errors) = match answer::take_of_screen(|answer| matches!(answer, ScreenAnswer::Create { .. })) {
        Some(ScreenAnswer::Create { form, errors }) => (Some(form), errors),
        _ => (None, FormErrors::default()),
    };
    let errors = RwSignal::new(errors);
    let loaded = Resource::new(
        move || id.get().map(CustomerId::from_stored),
        |id| async move { load_customer_form(id.clone()).await.map(|form| (id, form)) },
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
    id: Option<CustomerId>,
    form: FormValues,
    node: NodeRef<html::Dialog>,
    back: Memo<String>,
    errors: RwSignal<FormErrors>,
) -> impl IntoView {
    let busy = RwSignal::new(false);
    let version = RwSignal::new(form.text(VERSION).to_owned());
    let path = match &id {
        Some(id) => format!("{PATH}/{id}/edit"),
        None => format!("{PATH}/new"),
    };
    let action = format!("{path}{}", use_query_map().read_untracked().to_query_string());
    let submit = submit(texts.dialog, node, version, errors, busy);
    focus_content(texts.dialog);
    let first_error = errors.read_untracked().fields.first().map(|(field, _)| field.clone());
    let external_id = text_field(TextField {
        name: EXTERNAL_ID,
        id: Some("external-id"),
        label: "External ID",
        hint: Some("The customer's ID in your own system. Each verified request tells it to your API."),
        autocomplete: Some("off"),
        verbatim: true,
        autofocus: first_error.is_none_or(|field| field == EXTERNAL_ID),
        required: true,
        maxlength: Some(EXTERNAL_ID_MAX),
        value: Some(form.text(EXTERNAL_ID).to_owned()),
        errors: Some(errors),
        ..TextField::default()
    });
    let name = text_field(TextField {
        name: NAME,
        label: "Name",
        autocomplete: Some("off"),
        required: true,
        maxlength: Some(NAME_MAX),
        value: Some(form.text(NAME).to_owned()),
        errors: Some(errors),
        ..TextField::default()
    });
    let metadata = text_area(
        METADATA,
        METADATA,
        "Metadata",
        "A JSON object of up to 4 KiB, such as {\"plan\": \"pro\"}. Your API gets it with each verified request.",
        form.text(METADATA),
        errors,
    );
    let content = view! {
        {move || errors.read().form.clone().map(|text| view! { <BadNote text/> })}
        <input type="hidden" name=VERSION value=version/>
        {external_id}
        {name}
        <LimitFields
            legend="Shared limits"
            hint="All keys of the customer together keep to these, and each key to its own as well."
            values=form.clone()
            errors
        />
        {metadata}
    };
    let buttons = view! {
        <Cancel node back/>
        {submit_button(Look::Primary, Some(busy), texts.submit)}
    };
    view! {
        <form method="post" action=action on:submit=submit novalidate>
            <PersonField/>
            {dialog_head(texts.dialog, texts.title, ())}
            {dialog_body(None, content)}
            {dialog_foot(buttons)}
        </form>
    }
}
