//! Settings → Environments: the table, and functions that its dialogs share.

mod form;
pub(super) mod read;
mod rotate;
mod row;
mod secret;

use leptos::prelude::*;
use model::environment::{EnvironmentList, EnvironmentRow};
use model::id::EnvironmentId;
use model::list::ListQuery;
use model::time::Timestamp;

use super::dialog_row::DialogRow;
use super::place::SettingsDialog;
use super::searchable_list::{SearchWords, SearchableTable};
use super::tab_content::TabContent;
use super::{TabHead, dialog_row};
use crate::error::AppError;
use crate::live::reload_at;
use crate::server_fns::environments::list_environments;
use crate::shared::Shared;
use crate::ui::form_dialog::Form;
use crate::ui::list::use_list_query;
use form::{CreateEnvironment, RenameEnvironment};
use rotate::RotateEnvironmentKey;
use row::Row;

const PATH: &str = "/settings";
const COLUMNS: &[&str] = &["Name", "ID", "Kind", "API Key", "Created", "In selector", "Actions"];

const SEARCH: SearchWords = SearchWords {
    label: "Search environments",
    placeholder: "Search name or ID",
    nothing: "No environment matches",
    finds: "Search finds parts of names and IDs.",
    counted: ("environment", "environments"),
};

/// The list of the tab, and the revealed tokens. Leaving the tab drops the tokens.
#[derive(Clone, Copy)]
struct EnvironmentsTab {
    list: Resource<Result<EnvironmentList, AppError>>,
    revealed: RwSignal<Vec<(EnvironmentId, String)>>,
}

impl EnvironmentsTab {
    fn of_context() -> Self {
        expect_context()
    }

    fn row(self, id: &EnvironmentId) -> DialogRow<EnvironmentRow> {
        DialogRow::in_list(self.list.get(), |list| {
            list.environments.into_iter().find(|row| row.id == *id)
        })
    }

    fn token(self, id: &EnvironmentId) -> Option<String> {
        let revealed = self.revealed.read();
        revealed
            .iter()
            .find(|(its, _)| its == id)
            .map(|(_, token)| token.clone())
    }

    fn show(self, id: EnvironmentId, token: String) {
        self.revealed.try_update(|revealed| {
            revealed.retain(|(its, _)| *its != id);
            revealed.push((id, token));
        });
    }

    fn hide(self, id: &EnvironmentId) {
        self.revealed
            .try_update(|revealed| revealed.retain(|(its, _)| its != id));
    }
}

#[component]
pub(super) fn Environments(dialog: Memo<Option<SettingsDialog>>) -> impl IntoView {
    let shared = Shared::of_context();
    let query = use_list_query();
    let tab = EnvironmentsTab {
        list: Resource::new(
            move || (query.get(), shared.version.get()),
            |(query, _)| list_environments(query),
        ),
        revealed: RwSignal::new(Vec::new()),
    };
    provide_context(tab);
    follow(tab, shared);
    let about = move |texts, id: EnvironmentId, draw: fn(Form, EnvironmentRow) -> AnyView| {
        let asked = id.clone();
        let load = move || {
            let query = ListQuery::only(asked.as_str());
            async move { Ok(list_environments(query).await?.environments.pop()) }
        };
        dialog_row::draw_dialog(texts, PATH, move || tab.row(&id), load, draw)
    };
    view! {
        {move || match dialog.get() {
            Some(SettingsDialog::CreateEnvironment) => view! { <CreateEnvironment/> }.into_any(),
            Some(SettingsDialog::RenameEnvironment(id)) => {
                about(form::RENAME, id, |form, row| view! { <RenameEnvironment form row/> }.into_any())
            }
            Some(SettingsDialog::RotateEnvironmentKey(id)) => {
                about(rotate::TEXTS, id, |form, row| view! { <RotateEnvironmentKey form row/> }.into_any())
            }
            _ => ().into_any(),
        }}
        <TabContent list=tab.list what="environments" whole="The environments" columns=COLUMNS draw=table/>
    }
}

/// Loads the list again when an old token ends, and drops revealed tokens that another person has rotated.
fn follow(tab: EnvironmentsTab, shared: Shared) {
    Effect::new(move |_| {
        let Some(Ok(EnvironmentList { environments, now, .. })) = tab.list.get() else {
            return;
        };
        let ends = environments.iter().filter_map(|row| row.old_token_ends_at);
        reload_at(shared, ends.filter(|end| *end > now).min(), now);
        tab.revealed.update(|revealed| {
            revealed.retain(|(id, token)| {
                let row = environments.iter().find(|row| row.id == *id);
                row.is_some_and(|row| token.ends_with(&row.last_four))
            });
        });
    });
}

fn table(loaded: Memo<Option<EnvironmentList>>) -> AnyView {
    let rows = Memo::new(move |_| {
        let list = loaded.get();
        list.map(|EnvironmentList { environments, now, .. }| {
            environments.into_iter().map(|row| (row, now)).collect::<Vec<_>>()
        })
        .unwrap_or_default()
    });
    let paging = move || loaded.read().as_ref().map(|list| list.paging.clone());
    view! {
        <TabHead
            title="Environments"
            text="Each environment has one key with full access. Use it from services, never in a browser."
            add=("/settings/environments/new", "Create Environment")
        />
        <SearchableTable
            path=PATH
            words=SEARCH
            label="Environments"
            class="table table--cards environments"
            columns=COLUMNS
            rows
            key=|(row, _): &(EnvironmentRow, Timestamp)| row.id.clone()
            draw=|(row, now)| view! { <Row row now/> }.into_any()
            paging=Signal::derive(paging)
        />
    }
    .into_any()
}
