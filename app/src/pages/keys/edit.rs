//! The dialog Edit API Key.

use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::edit_form::{ChangedMeanwhile, EditKeyOptions, EditOutcome};
use model::form::FormErrors;
use model::form_values::FormValues;
use model::id::KeyId;
use model::key_fields::KeyField;
use model::profile::ProfileName;
use model::status::Status;
use model::time::Timestamp;

use super::address::url_with_list_query;
use super::fields::{EndNow, KeyFields, KeyForm, ShownFields};
use super::locked::LockedEndpoints;
use super::owner_field::owner_field;
use crate::answer::{self, EditAnswer, ScreenAnswer};
use crate::live::load_again_if_failed;
use crate::person::PersonField;
use crate::server_fns::keys::load_edit_options;
use crate::shared::Shared;
use crate::ui::button::{Look, submit_button};
use crate::ui::choice::{Select, option, select};
use crate::ui::dialog::{
    Cancel, Dialog, close, dialog_body, dialog_foot, dialog_head, focus_content, over_screen, refused_dialog,
};
use crate::ui::field::labelled_as;
use crate::ui::form::send_on_submit;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::note::BadNote;

const NAME: &str = "edit-key";
const TITLE: &str = "Edit API Key";

#[component]
pub(crate) fn EditKey() -> impl IntoView {
    let params = use_params_map();
    let node = NodeRef::<html::Dialog>::new();
    let (back, leave) = over_screen("/keys");
    let sent = match answer::take_of_screen(|answer| matches!(answer, ScreenAnswer::Edit(_))) {
        Some(ScreenAnswer::Edit(answer)) => answer.read(),
        _ => None,
    };
    let options = Resource::new(
        move || params.read().get("id").unwrap_or_default(),
        |id| load_edit_options(KeyId::from_stored(id)),
    );
    load_again_if_failed(options);
    view! {
        <Dialog name=NAME node on_cancel=|()| true on_close=leave>
            <Transition fallback=|| view! { <p class="vh" role="status">"Loading the key"</p> }>
                {move || {
                    let sent = sent.clone();
                    Suspend::new(async move {
                        match options.await {
                            Ok(options) => view! { <EditForm options sent node back/> }.into_any(),
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
fn EditForm(
    options: EditKeyOptions,
    sent: Option<EditAnswer>,
    node: NodeRef<html::Dialog>,
    back: Memo<String>,
) -> impl IntoView {
    let (form, first_errors, first_changes) = match sent {
        Some(answer) => (answer.form, answer.errors, answer.changes),
        None => (options.form.clone(), FormErrors::default(), Vec::new()),
    };
    let form = RwSignal::new(form);
    let errors = RwSignal::new(first_errors);
    let changes = RwSignal::new(first_changes);
    let busy = RwSignal::new(false);
    // The number of drawings of the form. It grows when `form` is replaced.
    let drawn = RwSignal::new(0_u32);
    let action = url_with_list_query(&format!("/keys/{}/edit", options.id), &use_query_map().read_untracked());
    let submit = submit(node, (form, drawn), errors, changes, busy);
    focus_content(NAME);
    let (now, profiles, may_give) = (options.now, options.profiles.clone(), options.may_give);
    let about = view! {
        <p>
            <span class="mono">{options.id.to_string()}</span>
            " · "
            <span class="mono">{options.masked.clone()}</span>
            {format!(" · {}", options.environment)}
        </p>
    };
    let content = view! {
        {move || errors.read().form.clone().map(|text| view! { <BadNote text/> })}
        {move || (!changes.read().is_empty()).then(|| view! { <ChangesByOthers changes=changes.get()/> })}
        // The fields are drawn anew when the form gets changes of another person: a control that a person has used would keep its
                // value.
        <For each=move || [drawn.get()] key=|drawn| *drawn let:_drawn>
            <Fields values=form.get_untracked() status=options.status profiles=profiles.clone() may_give now errors/>
        </For>
        <LockedEndpoints id=options.id.clone() endpoints=options.endpoints.clone()/>
    };
    let buttons = view! {
        <Cancel node back/>
        {submit_button(Look::Primary, Some(busy), "Save changes")}
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

#[component]
fn Fields(
    values: FormValues,
    status: Status,
    profiles: Vec<ProfileName>,
    may_give: bool,
    now: Timestamp,
    errors: RwSignal<FormErrors>,
) -> impl IntoView {
    let current = values
        .text(KeyField::Expires.shown_name())
        .parse()
        .map_or(EndNow::Never, |end| EndNow::At(Timestamp(end)));
    // A change by another person may have made the status a choice.
    let status = Status::parse(values.text(KeyField::Status.shown_name())).unwrap_or(status);
    let chosen = values.text(KeyField::Status.name()).to_owned();
    let beside = view! { <StatusField chosen status errors/> }.into_any();
    let owner = may_give.then(|| owner_field(values.text(KeyField::Owner.name()), errors));
    let form = KeyForm {
        values: values.clone(),
        profiles,
        current,
        now,
        errors,
    };
    view! {
        <ShownFields values/>
        <KeyFields form focus=true beside below=owner.into_any()/>
    }
}

/// Lists what another person changed since the form was opened.
#[component]
fn ChangesByOthers(changes: Vec<String>) -> impl IntoView {
    view! {
        <div class="note note--warn" role="alert" tabindex="-1">
            <Icon kind=IconKind::Warning/>
            <div>
                {changes.into_iter().map(|change| view! { <p>{change}</p> }).collect_view()}
                <p>"What you changed is still here, and nothing was saved yet. Save again to go on."</p>
            </div>
        </div>
    }
}

/// The choice between Active and Inactive, if the status of the key permits it.
#[component]
fn StatusField(chosen: String, status: Status, errors: RwSignal<FormErrors>) -> impl IntoView {
    const FIELD: KeyField = KeyField::Status;
    let choosable = matches!(status, Status::Active | Status::Inactive);
    let options = if choosable {
        vec![Status::Active, Status::Inactive]
    } else {
        vec![status]
    };
    let options = options.into_iter();
    let select = select(
        Select {
            id: Some(FIELD.id()),
            name: FIELD.name(),
            disabled: !choosable,
            errors: Some(errors),
            ..Select::default()
        },
        options
            .map(|status| option(status.slug(), status.title(), status.slug() == chosen))
            .collect_view(),
    );
    labelled_as(FIELD.id(), FIELD.name(), FIELD.label(), None, Some(errors), select)
}

/// Sends the form. The typed text stays in the form with every answer.
fn submit(
    node: NodeRef<html::Dialog>,
    (form, drawn): (RwSignal<FormValues>, RwSignal<u32>),
    errors: RwSignal<FormErrors>,
    changes: RwSignal<Vec<String>>,
    busy: RwSignal<bool>,
) -> impl Fn(web_sys::SubmitEvent) {
    let shared = Shared::of_context();
    send_on_submit(NAME, errors, busy, move || {
        move |outcome: EditOutcome| match outcome {
            EditOutcome::Saved { name, change } => {
                let text = match change {
                    Some(_) => format!("{name} is saved."),
                    None => format!("Nothing was changed; {name} is as it was."),
                };
                shared.show_saved(text, change);
                close(node);
                None
            }
            EditOutcome::Changed(meanwhile) => {
                let ChangedMeanwhile {
                    form: merged,
                    changes: by_others,
                } = meanwhile;
                changes.try_set(by_others);
                form.try_set(merged);
                drawn.try_update(|drawn| *drawn = drawn.wrapping_add(1));
                Some(FormErrors::default())
            }
        }
    })
}
