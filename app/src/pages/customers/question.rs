//! The dialogs Suspend Customer, Resume Customer and Delete Customer. Each says what would happen before it asks.

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use model::customer::{CustomerDetails, CustomerStatus, SOME_KEYS};
use model::id::{CustomerId, KeyId};
use model::key_list::{KeyQuery, Matching};
use model::proof::ChangeEffect;

use super::PATH;
use super::table::{counted, keys_link};
use crate::answer::{self, ScreenAnswer};
use crate::error::AppError;
use crate::live::load_again_if_failed;
use crate::person::PersonField;
use crate::server_fns::customers::{delete_customer, load_customer, resume_customer, suspend_customer};
use crate::server_fns::keys::list_keys;
use crate::shared::Shared;
use crate::ui::button::{Look, submit_button};
use crate::ui::dialog::{
    Cancel, Dialog, close, dialog_body, dialog_foot, dialog_head, focus_content, focus_screen, over_screen,
    refused_dialog,
};
use crate::ui::head::bullets;
use crate::ui::note::{BadNote, NoteKind, note};
use crate::ui::number::requests;
use crate::ui::state::answer_forbidden;

/// What a dialog asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Suspend,
    Resume,
    Delete,
}

impl Step {
    /// The id of its dialog.
    const fn dialog(self) -> &'static str {
        match self {
            Self::Suspend => "suspend-customer",
            Self::Resume => "resume-customer",
            Self::Delete => "delete-customer",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Suspend => "Suspend Customer",
            Self::Resume => "Resume Customer",
            Self::Delete => "Delete Customer",
        }
    }

    /// The last part of its URL.
    const fn path(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Delete => "delete",
        }
    }

    const fn button(self) -> (Look, &'static str) {
        match self {
            Self::Suspend => (Look::Danger, "Suspend"),
            Self::Resume => (Look::Primary, "Resume"),
            Self::Delete => (Look::Danger, "Delete"),
        }
    }

    /// What the customer is afterwards, and what that does to the requests with its keys.
    const fn outcome(self) -> (&'static str, ChangeEffect) {
        match self {
            Self::Suspend => ("suspended", ChangeEffect::Refused),
            Self::Resume => ("resumed", ChangeEffect::Accepted),
            Self::Delete => ("deleted", ChangeEffect::InForce),
        }
    }

    /// Does it. Answers with the number of the change, if there was one.
    async fn run(self, id: CustomerId) -> Result<Option<i64>, AppError> {
        match self {
            Self::Suspend => suspend_customer(id).await,
            Self::Resume => resume_customer(id).await,
            Self::Delete => delete_customer(id).await.map(Some),
        }
    }
}

#[component]
pub(crate) fn SuspendCustomer() -> impl IntoView {
    view! { <Question step=Step::Suspend/> }
}

#[component]
pub(crate) fn ResumeCustomer() -> impl IntoView {
    view! { <Question step=Step::Resume/> }
}

#[component]
pub(crate) fn DeleteCustomer() -> impl IntoView {
    view! { <Question step=Step::Delete/> }
}

/// The customer, and its first keys if they stand in the way.
type Loaded = (CustomerDetails, Vec<(KeyId, String)>);

async fn load(step: Step, id: String) -> Result<Loaded, AppError> {
    let details = load_customer(CustomerId::from_stored(id)).await?;
    if step != Step::Delete || details.row.uses.keys == Matching::Exactly(0) {
        return Ok((details, Vec::new()));
    }
    let query = KeyQuery {
        environment: Some(String::new()),
        customer: details.row.called.id.to_string(),
        ..KeyQuery::default()
    };
    let rows = list_keys(query).await?.rows.into_iter().zip(0..SOME_KEYS);
    let keys = rows.map(|(row, _)| (row.id, row.name)).collect();
    Ok((details, keys))
}

#[component]
fn Question(step: Step) -> impl IntoView {
    let params = use_params_map();
    let node = NodeRef::<html::Dialog>::new();
    let refused = match answer::take_of_screen(|answer| matches!(answer, ScreenAnswer::Delete { .. })) {
        Some(ScreenAnswer::Delete { error }) => Some(error),
        _ => None,
    };
    let refused = RwSignal::new(refused);
    let loaded = Resource::new(
        move || params.read().get("id").unwrap_or_default(),
        move |id| load(step, id),
    );
    load_again_if_failed(loaded);
    let (back, leave) = over_screen(PATH);
    let cannot = move |text| refused_dialog(step.dialog(), step.title(), "Close", text, node, back);
    view! {
        <Dialog name=step.dialog() node alert=true on_cancel=|()| true on_close=leave>
            <Transition fallback=|| view! { <p class="vh" role="status">"Loading the customer"</p> }>
                {move || Suspend::new(async move {
                    match loaded.await {
                        Ok((details, _)) if !details.may_suspend => {
                            answer_forbidden();
                            let text = format!("You may not {} customers. Ask an admin.", step.path());
                            cannot(refused.get_untracked().unwrap_or(text))
                        }
                        Ok((details, _)) if is_done(step, &details) => {
                            cannot(format!("{} is {} already.", details.row.called.name, done(step)))
                        }
                        Ok((details, keys)) if !keys.is_empty() => view! { <InUse details keys node back refused/> }.into_any(),
                        Ok((details, _)) => view! { <Ask step details node back refused/> }.into_any(),
                        Err(error) => cannot(error.message()),
                    }
                })}
            </Transition>
        </Dialog>
    }
}

/// Whether the customer is already what it would be afterwards.
fn is_done(step: Step, details: &CustomerDetails) -> bool {
    match step {
        Step::Suspend => details.row.status == CustomerStatus::Suspended,
        Step::Resume => details.row.status == CustomerStatus::Active,
        Step::Delete => false,
    }
}

