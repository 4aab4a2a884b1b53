//! The dialog Delete API Key.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::id::KeyId;
use model::key_page::{Changed, DeletePreview};
use model::proof::ChangeEffect;
use model::time::Timestamp;

use super::address::{list_url, url_with_list_query};
use crate::error::AppError;
use crate::pages::question::{Done, Question};
use crate::server_fns::keys::{delete_key, load_delete_preview};
use crate::ui::button::Look;
use crate::ui::form_dialog::DialogTexts;
use crate::ui::head::bullets;
use crate::ui::note::{NoteKind, note};
use crate::ui::number::grouped;
use crate::ui::time::Ago;

const TEXTS: DialogTexts = DialogTexts {
    dialog: "delete-key",
    title: "Delete API Key",
    submit: "Delete",
};

#[component]
pub(crate) fn DeleteKey() -> impl IntoView {
    let params = use_params_map();
    let preview = Resource::new(
        move || params.read().get("id").unwrap_or_default(),
        |id| load_delete_preview(KeyId::from_stored(id)),
    );
    let question = Question::over_screen(TEXTS, Look::Danger, "/keys");
    question.draw("Loading the key", preview, move |preview| ask(question, preview))
}

fn ask(question: Question, preview: DeletePreview) -> AnyView {
    let DeletePreview {
        id,
        name,
        customer,
        last_used_at,
        last_used_from,
        used_24h,
        now,
    } = preview;
    let query = use_query_map().get_untracked();
    let action = url_with_list_query(&format!("/keys/{id}/delete"), &query);
    let about = view! {
        <p>
            <strong>{name}</strong>
            " "
            <span class="mono">{id.to_string()}</span>
            {customer.map(|customer| format!(" of {customer}"))}
        </p>
    };
    let consequences = view! {
        {in_use(last_used_at, last_used_from, used_24h, now)}
        {bullets(view! {
            <li>"Deletion is permanent and cannot be undone."</li>
            <li>"All services using this key stop working immediately."</li>
            <li>"Update every application that uses it before you go on."</li>
        })}
    };
    let gone = Some(list_url(&query));
    question.ask(about, consequences, action, gone, move || delete(id.clone()))
}

async fn delete(id: KeyId) -> Result<Done, AppError> {
    let Changed { name, change } = delete_key(id).await?;
    Ok(Done {
        text: format!("{name} is deleted."),
        proof: Some((ChangeEffect::Refused, change)),
    })
}

/// Says whether, and how much, the key is still used.
fn in_use(at: Option<Timestamp>, from: Option<String>, used_24h: u64, now: Timestamp) -> AnyView {
    let Some(at) = at else {
        return note(NoteKind::Info, "This key was never used.");
    };
    let many = match used_24h {
        0 => None,
        1 => Some("1 request in the last 24 h, the latest ".to_owned()),
        many => Some(format!("{} requests in the last 24 h, the latest ", grouped(many))),
    };
    let (lead, rest) = match many {
        Some(many) => ("Still in use: ", many),
        None => ("This key has been used,", " the last time ".to_owned()),
    };
    note(
        NoteKind::Danger,
        view! {
            <strong>{lead}</strong>
            {rest}
            <Ago at now/>
            {from.map(|from| format!(" from {from}"))}
            "."
        },
    )
}
