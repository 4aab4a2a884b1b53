//! The dialog Create API Key.

use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::form::FormErrors;
use model::key::CreateOutcome;
use model::key_fields::KeyField;
use model::key_form::{BROWSER_TIME, CreateKeyOptions, ENVIRONMENT, FORM_ID};
use wasm_bindgen::JsCast;

use super::address::{list_url, url_with_list_query};
use super::create_fields::{ClockWarning, Endpoints, EnvironmentField};
use super::fields::{EndNow, KeyFields, KeyForm};
use super::saved::show_token;
use crate::answer::{self, ScreenAnswer};
use crate::live::load_again_if_failed;
use crate::person::PersonField;
use crate::server_fns::keys::load_create_options;
use crate::shared::Shared;
use crate::ui::button::{Look, submit_button};
use crate::ui::dialog::{
    COPY, Cancel, Dialog, dialog_body, dialog_foot, dialog_head, focus_content, over_screen, refused_dialog,
};
use crate::ui::form::send_on_submit;
use crate::ui::note::BadNote;

const NAME: &str = "create-key";
const TITLE: &str = "Create API Key";

/// Draws the form. Its first values come from the server, or from the answer to a form that was refused.
#[component]
pub(crate) fn CreateKey() -> impl IntoView {
    let shared = Shared::of_context();
    let answer = answer::take_of_screen(|answer| matches!(answer, ScreenAnswer::Create { .. }));
    // The page that answers a plain form shows the new key instead of this dialog, see `SaveKey`.
    move || {
        let answer = answer.clone();
        shared
            .created
            .read()
            .is_none()
            .then(|| view! { <CreateDialog answer/> })
    }
}

#[component]
fn CreateDialog(answer: Option<ScreenAnswer>) -> impl IntoView {
    let query = use_query_map();
    let node = NodeRef::<html::Dialog>::new();
    let options = Resource::new(
        move || {
            let query = query.read();
            let text = |name| query.get(name).unwrap_or_default();
            (query.get("environment"), text("customer"), text(COPY))
        },
        |(environment, customer, copy)| load_create_options(environment, customer, copy),
    );
    load_again_if_failed(options);
    let (back, leave) = over_screen("/keys");
    let (sent, errors) = match answer {
        Some(ScreenAnswer::Create { form, errors }) => (Some(form), errors),
        _ => (None, FormErrors::default()),
    };
    let errors = RwSignal::new(errors);
    view! {
        <Dialog name=NAME node on_cancel=|()| true on_close=leave>
            <Transition fallback=|| view! { <p class="vh" role="status">"Loading the form"</p> }>
                {move || {
                    let sent = sent.clone();
                    Suspend::new(async move {
                        match options.await {
                            Ok(mut options) => {
                                if let Some(sent) = sent {
                                    options.form = sent;
                                }
                                view! { <CreateForm options node back errors/> }.into_any()
                            }
                            Err(error) => {
                                refused_dialog(NAME, TITLE, "Cancel", error.message(), node, back)
                            }
                        }
                    })
                }}
            </Transition>
        </Dialog>
    }
}

#[component]
fn CreateForm(
    options: CreateKeyOptions,
    node: NodeRef<html::Dialog>,
    back: Memo<String>,
    errors: RwSignal<FormErrors>,
) -> impl IntoView {
    let busy = RwSignal::new(false);
    let form_id = RwSignal::new(options.form.text(FORM_ID).to_owned());
    let submit = submit(errors, busy, form_id);
    focus_content(NAME);
    if errors.read_untracked().is_empty() {
        select_name();
    }
    let query = use_query_map();
    let CreateKeyOptions {
        environments,
        endpoints,
        profiles,
        form,
        now,
        clock_tolerance,
    } = options;
    let first_error = errors.read_untracked().fields.first().map(|(field, _)| field.clone());
    let focus = first_error.is_none_or(|field| field == KeyField::Name.name());
    let environment = form.text(ENVIRONMENT).to_owned();
    let beside = view! { <EnvironmentField chosen=environment environments errors/> }.into_any();
    let below = view! { <Endpoints form=form.clone() endpoints errors/> }.into_any();
    let fields = KeyForm {
        values: form,
        profiles,
        current: EndNow::NoKeyYet,
        now,
        errors,
    };
    let content = view! {
        {move || errors.read().form.clone().map(|text| view! { <BadNote text/> })}
        <ClockWarning now tolerance=clock_tolerance/>
        <input type="hidden" name=FORM_ID value=form_id/>
        <input type="hidden" name=BROWSER_TIME/>
        <KeyFields form=fields focus beside below/>
    };
    let buttons = view! {
        <Cancel node back/>
        {submit_button(Look::Primary, Some(busy), TITLE)}
    };
    view! {
        <form method="post" action=move || url_with_list_query("/keys/new", &query.read()) on:submit=submit novalidate>
            <PersonField/>
            {dialog_head(NAME, TITLE, ())}
            {dialog_body(None, content)}
            {dialog_foot(buttons)}
        </form>
    }
}

/// Selects the proposed name once it has the focus, so that typing replaces it. What a person has typed already stays.
fn select_name() {
    Effect::new(|_| {
        request_animation_frame(|| {
            let focused = document().active_element();
            let input = focused.and_then(|focused| focused.dyn_into::<web_sys::HtmlInputElement>().ok());
            let name = input.filter(|input| input.name() == KeyField::Name.name());
            if let Some(name) = name.filter(|name| name.value() == name.default_value()) {
                name.select();
            }
        });
    });
}

/// Sends the form. The typed text stays in the form with every answer.
fn submit(
    errors: RwSignal<FormErrors>,
    busy: RwSignal<bool>,
    form_id: RwSignal<String>,
) -> impl Fn(web_sys::SubmitEvent) {
    let shared = Shared::of_context();
    let navigate = use_navigate();
    let query = use_query_map();
    send_on_submit(NAME, errors, busy, move || {
        let navigate = navigate.clone();
        move |outcome: CreateOutcome| match outcome {
            CreateOutcome::Created(key) => {
                show_token(shared, &navigate, &key, &list_url(&query.get_untracked()));
                None
            }
            CreateOutcome::AlreadyCreated(already) => {
                let problem = FormErrors::whole(already.message());
                form_id.try_set(already.form_id);
                Some(problem)
            }
        }
    })
}