const fn done(step: Step) -> &'static str {
    match step {
        Step::Resume => "active",
        _ => step.outcome().0,
    }
}

fn subject_line(details: &CustomerDetails) -> AnyView {
    let called = details.row.called.clone();
    view! {
        <p>
            <strong>{called.name}</strong>
            " "
            <span class="mono">{called.external_id}</span>
        </p>
    }
    .into_any()
}

/// Names the keys because of which the customer cannot be deleted.
#[component]
fn InUse(
    details: CustomerDetails,
    keys: Vec<(KeyId, String)>,
    node: NodeRef<html::Dialog>,
    back: Memo<String>,
    refused: RwSignal<Option<String>>,
) -> impl IntoView {
    const STEP: Step = Step::Delete;
    focus_content(STEP.dialog());
    let all = details.row.uses.keys;
    // If deleting was refused, the refusal already says so.
    let warning = match refused.get_untracked() {
        Some(text) => view! { <BadNote text/> }.into_any(),
        None => note(
            NoteKind::Warning,
            view! {
                <strong>{has_keys(all)}</strong>
                " Delete them, or give them to another customer, first."
            },
        ),
    };
    let more = all != Matching::Exactly(keys.len() as u64);
    let list = keys_link(&details.row.called.id);
    let content = view! {
        {warning}
        <ul class="used-by" role="list">
            {keys
                .into_iter()
                .map(|(id, name)| {
                    view! {
                        <li>
                            <a href=format!("/keys/{id}")>{name}</a>
                        </li>
                    }
                })
                .collect_view()}
            {more
                .then(|| {
                    view! {
                        <li>
                            <a href=list>{format!("all {} keys", counted(all))}</a>
                        </li>
                    }
                })}
        </ul>
    };
    view! {
        {dialog_head(STEP.dialog(), STEP.title(), subject_line(&details))}
        {dialog_body(Some(STEP.dialog()), content)}
        {dialog_foot(view! { <Cancel node back first=true word="Close"/> })}
    }
}

fn has_keys(keys: Matching) -> String {
    match keys {
        Matching::Exactly(1) => "It has 1 key.".to_owned(),
        keys => format!("It has {} keys.", counted(keys)),
    }
}

#[component]
fn Ask(
    step: Step,
    details: CustomerDetails,
    node: NodeRef<html::Dialog>,
    back: Memo<String>,
    refused: RwSignal<Option<String>>,
) -> impl IntoView {
    let shared = Shared::of_context();
    let busy = RwSignal::new(false);
    focus_content(step.dialog());
    let called = details.row.called.clone();
    let query = use_query_map();
    let from_screen = query.read_untracked().get("from").is_some();
    let navigate = use_navigate();
    let action = format!(
        "{PATH}/{}/{}{}",
        called.id,
        step.path(),
        query.read_untracked().to_query_string()
    );
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let (called, navigate) = (called.clone(), navigate.clone());
        leptos::task::spawn_local(async move {
            match step.run(called.id).await {
                Ok(change) => {
                    let (word, effect) = step.outcome();
                    let text = format!("{} is {word}.", called.name);
                    match change {
                        Some(change) if step != Step::Delete => shared.toasts.add_with_proof(text, effect, change),
                        _ => shared.toasts.add_success(text),
                    }
                    if step == Step::Delete && from_screen {
                        // The screen of the customer no longer exists.
                        let options = NavigateOptions {
                            replace: true,
                            ..NavigateOptions::default()
                        };
                        navigate(PATH, options);
                    } else {
                        close(node);
                    }
                    if step == Step::Delete {
                        // The focused row is about to be removed.
                        focus_screen();
                    }
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
        {consequences(step, &details)}
    };
    let (look, word) = step.button();
    let buttons = view! {
        <Cancel node back first=true/>
        {submit_button(look, Some(busy), word)}
    };
    view! {
        <form method="post" action=action on:submit=submit>
            <PersonField/>
            {dialog_head(step.dialog(), step.title(), subject_line(&details))}
            {dialog_body(Some(step.dialog()), content)}
            {dialog_foot(buttons)}
        </form>
    }
}

/// What happens if the person goes on.
fn consequences(step: Step, details: &CustomerDetails) -> AnyView {
    let keys = details.row.uses.keys;
    match step {
        Step::Suspend => {
            let refused = match keys {
                Matching::Exactly(0) => "It has no keys. A key that it gets is refused.".to_owned(),
                Matching::Exactly(1) => "Its key is refused at once, on every node.".to_owned(),
                keys => format!("All its {} keys are refused at once, on every node.", counted(keys)),
            };
            let used = details.day.allowed + details.day.refused;
            let in_use = (used > 0).then(|| format!(" {} in the last 24 h.", requests(details.day)));
            let content = view! {
                <strong>{refused}</strong>
                {in_use}
            };
            view! {
                {note(NoteKind::Danger, content)}
                {bullets(view! {
                    <li>"Verify answers SUSPENDED, and gateways answer 403 ERR_CUSTOMER_SUSPENDED."</li>
                    <li>"The keys stay as they are. Resume the customer, and they work again."</li>
                })}
            }
            .into_any()
        }
        Step::Resume => {
            let accepted = match keys {
                Matching::Exactly(0) => "It has no keys.".to_owned(),
                Matching::Exactly(1) => "Its key is accepted again at once, on every node, if it is active.".to_owned(),
                keys => format!(
                    "Its {} keys are accepted again at once, on every node, as far as they are active.",
                    counted(keys)
                ),
            };
            note(NoteKind::Info, accepted)
        }
        Step::Delete => bullets(view! {
            <li>"Deletion is permanent and cannot be undone."</li>
            <li>"Its limits and its metadata go with it."</li>
            <li>"It has no keys."</li>
        }),
    }
}
