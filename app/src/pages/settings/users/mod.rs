//! Settings → Users: people, who was invited, and what their dialogs share.

mod disable;
mod give_keys;
mod invitations;
mod invite;
mod link;
mod remove_factor;
mod reset_link;
mod role;
mod row;

use leptos::prelude::*;
use model::id::UserId;
use model::people::{People, Person};
use model::time::Timestamp;

use super::found::Found;
use super::loaded::Loaded;
use super::place::Over;
use super::{TabHead, found};
use crate::components::rows::{Rows, TableHead};
use crate::error::AppError;
use crate::pages::console::Shared;
use crate::server_fns::users::list_people;
use disable::DisableUser;
use give_keys::GiveKeys;
use invitations::Invitations;
use invite::InviteUser;
use remove_factor::RemoveSecondFactor;
use reset_link::ResetLink;
use role::ChangeRole;
use row::Row;

const PATH: &str = "/settings/users";
const COLUMNS: &[&str] = &[
    "Name",
    "Role",
    "State",
    "Second factor",
    "Keys",
    "Last login",
    "Actions",
];

type List = Resource<Result<People, AppError>>;

#[component]
pub(super) fn Users(over: Memo<Option<Over>>) -> impl IntoView {
    let shared = Shared::of_context();
    let list = Resource::new(move || shared.version.get(), |_| list_people());
    let find = move |id: UserId| move || person(list, &id);
    view! {
        {move || match over.get() {
            Some(Over::InviteUser) => view! { <InviteUser/> }.into_any(),
            Some(Over::ChangeRole(id)) => {
                found::about(role::WORDS, PATH, find(id), |form, person| {
                    view! { <ChangeRole form person/> }.into_any()
                })
            }
            Some(Over::DisableUser(id)) => {
                found::about(disable::WORDS, PATH, find(id), |form, person| {
                    view! { <DisableUser form person/> }.into_any()
                })
            }
            Some(Over::GiveKeys(id)) => {
                found::about(give_keys::WORDS, PATH, move || with_others(list, &id), |form, (person, others)| {
                    view! { <GiveKeys form person others/> }.into_any()
                })
            }
            Some(Over::ResetLink(id)) => {
                found::about(reset_link::WORDS, PATH, find(id), |form, person| {
                    view! { <ResetLink form person/> }.into_any()
                })
            }
            Some(Over::RemoveSecondFactor(id)) => {
                found::about(remove_factor::WORDS, PATH, find(id), |form, person| {
                    view! { <RemoveSecondFactor form person/> }.into_any()
                })
            }
            _ => ().into_any(),
        }}
        <Loaded list what="users" whole="The users" columns=COLUMNS draw=people/>
    }
}

fn person(list: List, id: &UserId) -> Found<Person> {
    Found::in_list(list.get(), |list| {
        list.people.into_iter().find(|person| person.id == *id)
    })
}

/// Somebody, and who else may have keys.
fn with_others(list: List, id: &UserId) -> Found<(Person, Vec<Person>)> {
    Found::in_list(list.get(), |list| {
        let person = list.people.iter().find(|person| person.id == *id).cloned();
        person.map(|person| (person, give_keys::who_may_have(list.people, id)))
    })
}

fn people(loaded: Memo<Option<People>>) -> AnyView {
    let rows = Signal::derive(move || {
        let list = loaded.get();
        list.map(|People { people, now, .. }| people.into_iter().map(|person| (person, now)).collect())
            .unwrap_or_default()
    });
    let invitations = Signal::derive(move || {
        let list = loaded.get();
        list.map(|People { invitations, now, .. }| invitations.into_iter().map(|it| (it, now)).collect())
            .unwrap_or_default()
    });
    view! {
        <TabHead
            title="Users"
            text="Who may log in, and what each may do. Invite people by a link that works once."
            add=("/settings/users/invite", "Invite User")
        />
        <div class="table-card">
            <table class="table table--cards" role="table" aria-label="Users">
                <TableHead columns=COLUMNS/>
                <Rows
                    rows
                    key=|(person, _): &(Person, Timestamp)| person.id.clone()
                    draw=|(person, now)| view! { <Row person now/> }.into_any()
                />
            </table>
        </div>
        <Invitations invitations/>
    }
    .into_any()
}
