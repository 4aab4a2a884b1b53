//! Doing the same to many keys: what is selected, the bar that says so, and the dialog that shows how far it is and can
//! be stopped. Each key is a change of its own with an event of its own.

use std::collections::BTreeSet;

use leptos::html;
use leptos::prelude::*;
use model::id::KeyId;
use model::key_list::{BULK, BulkAction, KeyQuery, Matching};

use crate::components::dialog::{close, focus_screen};
use crate::components::icon::{Icon, IconKind};
use crate::components::note::BadNote;
use crate::components::number::grouped;
use crate::pages::console::Shared;
use crate::server_fns::keys::{change_keys, list_key_ids};

/// Sentences about keys that refused, at most.
const REFUSALS: usize = 5;

/// The keys that were selected, on whatever page of the list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selected(RwSignal<BTreeSet<String>>);

impl Selected {
    pub(super) fn new() -> Self {
        Self(RwSignal::new(BTreeSet::new()))
    }

    /// Whether this key is.
    pub(super) fn of(self, id: &KeyId) -> Memo<bool> {
        let id = id.to_string();
        Memo::new(move |_| self.0.read().contains(&id))
    }

    pub(super) fn set(self, id: &KeyId, on: bool) {
        self.0.update(|ids| {
            if on {
                ids.insert(id.to_string());
            } else {
                ids.remove(id.as_str());
            }
        });
    }

    fn count(self) -> usize {
        self.0.read().len()
    }

    fn clear(self) {
        self.0.update(BTreeSet::clear);
    }
}

/// What is going on.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    Asking,
    Running,
    Stopped,
    Done,
}

/// A bulk action on its way.
#[derive(Clone, Copy)]
struct Run {
    action: StoredValue<BulkAction>,
    stage: RwSignal<Stage>,
    total: RwSignal<usize>,
    done: RwSignal<usize>,
    refused: RwSignal<Vec<String>>,
    refusals: RwSignal<usize>,
}

/// The bar over the table, there while a key is selected.
#[component]
pub(super) fn BulkBar(
    selected: Selected,
    /// What the list asks for, for "all that match".
    #[prop(into)]
    query: Signal<KeyQuery>,
    #[prop(into)] matching: Signal<Matching>,
    /// The keys of this page that can be selected.
    #[prop(into)]
    page: Signal<Vec<KeyId>>,
) -> impl IntoView {
    let shared = Shared::of_context();
    let node = NodeRef::<html::Dialog>::new();
    let looking = RwSignal::new(false);
    let run = Run {
        action: StoredValue::new(BulkAction::Disable),
        stage: RwSignal::new(Stage::Asking),
        total: RwSignal::new(0),
        done: RwSignal::new(0),
        refused: RwSignal::new(Vec::new()),
        refusals: RwSignal::new(0),
    };
    let ask = move |action| {
        run.action.set_value(action);
        run.total.set(selected.0.read_untracked().len());
        run.done.set(0);
        run.refused.set(Vec::new());
        run.refusals.set(0);
        run.stage.set(Stage::Asking);
        if let Some(dialog) = node.get_untracked() {
            let _ = dialog.show_modal();
        }
    };
    let select_page = move |_| {
        selected
            .0
            .update(|ids| ids.extend(page.get_untracked().iter().map(ToString::to_string)))
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
                <button class="button button--secondary" type="button" on:click=move |_| ask(BulkAction::Disable)>
                    <Icon kind=IconKind::Pause/>
                    "Disable selected"
                </button>
                <button class="button button--secondary" type="button" on:click=move |_| ask(BulkAction::Delete)>
                    <Icon kind=IconKind::Trash/>
                    "Delete selected"
                </button>
            </span>
        </div>
        <BulkDialog node run selected/>
    }
}

