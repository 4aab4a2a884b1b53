//! The bar over the table: how many keys are selected, and what can be done to them.

use leptos::prelude::*;
use model::id::KeyId;
use model::key_list::{BulkAction, KeyQuery, Matching};

use super::{Bulk, Selected};
use crate::components::icon::{Icon, IconKind};
use crate::components::number::grouped;
use crate::pages::console::Shared;
use crate::server_fns::keys::list_key_ids;

/// The bar over the table, there while a key is selected.
#[component]
pub(crate) fn BulkBar(
    bulk: Bulk,
    /// What the list asks for, for "all that match".
    #[prop(into)]
    query: Signal<KeyQuery>,
    #[prop(into)] matching: Signal<Matching>,
    /// The keys of this page that can be selected.
    #[prop(into)]
    page: Signal<Vec<KeyId>>,
) -> impl IntoView {
    let shared = Shared::of_context();
    let selected = bulk.selected;
    let looking = RwSignal::new(false);
    let select_page = move |_| {
        let ids = page.get_untracked();
        selected.0.update(|all| all.extend(ids.iter().map(ToString::to_string)));
    };
    let select_all = move |_| {
        looking.set(true);
        let query = query.get_untracked();
        leptos::task::spawn_local(async move {
            if let Err(message) = find_all(query, selected).await {
                shared.toasts.bad(message);
            }
            looking.try_set(false);
        });
    };
    let all = move || match matching.get() {
        Matching::Exactly(count) => format!("Select all {}", grouped(count)),
        Matching::MoreThan(count) => format!("Select all (more than {})", grouped(count)),
    };
    view! {
        <div class="bulk" role="region" aria-label="Selected keys" hidden=move || selected.count() == 0>
            <p role="status" class="num">
                {move || match selected.count() {
                    0 => String::new(),
                    count => format!("{} selected", grouped(count as u64)),
                }}
            </p>
            <button class="button button--quiet" type="button" on:click=select_page>
                "Select page"
            </button>
            <button
                class="button button--quiet"
                type="button"
                aria-busy=move || looking.get().then_some("true")
                on:click=select_all
            >
                {all}
            </button>
            <button class="button button--quiet" type="button" on:click=move |_| selected.clear()>
                "Clear"
            </button>
            <span class="bulk__actions">
                <button class="button button--secondary" type="button" on:click=move |_| bulk.ask(BulkAction::Disable)>
                    <Icon kind=IconKind::Pause/>
                    "Disable selected"
                </button>
                <button class="button button--secondary" type="button" on:click=move |_| bulk.ask(BulkAction::Delete)>
                    <Icon kind=IconKind::Trash/>
                    "Delete selected"
                </button>
            </span>
        </div>
    }
}

/// Selects every key that a query finds, page by page.
async fn find_all(query: KeyQuery, selected: Selected) -> Result<(), String> {
    let mut query = KeyQuery {
        after: String::new(),
        ..query
    };
    loop {
        let (ids, next) = list_key_ids(query.clone()).await.map_err(|error| error.message())?;
        selected.0.update(|all| all.extend(ids.iter().map(ToString::to_string)));
        let Some(next) = next else {
            return Ok(());
        };
        query.after = next;
    }
}
