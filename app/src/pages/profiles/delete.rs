//! The dialog Delete Bias Profile. If keys use the profile, it cannot be deleted, and the dialog says so instead of asking.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::id::ProfileId;
use model::profile::ProfilePage;

use super::used_by::{UsedBy, keys_link, use_it};
use crate::error::AppError;
use crate::pages::question::{Done, Question};
use crate::server_fns::profiles::{delete_profile, load_profile};
use crate::ui::button::Look;
use crate::ui::form_dialog::DialogTexts;
use crate::ui::head::bullets;

/// The screen behind the dialog.
const PATH: &str = "/profiles";

const TEXTS: DialogTexts = DialogTexts {
    dialog: "delete-profile",
    title: "Delete Bias Profile",
    submit: "Delete",
};

#[component]
pub(crate) fn DeleteProfile() -> impl IntoView {
    let params = use_params_map();
    let page = Resource::new(
        move || params.read().get("id").unwrap_or_default(),
        |id| load_profile(ProfileId::from_stored(id), None),
    );
    let question = Question::over_screen(TEXTS, Look::Danger, PATH);
    question.draw("Loading the bias profile", page, move |page| {
        if !page.may_change {
            question.forbidden("You may not change bias profiles. Ask an admin.".to_owned())
        } else if page.keys > 0 {
            in_use(question, page)
        } else {
            ask(question, &page)
        }
    })
}

fn named(page: &ProfilePage) -> AnyView {
    let name = page.current.content.name.clone();
    view! { <p><strong>{name}</strong></p> }.into_any()
}

fn in_use(question: Question, page: ProfilePage) -> AnyView {
    let reason = view! {
        <strong>{format!("{}.", use_it(page.keys))}</strong>
        " Give them another profile first."
    };
    let about = named(&page);
    let keys = view! { <UsedBy keys=page.keys some=page.some_keys all=keys_link(&page.id)/> };
    question.blocked(about, reason, keys)
}

fn ask(question: Question, page: &ProfilePage) -> AnyView {
    let id = page.id.clone();
    let query = use_query_map().read_untracked().to_query_string();
    let action = format!("{PATH}/{id}/delete{query}");
    let versions = match page.current.number {
        1 => "It has one version, which goes with it.".to_owned(),
        many => format!("Its {many} versions go with it."),
    };
    let consequences = bullets(view! {
        <li>"Deletion is permanent and cannot be undone."</li>
        <li>{versions}</li>
        <li>"No key uses it."</li>
    });
    let gone = Some(PATH.to_owned());
    question.ask(named(page), consequences, action, gone, move || delete(id.clone()))
}

async fn delete(id: ProfileId) -> Result<Done, AppError> {
    let name = delete_profile(id).await?;
    Ok(Done {
        text: format!("{name} is deleted."),
        proof: None,
    })
}
