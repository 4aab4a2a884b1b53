//! The bar at the bottom edge. It shows how many keys are selected, and the actions for them.

use leptos::prelude::*;
use model::id::KeyId;
use model::key_list::{BulkAction, KeyQuery, Matching};

use super::Bulk;
use crate::screens::Screen;
use crate::server_fns::keys::list_key_ids;
use crate::shared::Shared;
use crate::ui::button::Look;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::number::grouped;

/// The list above which the bar lies.
#[derive(Clone, Copy)]
pub(in crate::pages::keys) struct SelectableList {
    pub(in crate::pages::keys) bulk: Bulk,
    /// The query of the list, to select all keys that match.
    pub(in crate::pages::keys) query: Memo<KeyQuery>,
    pub(in crate::pages::keys) matching: Signal<Matching>,
    /// The keys of this page that can be selected.
    pub(in crate::pages::keys) page: Signal<Vec<KeyId>>,
    /// Whether all keys of this page can be selected.
    pub(in crate::pages::keys) every: Signal<bool>,
}

/// The place of the bar. Its part of the WASM is loaded when the first key is selected.
#[component]
pub(in crate::pages::keys) fn BulkBar(list: SelectableList) -> impl IntoView {
    let shared = Shared::of_context();
    let is_shown = Memo::new(move |_| list.bulk.selected.count() > 0);
    move || {
        is_shown.get().then(|| {
            provide_context(list);
            (shared.draw)(Screen::BulkBar)
        })
    }
}

/// The bar at the bottom edge, which is shown while a key is selected. It covers the page and does not move it.
#[component]
pub(crate) fn BulkActions() -> impl IntoView {
    let SelectableList {
        bulk,
        query,
        matching,
        page,
        every,
    } = expect_context();
    let shared = Shared::of_context();
    let selected = bulk.selected;
    let looking = bulk.looking;
    let select_page = move |_| selected.add(page.get_untracked());
    let select_all = move |_| {
        let search = bulk.next_search();
        looking.set(true);
        let query = query.get_untracked();
        leptos::task::spawn_local(async move {
            if let Err(message) = find_all(query, bulk, search).await {
                shared.toasts.add_error(message);
            }
            if bulk.search.try_get_value() == Some(search) {
                looking.try_set(false);
            }
        });
    };
    let clear = move |_| {
        bulk.next_search();
        looking.set(false);
        selected.clear();
    };
    let all = move || match matching.get() {
        _ if !every.get() => "Select all that you may change".to_owned(),
        Matching::Exactly(count) => format!("Select all {}", grouped(count)),
        Matching::MoreThan(count) => format!("Select all (more than {})", grouped(count)),
    };
    view! {
        <div class="bulk" role="region" aria-label="Selected keys">
            <p role="status" class="num">
                {move || match selected.count() {
                    0 => String::new(),
                    count => format!("{} selected", grouped(count as u64)),
                }}
            </p>
            <button class=Look::Quiet.class() type="button" on:click=select_page>
                "Select page"
            </button>
            <button
                class=Look::Quiet.class()
                type="button"
                aria-busy=move || looking.get().then_some("true")
                on:click=select_all
            >
                {all}
            </button>
            <button class=Look::Quiet.class() type="button" on:click=clear>
                "Clear"
            </button>
            <span class="bulk__actions">
                <button
                    class=Look::Quiet.class()
                    type="button"
                    disabled=move || looking.get()
                    on:click=move |_| bulk.ask(BulkAction::Disable)
                >
                    <Icon kind=IconKind::Pause/>
                    "Disable"
                    <span class="vh">" selected"</span>
                </button>
                <button
                    class="button button--quiet bulk__delete"
                    type="button"
                    disabled=move || looking.get()
                    on:click=move |_| bulk.ask(BulkAction::Delete)
                >
                    <Icon kind=IconKind::Trash/>
                    "Delete"
                    <span class="vh">" selected"</span>
                </button>
            </span>
        </div>
    }
}

/// Selects every key that a query finds, page by page, until another search starts or this one is cancelled.
async fn find_all(query: KeyQuery, bulk: Bulk, search: u32) -> Result<(), String> {
    let mut query = KeyQuery {
        after: String::new(),
        before: String::new(),
        ..query
    };
    loop {
        let (ids, next) = list_key_ids(query.clone()).await.map_err(|error| error.message())?;
        if bulk.search.try_get_value() != Some(search) {
            return Ok(());
        }
        bulk.selected.add(ids);
        let Some(next) = next else {
            return Ok(());
        };
        query.after = next;
    }
}

impl Bulk {
    /// Cancels a search for all keys if one is running. Returns the number of the next search.
    fn next_search(self) -> u32 {
        let search = self.search.get_value().wrapping_add(1);
        self.search.set_value(search);
        search
    }
}
