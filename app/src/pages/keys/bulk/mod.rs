//! Bulk actions: the selection, the bar with the actions, and the dialog that shows the progress and can stop the action. Each
//! key is changed by itself, with its own event.

mod bar;
mod dialog;
mod preview;

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use model::id::KeyId;
use model::key_list::{BulkAction, MAX_BULK_KEYS};

use crate::server_fns::keys::change_keys;
use crate::ui::number::grouped;

pub(crate) use bar::BulkActions;
pub(super) use bar::{BulkBar, SelectableList};
pub(super) use dialog::BulkDialog;
pub(crate) use dialog::BulkQuestion;

/// How many sentences about refused keys are shown.
const REFUSALS: usize = 5;

/// The IDs of the selected keys, on all pages of the list, in order. It is no `BTreeSet`, whose code the first WASM would contain for
/// it alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selected(RwSignal<Vec<KeyId>>);

impl Selected {
    pub(super) fn new() -> Self {
        Self(RwSignal::new(Vec::new()))
    }

    /// Whether this key is selected.
    pub(super) fn contains(self, id: &KeyId) -> bool {
        self.0.read().binary_search(id).is_ok()
    }

    pub(super) fn ids(self) -> RwSignal<Vec<KeyId>> {
        self.0
    }

    pub(super) fn set(self, id: &KeyId, on: bool) {
        self.0.update(|ids| match ids.binary_search(id) {
            Ok(at) if !on => {
                ids.remove(at);
            }
            Err(at) if on => ids.insert(at, id.clone()),
            _ => {}
        });
    }

    fn add(self, more: Vec<KeyId>) {
        self.0.update(|ids| {
            for id in more {
                if let Err(at) = ids.binary_search(&id) {
                    ids.insert(at, id);
                }
            }
        });
    }

    fn count(self) -> usize {
        self.0.read().len()
    }

    fn clear(self) {
        self.0.update(Vec::clear);
    }
}

impl From<RwSignal<Vec<KeyId>>> for Selected {
    fn from(ids: RwSignal<Vec<KeyId>>) -> Self {
        Self(ids)
    }
}

/// The stage of a bulk action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stage {
    Asking,
    Running,
    /// The person has stopped the action, but the last request is not answered yet.
    Stopping,
    Stopped,
    Done,
}

/// The question of the dialog. Keys that are selected later are not part of it.
#[derive(Clone, Debug)]
struct Question {
    /// Distinguishes a run that was stopped from the next run.
    number: u32,
    action: BulkAction,
    keys: Arc<[KeyId]>,
}

impl Question {
    fn deletes(&self) -> bool {
        self.action == BulkAction::Delete
    }

    /// The title of the dialog, such as `Delete 3 API keys`.
    fn title(&self) -> String {
        let verb = if self.deletes() { "Delete" } else { "Disable" };
        match self.keys.len() {
            1 => format!("{verb} 1 API key"),
            count => format!("{verb} {} API keys", grouped(count as u64)),
        }
    }
}

/// The selection and the running bulk action. It belongs to the screen, since the table may be empty when the action ends.
#[derive(Clone, Copy)]
pub(super) struct Bulk {
    pub(super) selected: Selected,
    node: NodeRef<html::Dialog>,
    question: RwSignal<Option<Question>>,
    /// The number of the last question.
    last_number: StoredValue<u32>,
    /// Whether the search for all matching keys is running. `search` counts how often that search was started or cancelled.
    looking: RwSignal<bool>,
    search: StoredValue<u32>,
    stage: RwSignal<Stage>,
    done: RwSignal<usize>,
    refused: RwSignal<Vec<String>>,
    refusals: RwSignal<usize>,
}

impl Bulk {
    pub(super) fn new() -> Self {
        Self {
            selected: Selected::new(),
            node: NodeRef::new(),
            question: RwSignal::new(None),
            last_number: StoredValue::new(0),
            looking: RwSignal::new(false),
            search: StoredValue::new(0),
            stage: RwSignal::new(Stage::Asking),
            done: RwSignal::new(0),
            refused: RwSignal::new(Vec::new()),
            refusals: RwSignal::new(0),
        }
    }

    /// Asks for confirmation. The dialog opens as soon as it is drawn.
    fn ask(self, action: BulkAction) {
        let ids = self.selected.0.get_untracked();
        let number = self.last_number.get_value().wrapping_add(1);
        self.last_number.set_value(number);
        self.done.set(0);
        self.refused.set(Vec::new());
        self.refusals.set(0);
        self.stage.set(Stage::Asking);
        self.question.set(Some(Question {
            number,
            action,
            keys: ids.into(),
        }));
    }

    /// Runs the action, a few keys at a time, until all are done or the person stops it. A key that is done is no longer
    /// selected.
    async fn work(self, question: Question) {
        let is_mine = || {
            let asked = self.question.try_get_untracked().flatten();
            asked.is_some_and(|asked| asked.number == question.number)
        };
        let goes_on = || is_mine() && self.stage.try_get_untracked() == Some(Stage::Running);
        for some in question.keys.chunks(MAX_BULK_KEYS) {
            if !goes_on() {
                break;
            }
            let outcome = change_keys(some.iter().cloned().collect(), question.action).await;
            if !is_mine() {
                return;
            }
            match outcome {
                Ok(outcomes) => {
                    for outcome in &outcomes {
                        self.selected.set(&outcome.id, false);
                        if let Some(why) = &outcome.refused {
                            self.refusals.update(|count| *count += 1);
                            self.refused.update(|refused| {
                                if refused.len() < REFUSALS {
                                    refused.push(why.clone());
                                }
                            });
                        }
                    }
                    self.done.update(|done| *done += outcomes.len());
                }
                Err(error) => {
                    self.refusals.update(|count| *count += 1);
                    self.refused.update(|refused| refused.push(error.message()));
                    self.stage.set(Stage::Stopped);
                    return;
                }
            }
        }
        if !is_mine() {
            return;
        }
        match self.stage.try_get_untracked() {
            Some(Stage::Running | Stage::Stopping) if self.done.get_untracked() == question.keys.len() => {
                self.stage.set(Stage::Done);
            }
            Some(Stage::Stopping) => self.stage.set(Stage::Stopped),
            _ => {}
        }
    }
}
