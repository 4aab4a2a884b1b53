//! The dialog of a bulk action. It asks for confirmation, shows the progress, and can stop the action. Its texts are drawn again
//! for each question and stage, since a page that the browser has translated does not show a change of an existing text.

use leptos::prelude::*;

use super::preview::{AffectedKeys, Preview};
use super::{Bulk, Question, Stage};
use crate::screens::Screen;
use crate::shared::Shared;
use crate::ui::button::Look;
use crate::ui::dialog::{Dialog, close, dialog_foot, dialog_head, focus_content, focus_screen};
use crate::ui::field::field;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::note::BadNote;
use crate::ui::number::grouped;

const NAME: &str = "bulk";

/// To delete more keys than this, a person must type their number.
const TYPED_ABOVE: usize = 10;

/// The dialog of the last question. Its part of the WASM is loaded when there is a question.
#[component]
pub(crate) fn BulkDialog(bulk: Bulk) -> impl IntoView {
    let shared = Shared::of_context();
    view! {
        <For each=move || bulk.question.get() key=|question| question.number let:question>
            {
                provide_context(BulkQuestionContext(bulk, question));
                (shared.draw)(Screen::BulkQuestion)
            }
        </For>
    }
}

/// The question that the dialog shows.
#[derive(Clone)]
struct BulkQuestionContext(Bulk, Question);

#[component]
pub(crate) fn BulkQuestion() -> impl IntoView {
    let BulkQuestionContext(bulk, question) = expect_context();
    let shared = Shared::of_context();
    // Closing the dialog stops a running action, so that no action runs unseen.
    let on_close = move |()| {
        focus_screen();
        match bulk.stage.get_untracked() {
            Stage::Running => bulk.stage.set(Stage::Stopping),
            Stage::Stopping => {}
            // No action runs that still needs the question.
            Stage::Asking | Stage::Stopped | Stage::Done => bulk.question.set(None),
        }
    };
    let typed = RwSignal::new(String::new());
    let preview = Preview::load(&question);
    let total = question.keys.len();
    let types_number = question.deletes() && total > TYPED_ABOVE;
    // Disabling needs no typed number: it can be urgent, and it can be undone.
    let ready = {
        let deletes = question.deletes();
        move || !deletes || preview.is_complete() && (!types_number || is_number(&typed.read(), total))
    };
    let title = question.title();
    let about = if question.deletes() {
        "Deletion is permanent and cannot be undone. All services using these keys stop working immediately."
    } else {
        "They are refused from then on, until somebody enables them again. Keys that are not active stay as they are."
    };
    let asked = question.clone();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if bulk.stage.get_untracked() != Stage::Asking || !untrack(ready) {
            return;
        }
        bulk.stage.set(Stage::Running);
        let question = question.clone();
        leptos::task::spawn_local(async move {
            bulk.work(question).await;
            shared.reload_screen();
        });
    };
    let asks = Memo::new(move |_| bulk.stage.get() == Stage::Asking);
    let content = view! {
        <p id="bulk-about">{about}</p>
        <AffectedKeys preview total/>
        {move || (types_number && asks.get()).then(|| view! { <NumberField total typed/> })}
        <Progress bulk total/>
        {move || {
            (bulk.refusals.get() > 0)
                .then(|| {
                    let mut sentences = bulk.refused.get();
                    let more = bulk.refusals.get().saturating_sub(sentences.len());
                    if more > 0 {
                        sentences.push(format!("And {more} more."));
                    }
                    view! { <BadNote text=sentences.join(" ")/> }
                })
        }}
    };
    view! {
        <Dialog name=NAME node=bulk.node alert=true on_cancel=|()| true on_close>
            <form on:submit=submit novalidate>
                {dialog_head(NAME, title, ())}
                <div class="dialog__body">{content}</div>
                {dialog_foot(view! {
                    <For each=move || [bulk.stage.get()] key=|stage| *stage let:stage>
                        <Foot bulk question=asked.clone() stage ready=Signal::derive(ready)/>
                    </For>
                })}
            </form>
        </Dialog>
    }
}

/// Whether the typed text is this number, with or without separators. A person may type those of another language than the page has.
fn is_number(typed: &str, number: usize) -> bool {
    let is_separator = |letter: char| letter.is_whitespace() || matches!(letter, ',' | '.' | '\'' | '’');
    typed.replace(is_separator, "") == number.to_string()
}

/// The field in which a person types the number of keys before many are deleted.
#[component]
fn NumberField(total: usize, typed: RwSignal<String>) -> impl IntoView {
    let input = view! {
        <input
            class="input"
            id="bulk-number"
            inputmode="numeric"
            autocomplete="off"
            on:input=move |event| typed.set(event_target_value(&event))
        />
    };
    field("bulk-number", format!("Type {total} to delete them"), input)
}

#[component]
fn Progress(bulk: Bulk, total: usize) -> impl IntoView {
    let Bulk { stage, done, .. } = bulk;
    let words = move || {
        let so_far = format!("{} of {}", grouped(done.get() as u64), grouped(total as u64));
        match stage.get() {
            Stage::Asking => None,
            Stage::Running => Some(so_far),
            Stage::Stopping => Some(format!("Stopping after {so_far}…")),
            Stage::Stopped => Some(format!("Stopped after {so_far}.")),
            Stage::Done => Some(format!("Done: {so_far}.")),
        }
    };
    view! {
        <div class="progress" hidden=move || stage.get() == Stage::Asking>
            <progress
                aria-labelledby="bulk-title"
                max=total.max(1).to_string()
                prop:value=move || done.get().to_string()
            ></progress>
            <p role="status" class="num">
                <For each=words key=String::clone let:words>
                    <span>{words}</span>
                </For>
            </p>
        </div>
    }
}

/// The buttons for the present stage.
#[component]
fn Foot(bulk: Bulk, question: Question, stage: Stage, ready: Signal<bool>) -> impl IntoView {
    let Bulk { node, .. } = bulk;
    match stage {
        Stage::Asking => {
            let strong = if question.deletes() {
                Look::Danger
            } else {
                Look::Primary
            };
            view! {
                <button class=Look::Secondary.class() type="button" autofocus on:click=move |_| close(node)>
                    "Cancel"
                </button>
                <button class=strong.class() disabled=move || !ready.get()>
                    {question.title()}
                </button>
            }
            .into_any()
        }
        Stage::Running => {
            // The focused button was removed.
            focus_content("bulk");
            view! {
                <button
                    class=Look::Secondary.class()
                    type="button"
                    autofocus
                    on:click=move |_| bulk.stage.set(Stage::Stopping)
                >
                    <Icon kind=IconKind::Stop/>
                    "Stop"
                </button>
            }
            .into_any()
        }
        Stage::Stopping => {
            focus_content("bulk");
            view! {
                <button class=Look::Secondary.class() type="button" autofocus aria-disabled="true">
                    "Stopping…"
                </button>
            }
            .into_any()
        }
        Stage::Stopped | Stage::Done => {
            focus_content("bulk");
            view! {
                <button class=Look::Primary.class() type="button" autofocus on:click=move |_| close(node)>
                    "Close"
                </button>
            }
            .into_any()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_may_be_typed_with_or_without_separators() {
        for typed in ["1204", " 1,204 ", "1.204", "1 204", "1\u{202f}204", "1'204", "1’204"] {
            assert!(is_number(typed, 1_204), "{typed}");
        }
        for typed in ["", "120", "12040", "1204 keys"] {
            assert!(!is_number(typed, 1_204), "{typed}");
        }
    }
}
