//! Settings → Users: people and invitations, and functions that their dialogs share.

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
use model::list::ListQuery;
use model::people::{People, Person};
use model::time::Timestamp;

use super::dialog_row::DialogRow;
use super::place::SettingsDialog;
use super::searchable_list::{SearchWords, SearchableTable};
use super::tab_content::TabContent;
use super::{TabHead, dialog_row};
use crate::error::AppError;
use crate::server_fns::users::list_people;
use crate::shared::Shared;
use crate::ui::form_dialog::Form;
use crate::ui::list::use_list_query;
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
const SEARCH: SearchWords = SearchWords {
    label: "Search users",
    placeholder: "Search name or email",
    nothing: "No user matches",
    finds: "Search finds parts of names and e-mail addresses.",
    counted: ("user", "users"),
};

type List = Resource<Result<People, AppError>>;

#[component]
pub(super) fn Users(dialog: Memo<Option<SettingsDialog>>) -> impl IntoView {
    let shared = Shared::of_context();
    let query = use_list_query();
    let list = Resource::new(
        move || (query.get(), shared.version.get()),
        |(query, _)| list_people(query),
    );
    let about = move |texts, id: UserId, draw: fn(Form, Person) -> AnyView| {
        let asked = id.clone();
        let load = move || {
            let query = ListQuery::only(asked.as_str());
            async move { Ok(list_people(query).await?.people.pop()) }
        };
        dialog_row::draw_dialog(texts, PATH, move || person(list, &id), load, draw)
    };
    view! {
        {move || match dialog.get() {
            Some(SettingsDialog::InviteUser) => view! { <InviteUser/> }.into_any(),
            Some(SettingsDialog::ChangeRole(id)) => {
                about(role::TEXTS, id, |form, person| view! { <ChangeRole form person/> }.into_any())
            }
            Some(SettingsDialog::DisableUser(id)) => {
                about(disable::TEXTS, id, |form, person| view! { <DisableUser form person/> }.into_any())
            }
            Some(SettingsDialog::GiveKeys(id)) => {
                about(give_keys::TEXTS, id, |form, person| view! { <GiveKeys form person/> }.into_any())
            }
            Some(SettingsDialog::ResetLink(id)) => {
                about(reset_link::TEXTS, id, |form, person| view! { <ResetLink form person/> }.into_any())
            }
            Some(SettingsDialog::RemoveSecondFactor(id)) => {
                about(
                    remove_factor::TEXTS,
                    id,
                    |form, person| view! { <RemoveSecondFactor form person/> }.into_any(),
                )
            }
            _ => ().into_any(),
        }}
        <TabContent list what="users" whole="The users" columns=COLUMNS draw=people/>
    }
}

fn person(list: List, id: &UserId) -> DialogRow<Person> {
    DialogRow::in_list(list.get(), |list| {
        list.people.into_iter().find(|person| person.id == *id)
    })
}

fn people(loaded: Memo<Option<People>>) -> AnyView {
    let query = use_list_query();
    let rows = Memo::new(move |_| {
        let list = loaded.get();
        list.map(|People { people, now, .. }| people.into_iter().map(|person| (person, now)).collect::<Vec<_>>())
            .unwrap_or_default()
    });
    let paging = move || loaded.read().as_ref().map(|list| list.paging.clone());
    view! {
        <TabHead
            title="Users"
            text="Who may log in, and what each may do. Invite people by a link that works once."
            add=("/settings/users/invite", "Invite User")
        />
        <SearchableTable
            path=PATH
            words=SEARCH
            label="Users"
            columns=COLUMNS
            rows
            key=|(person, _): &(Person, Timestamp)| person.id.clone()
            draw=|(person, now)| view! { <Row person now/> }.into_any()
            paging=Signal::derive(paging)
        />
        <Invitations loaded query/>
    }
    .into_any()
}
