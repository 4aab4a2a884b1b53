//! The dialog Rotate API Key, which gives the key a new token. The old token still works until its grace ends.

use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use model::form::FormErrors;
use model::id::KeyId;
use model::key_form::{BROWSER_TIME, FORM_ID};
use model::rotate_form::{ALREADY_ROTATED, GRACES, RotateKeyOptions, RotateOutcome};
use model::status::Status;

use super::address::url_with_list_query;
use super::saved::show_token;
use crate::answer::{self, ScreenAnswer};
use crate::live::load_again_if_failed;
use crate::person::PersonField;
use crate::server_fns::keys::load_rotate_options;
use crate::shared::Shared;
use crate::ui::button::{Look, submit_button};
use crate::ui::choice::radio;
use crate::ui::dialog::{
    Cancel, Dialog, dialog_body, dialog_foot, dialog_head, focus_content, over_screen, refused_dialog,
};
use crate::ui::field::FieldError;
use crate::ui::form::send_on_submit;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::note::{BadNote, NoteKind, note};
use crate::ui::time::Ago;

const NAME: &str = "rotate-key";
const TITLE: &str = "Rotate API Key";
const STAYS_INACTIVE: &str = "The key is inactive, and stays so: neither token is accepted until it is enabled.";

#[component]
pub(crate) fn RotateKey() -> impl IntoView {
    let shared = Shared::of_context();
    let answer = answer::take_of_screen(|answer| matches!(answer, ScreenAnswer::Rotate { .. }));
    // The page that answers a plain form shows the new token instead of this dialog, see `SaveKey`.
    move || {
        let answer = answer.clone();
        shared
            .created
            .read()
            .is_none()
            .then(|| view! { <RotateDialog answer/> })
    }
}

#[component]
fn RotateDialog(answer: Option<ScreenAnswer>) -> impl IntoView {
    let params = use_params_map();
    let node = NodeRef::<html::Dialog>::new();
    let (back, leave) = over_screen("/keys");
    let (sent, errors) = match answer {
        Some(ScreenAnswer::Rotate { form, errors }) => (form.read(), errors),
        _ => (None, FormErrors::default()),
    };
    let errors = RwSignal::new(errors);
    let options = Resource::new(
        move || params.read().get("id").unwrap_or_default(),
        |id| load_rotate_options(KeyId::from_stored(id)),
    );
    load_again_if_failed(options);
    view! {
        <Dialog name=NAME node on_cancel=|()| true on_close=leave>
            <Transition fallback=|| view! { <p class="vh" role="status">"Loading the key"</p> }>
                {move || {
                    let sent = sent.clone();
                    Suspend::new(async move {
                        match options.await {
                            Ok(mut options) => {
                                if let Some(sent) = sent {
                                    options.form = sent;
                                }
                                view! { <RotateForm options node back errors/> }.into_any()
                            }
                            Err(error) => {
                                refused_dialog(NAME, TITLE, "Close", error.message(), node, back)
                            }
                        }
                    })
                }}
            </Transition>
        </Dialog>
    }
}

#[component]
fn RotateForm(
    options: RotateKeyOptions,
    node: NodeRef<html::Dialog>,
    back: Memo<String>,
    errors: RwSignal<FormErrors>,
) -> impl IntoView {
    let busy = RwSignal::new(false);
    let form_id = RwSignal::new(options.form.form_id.clone());
    let RotateKeyOptions {
        id,
        name,
        masked,
        status,
        last_used_at,
        last_used_from,
        form,
        now,
    } = options;
    let action = url_with_list_query(&format!("/keys/{id}/rotate"), &use_query_map().read_untracked());
    let submit = submit(back, errors, busy, form_id);
    focus_content(NAME);
    let used = last_used_at.map(|at| {
        let from = last_used_from.map(|from| format!(" from {from}")).unwrap_or_default();
        view! {
            <p class="field__hint">
                <Icon kind=IconKind::Info/>
                <span>"The key was last used " <Ago at now/> {from} "."</span>
            </p>
        }
    });
    let about = view! {
        <p>
            <strong>{name}</strong>
            " "
            <span class="mono">{masked}</span>
        </p>
    };
    let graces = GRACES.into_iter();
    let graces = graces.map(|(word, _, title)| radio("grace", word, title, form.grace == word, form.grace == word));
    let content = view! {
        {move || errors.read().form.clone().map(|text| view! { <BadNote text/> })}
        <p>
            "The key gets a new token; its ID, endpoints and settings stay. Put the new token into every service before the old one ends."
        </p>
        {(status == Status::Inactive).then(|| note(NoteKind::Info, STAYS_INACTIVE))}
        <input type="hidden" name=FORM_ID value=form_id/>
        <input type="hidden" name=BROWSER_TIME/>
        <fieldset class="group">
            <legend>"The old token ends"</legend>
            <div class="choices choices--column">{graces.collect_view()}</div>
            <p class="field__hint">"“Now” also ends the tokens of earlier rotations."</p>
            <FieldError name="grace" errors/>
            {used}
        </fieldset>
    };
    let buttons = view! {
        <Cancel node back/>
        {submit_button(Look::Primary, Some(busy), TITLE)}
    };
    view! {
        <form method="post" action=action on:submit=submit novalidate>
            <PersonField/>
            {dialog_head(NAME, TITLE, about)}
            {dialog_body(None, content)}
            {dialog_foot(buttons)}
        </form>
    }
}

fn submit(
    back: Memo<String>,
    errors: RwSignal<FormErrors>,
    busy: RwSignal<bool>,
    form_id: RwSignal<String>,
) -> impl Fn(web_sys::SubmitEvent) {
    let shared = Shared::of_context();
    let navigate = use_navigate();
    send_on_submit(NAME, errors, busy, move || {
        let navigate = navigate.clone();
        move |outcome: RotateOutcome| match outcome {
            RotateOutcome::Rotated(key) => {
                show_token(shared, &navigate, &key, &back.get_untracked());
                None
            }
            RotateOutcome::AlreadyRotated { form_id: fresh } => {
                form_id.try_set(fresh);
                Some(FormErrors::whole(ALREADY_ROTATED))
            }
        }
    })
}
