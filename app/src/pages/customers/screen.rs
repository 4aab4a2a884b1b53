//! `/customers/{id}`: the screen that shows everything about one customer.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::customer::{CustomerDetails, CustomerName, CustomerStatus};
use model::id::CustomerId;
use model::key_page::HistoryEvent;
use model::time::Timestamp;
use model::usage::{Outcomes, Range, UsageQuery};

use super::PATH;
use super::facts::Facts;
use crate::error::AppError;
use crate::pages::keys::of_customer::KeysOfCustomer;
use crate::pages::keys::screen::history::History;
use crate::pages::usage::card::RequestsCard;
use crate::server_fns::customers::load_customer;
use crate::shared::Shared;
use crate::ui::button::{Look, link_button};
use crate::ui::head::{card, head_actions};
use crate::ui::icon::{Icon, IconKind};
use crate::ui::note::{NoteKind, note};
use crate::ui::state::{LoadError, OutOfDate, last_good, loading_cards};
use crate::ui::title::Title;

type Loaded = Resource<Result<CustomerDetails, AppError>>;

#[component]
pub(crate) fn CustomerScreen() -> impl IntoView {
    let shared = Shared::of_context();
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let details = Resource::new(
        move || (id.get(), shared.version.get()),
        |(id, _)| load_customer(CustomerId::from_stored(id)),
    );
    view! {
        <a class="back" href=PATH>
            <Icon kind=IconKind::ArrowLeft/>
            "Customers"
        </a>
        <Transition fallback=|| {
            view! {
                <p class="vh" role="status">
                    "Loading the customer"
                </p>
                {loading_cards(2)}
            }
        }>
            <Content details id/>
        </Transition>
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Shown {
    Nothing,
    Failed(AppError),
    Customer(Box<CustomerDetails>),
}

/// The content of the screen. Its parts are drawn again only when what they show changes, not when time passes, so that the selected
/// keys and the focus stay.
#[component]
fn Content(details: Loaded, id: Memo<String>) -> impl IntoView {
    let loaded = last_good(details, move || id.try_get_untracked());
    let shown = Memo::new_with_compare(
        move |_| match (loaded.get(), details.get()) {
            (Some(details), _) => Shown::Customer(Box::new(details)),
            (None, Some(Err(error))) => Shown::Failed(error),
            (None, _) => Shown::Nothing,
        },
        |old, new| match (old, new) {
            (Some(Shown::Customer(old)), Some(Shown::Customer(new))) => {
                let mut old = old.clone();
                old.now = new.now;
                old.history.clone_from(&new.history);
                old != *new
            }
            _ => old != new,
        },
    );
    let history = Memo::new_with_compare(
        move |_| loaded.get().and_then(|details| Some((details.history?, details.now))),
        |old: Option<&Option<(Vec<HistoryEvent>, Timestamp)>>, new| {
            let events = |it: Option<&Option<(Vec<HistoryEvent>, Timestamp)>>| {
                it.and_then(|it| it.as_ref()).map(|(events, _)| events.clone())
            };
            old.is_none() || events(old) != events(new)
        },
    );
    let is_there = Memo::new(move |_| loaded.read().is_some());
    let top = move || match shown.get() {
        Shown::Nothing => ().into_any(),
        Shown::Failed(error) => view! {
            <Title text="Customer"/>
            <h1 class="vh">"Customer"</h1>
            <LoadError what="The customer" error/>
        }
        .into_any(),
        Shown::Customer(details) => view! { <Top details=*details/> }.into_any(),
    };
    view! {
        <OutOfDate list=details loaded/>
        {top}
        {move || is_there.get().then(|| view! { <KeysOfCustomer id/> })}
        {move || history.get().map(|(events, now)| view! { <History events now/> })}
    }
}

/// What stands above the customer's keys.
#[component]
fn Top(details: CustomerDetails) -> impl IntoView {
    let called = details.row.called.clone();
    let suspended = details.row.status == CustomerStatus::Suspended;
    let metadata = if details.metadata.is_empty() {
        view! { <p class="dim">"None. Your API would get it with each verified request."</p> }.into_any()
    } else {
        view! { <pre class="mono">{details.metadata.clone()}</pre> }.into_any()
    };
    let actions = Actions {
        called: called.clone(),
        suspended,
        may_change: details.may_change,
        may_suspend: details.may_suspend,
    };
    view! {
        <Title text=called.name.clone()/>
        <div class="page-head">
            <div>
                <h1 dir="auto">{called.name.clone()}</h1>
                <p class="mono">{called.external_id}</p>
            </div>
            {actions.draw()}
        </div>
        {suspended.then(|| note(NoteKind::Warning, "Suspended: all its keys are refused, whatever their own status."))}
        <div class="cards">
            {card("card", "facts", "Customer", view! { <Facts details=details.clone()/> })}
            {card("card", "metadata", "Metadata", metadata)}
        </div>
        <Usage details/>
    }
}

/// A chart of the requests with the customer's keys in the last 30 days, if there were any.
#[component]
fn Usage(details: CustomerDetails) -> impl IntoView {
    let total: Outcomes = details.usage.iter().map(|bucket| bucket.counts).sum();
    (total.total() > 0).then(|| {
        let query = UsageQuery {
            environment: Some(String::new()),
            customer: details.row.called.id.to_string(),
            ..UsageQuery::default()
        };
        view! {
            <RequestsCard name=details.row.called.name query range=Range::Month buckets=details.usage now=details.now/>
        }
    })
}

/// The actions on the customer. Their dialogs lead back to this screen.
struct Actions {
    called: CustomerName,
    suspended: bool,
    may_change: bool,
    may_suspend: bool,
}

impl Actions {
    fn draw(&self) -> Option<AnyView> {
        let CustomerName { id, name, .. } = &self.called;
        let link = |verb: &'static str, path: &str, icon: IconKind| {
            let words = view! {
                <Icon kind=icon/>
                {verb}
                <span class="vh">{format!(" {name}")}</span>
            };
            link_button(Look::Secondary, format!("{PATH}/{id}/{path}?from=customer"), words)
        };
        let (verb, path, icon) = if self.suspended {
            ("Resume", "resume", IconKind::Play)
        } else {
            ("Suspend", "suspend", IconKind::Pause)
        };
        (self.may_change || self.may_suspend).then(|| {
            head_actions(view! {
                {self.may_change.then(|| link("Edit", "edit", IconKind::Pencil))}
                {self.may_suspend.then(|| link(verb, path, icon))}
                {self.may_suspend.then(|| link("Delete", "delete", IconKind::Trash))}
            })
        })
    }
}