#[component]
fn BulkDialog(node: NodeRef<html::Dialog>, run: Run, selected: Selected) -> impl IntoView {
    let shared = Shared::of_context();
    let Run {
        stage,
        total,
        done,
        refused,
        refusals,
        ..
    } = run;
    // The action is set before the stage, so what follows the stage shows the right one.
    let deletes = move || {
        stage.track();
        run.action.get_value() == BulkAction::Delete
    };
    let keys = move || match total.get() {
        1 => "1 API key".to_owned(),
        total => format!("{} API keys", grouped(total as u64)),
    };
    let title = move || format!("{} {}", if deletes() { "Delete" } else { "Disable" }, keys());
    let go = move |_| {
        stage.set(Stage::Running);
        leptos::task::spawn_local(async move {
            work(run, selected).await;
            shared.changed();
        });
    };
    // Closing while it runs stops it: nothing goes on that nobody sees.
    let on_close = move |_| {
        if stage.get_untracked() == Stage::Running {
            stage.set(Stage::Stopped);
        }
        focus_screen();
    };
    view! {
        <dialog
            class="dialog dialog--small"
            id="bulk"
            node_ref=node
            role="alertdialog"
            aria-labelledby="bulk-title"
            aria-describedby="bulk-about"
            on:close=on_close
        >
            <div class="dialog__head">
                <h2 id="bulk-title">{title}</h2>
            </div>
            <div class="dialog__body">
                <p id="bulk-about">
                    {move || {
                        if deletes() {
                            "Deletion is permanent and cannot be undone. All services using these keys stop working immediately."
                        } else {
                            "They are refused from then on, until somebody enables them again. Keys that are not active stay as they are."
                        }
                    }}
                </p>
                <div class="progress" hidden=move || stage.get() == Stage::Asking>
                    <progress
                        aria-labelledby="bulk-title"
                        max=move || total.get().max(1).to_string()
                        prop:value=move || done.get().to_string()
                    ></progress>
                    <p role="status" class="num">
                        {move || {
                            let so_far = format!("{} of {}", grouped(done.get() as u64), grouped(total.get() as u64));
                            match stage.get() {
                                Stage::Asking => String::new(),
                                Stage::Running => so_far,
                                Stage::Stopped => format!("Stopped after {so_far}."),
                                Stage::Done => format!("Done: {so_far}."),
                            }
                        }}
                    </p>
                </div>
                {move || {
                    (refusals.get() > 0)
                        .then(|| {
                            let mut text = refused.get().join(" ");
                            let more = refusals.get().saturating_sub(refused.read().len());
                            if more > 0 {
                                text.push_str(&format!(" And {more} more."));
                            }
                            view! { <BadNote text/> }
                        })
                }}
            </div>
            <div class="dialog__foot">
                {move || match stage.get() {
                    Stage::Asking => {
                        view! {
                            <button class="button button--secondary" type="button" autofocus on:click=move |_| close(node)>
                                "Cancel"
                            </button>
                            <button
                                class=if deletes() { "button button--danger" } else { "button button--primary" }
                                type="button"
                                on:click=go
                            >
                                {title()}
                            </button>
                        }
                            .into_any()
                    }
                    Stage::Running => {
                        view! {
                            <button
                                class="button button--secondary"
                                type="button"
                                on:click=move |_| stage.set(Stage::Stopped)
                            >
                                <Icon kind=IconKind::Stop/>
                                "Stop"
                            </button>
                        }
                            .into_any()
                    }
                    Stage::Stopped | Stage::Done => {
                        view! {
                            <button class="button button--primary" type="button" on:click=move |_| close(node)>
                                "Close"
                            </button>
                        }
                            .into_any()
                    }
                }}
            </div>
        </dialog>
    }
}

/// Does it, a few keys at a time, until all are done or somebody stops it. What is done is no longer selected.
async fn work(run: Run, selected: Selected) {
    let action = run.action.get_value();
    let ids: Vec<KeyId> = selected.0.get_untracked().into_iter().map(KeyId::from_stored).collect();
    for some in ids.chunks(BULK) {
        if run.stage.try_get_untracked() != Some(Stage::Running) {
            return;
        }
        match change_keys(some.to_vec(), action).await {
            Ok(outcomes) => {
                for outcome in &outcomes {
                    selected.set(&outcome.id, false);
                    if let Some(why) = &outcome.refused {
                        run.refusals.update(|count| *count += 1);
                        run.refused.update(|refused| {
                            if refused.len() < REFUSALS {
                                refused.push(why.clone());
                            }
                        });
                    }
                }
                run.done.update(|done| *done += outcomes.len());
            }
            Err(error) => {
                run.refusals.update(|count| *count += 1);
                run.refused.update(|refused| refused.push(error.message()));
                run.stage.set(Stage::Stopped);
                return;
            }
        }
    }
    if run.stage.try_get_untracked() == Some(Stage::Running) {
        run.stage.set(Stage::Done);
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
