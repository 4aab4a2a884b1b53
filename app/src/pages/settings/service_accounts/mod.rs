//! Settings → Service Accounts: the table, and functions that its dialogs share.

mod delete;
mod disable;
mod end_token;
mod fields;
mod form;
mod row;
mod save;
mod token;

use leptos::prelude::*;
use model::id::ServiceAccountId;
use model::list::ListQuery;
use model::service_account::{NewServiceToken, ServiceAccount, ServiceAccountList};
use model::time::Timestamp;

use super::dialog_row::DialogRow;
use super::place::SettingsDialog;
use super::searchable_list::{SearchWords, SearchableTable};
use super::tab_content::TabContent;
use super::{TabHead, dialog_row};
use crate::error::AppError;
use crate::server_fns::service_accounts::list_service_accounts;
use crate::shared::Shared;
use crate::ui::form_dialog::Form;
use crate::ui::list::use_list_query;
use delete::DeleteServiceAccount;
use disable::DisableServiceAccount;
use end_token::EndToken;
use form::{CreateServiceAccount, EditServiceAccount};
use row::Row;
use save::SaveToken;
use token::AddToken;

const PATH: &str = "/settings/service-accounts";
const COLUMNS: &[&str] = &["Name", "Role", "Environments", "Tokens", "Created by", "Actions"];
const SEARCH: SearchWords = SearchWords {
    label: "Search service accounts",
    placeholder: "Search name or ID",
    nothing: "No service account matches",
    finds: "Search finds parts of names and IDs.",
    counted: ("service account", "service accounts"),
};

/// The token that was just made. Leaving the tab drops it.
#[derive(Clone, Copy)]
struct NewToken(RwSignal<Option<NewServiceToken>>);

type List = Resource<Result<ServiceAccountList, AppError>>;

#[component]
pub(super) fn ServiceAccounts(dialog: Memo<Option<SettingsDialog>>) -> impl IntoView {
    let shared = Shared::of_context();
    let query = use_list_query();
    let list = Resource::new(
        move || (query.get(), shared.version.get()),
        |(query, _)| list_service_accounts(query),
    );
    let new_token = NewToken(RwSignal::new(None));
    provide_context(new_token);
    let about = move |texts, id: ServiceAccountId, draw: Box<dyn Fn(Form, ServiceAccount) -> AnyView + Send + Sync>| {
        let asked = id.clone();
        let load = move || {
            let query = ListQuery::only(asked.as_str());
            async move { Ok(list_service_accounts(query).await?.accounts.pop()) }
        };
        dialog_row::draw_dialog(texts, PATH, move || account(list, &id), load, draw)
    };
    view! {
        {move || match dialog.get() {
            Some(SettingsDialog::CreateServiceAccount) => view! { <CreateServiceAccount/> }.into_any(),
            Some(SettingsDialog::EditServiceAccount(id)) => {
                about(
                    form::EDIT,
                    id,
                    Box::new(|form, account| view! { <EditServiceAccount form account/> }.into_any()),
                )
            }
            Some(SettingsDialog::AddServiceToken(id)) => {
                about(token::TEXTS, id, Box::new(|form, account| view! { <AddToken form account/> }.into_any()))
            }
            Some(SettingsDialog::EndServiceToken(id, token)) => {
                about(
                    end_token::TEXTS,
                    id,
                    Box::new(move |form, account| view! { <EndToken form account token=token.clone()/> }.into_any()),
                )
            }
            Some(SettingsDialog::DisableServiceAccount(id)) => {
                about(
                    disable::TEXTS,
                    id,
                    Box::new(|form, account| view! { <DisableServiceAccount form account/> }.into_any()),
                )
            }
            Some(SettingsDialog::DeleteServiceAccount(id)) => {
                about(
                    delete::TEXTS,
                    id,
                    Box::new(|form, account| view! { <DeleteServiceAccount form account/> }.into_any()),
                )
            }
            _ => ().into_any(),
        }}
        {move || new_token.0.get().map(|token| view! { <SaveToken token/> })}
        <TabContent list what="service accounts" whole="The service accounts" columns=COLUMNS draw=table/>
    }
}

fn account(list: List, id: &ServiceAccountId) -> DialogRow<ServiceAccount> {
    DialogRow::in_list(list.get(), |list| {
        list.accounts.into_iter().find(|account| account.id == *id)
    })
}

fn table(loaded: Memo<Option<ServiceAccountList>>) -> AnyView {
    let rows = Memo::new(move |_| {
        let list = loaded.get();
        list.map(|ServiceAccountList { accounts, now, .. }| {
            accounts.into_iter().map(|account| (account, now)).collect::<Vec<_>>()
        })
        .unwrap_or_default()
    });
    let paging = move || loaded.read().as_ref().map(|list| list.paging.clone());
    view! {
        <TabHead
            title="Service Accounts"
            text="Programs that use the management API. They belong to no person, and outlive everybody who created them."
            add=("/settings/service-accounts/new", "Create Service Account")
        />
        <SearchableTable
            path=PATH
            words=SEARCH
            label="Service Accounts"
            columns=COLUMNS
            rows
            key=|(account, _): &(ServiceAccount, Timestamp)| account.id.clone()
            draw=|(account, now)| view! { <Row account now/> }.into_any()
            paging=Signal::derive(paging)
        />
    }
    .into_any()
}

/// What becomes of the keys of a service account.
fn keys_stay(keys: u64) -> String {
    match keys {
        0 => "It has no keys.".to_owned(),
        1 => "The key that it created goes on working.".to_owned(),
        keys => format!(
            "The {} keys that it created go on working.",
            crate::ui::number::grouped(keys)
        ),
    }
}
