//! The dialogs Suspend Customer, Resume Customer and Delete Customer. Each says what would happen before it asks.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::customer::{CustomerDetails, CustomerName, CustomerStatus, SOME_KEYS};
use model::id::{CustomerId, KeyId};
use model::key_list::{KeyQuery, Matching};
use model::proof::ChangeEffect;

use super::PATH;
use super::table::{counted, keys_link};
use crate::error::AppError;
use crate::pages::question::{Done, Question};
use crate::server_fns::customers::{delete_customer, load_customer, resume_customer, suspend_customer};
use crate::server_fns::keys::list_keys;
use crate::ui::button::Look;
use crate::ui::form_dialog::DialogTexts;
use crate::ui::head::bullets;
use crate::ui::note::{NoteKind, note};
use crate::ui::number::requests;

/// What a dialog asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Suspend,
    Resume,
    Delete,
}

impl Step {
    const fn texts(self) -> DialogTexts {
        let (dialog, title, submit) = match self {
            Self::Suspend => ("suspend-customer", "Suspend Customer", "Suspend"),
            Self::Resume => ("resume-customer", "Resume Customer", "Resume"),
            Self::Delete => ("delete-customer", "Delete Customer", "Delete"),
        };
        DialogTexts { dialog, title, submit }
    }

    /// The last part of its URL.
    const fn path(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Delete => "delete",
        }
    }

    const fn look(self) -> Look {
        match self {
            Self::Suspend | Self::Delete => Look::Danger,
            Self::Resume => Look::Primary,
        }
    }

    /// What the customer is afterwards.
    const fn outcome(self) -> &'static str {
        match self {
            Self::Suspend => "suspended",
            Self::Resume => "resumed",
            Self::Delete => "deleted",
        }
    }

    async fn run(self, called: CustomerName) -> Result<Done, AppError> {
        let CustomerName { id, name, .. } = called;
        let proof = match self {
            Self::Suspend => suspend_customer(id)
                .await?
                .map(|change| (ChangeEffect::Refused, change)),
            Self::Resume => resume_customer(id)
                .await?
                .map(|change| (ChangeEffect::Accepted, change)),
            Self::Delete => {
                // A customer without keys has no requests that the change could affect.
                delete_customer(id).await?;
                None
            }
        };
        let text = format!("{name} is {}.", self.outcome());
        Ok(Done { text, proof })
    }
}

#[component]
pub(crate) fn SuspendCustomer() -> impl IntoView {
    draw(Step::Suspend)
}

#[component]
pub(crate) fn ResumeCustomer() -> impl IntoView {
    draw(Step::Resume)
}

#[component]
pub(crate) fn DeleteCustomer() -> impl IntoView {
    draw(Step::Delete)
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

fn draw(step: Step) -> AnyView {
    let params = use_params_map();
    let loaded = Resource::new(
        move || params.read().get("id").unwrap_or_default(),
        move |id| load(step, id),
    );
    let question = Question::over_screen(step.texts(), step.look(), PATH);
    question.draw("Loading the customer", loaded, move |(details, keys)| {
        if !details.may_suspend {
            question.forbidden(format!("You may not {} customers. Ask an admin.", step.path()))
        } else if is_done(step, &details) {
            question.cannot(format!("{} is {} already.", details.row.called.name, done(step)))
        } else if keys.is_empty() {
            ask(question, step, &details)
        } else {
            in_use(question, &details, keys)
        }
    })
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
        _ => step.outcome(),
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
fn in_use(question: Question, details: &CustomerDetails, keys: Vec<(KeyId, String)>) -> AnyView {
    let all = details.row.uses.keys;
    let reason = view! {
        <strong>{has_keys(all)}</strong>
        " Delete them, or give them to another customer, first."
    };
    let more = all != Matching::Exactly(keys.len() as u64);
    let list = keys_link(&details.row.called.id);
    let keys = view! {
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
    question.blocked(subject_line(details), reason, keys)
}

fn has_keys(keys: Matching) -> String {
    match keys {
        Matching::Exactly(1) => "It has 1 key.".to_owned(),
        keys => format!("It has {} keys.", counted(keys)),
    }
}

fn ask(question: Question, step: Step, details: &CustomerDetails) -> AnyView {
    let called = details.row.called.clone();
    let query = use_query_map().read_untracked().to_query_string();
    let action = format!("{PATH}/{}/{}{query}", called.id, step.path());
    let gone = (step == Step::Delete).then(|| PATH.to_owned());
    let run = move || step.run(called.clone());
    question.ask(subject_line(details), consequences(step, details), action, gone, run)
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
