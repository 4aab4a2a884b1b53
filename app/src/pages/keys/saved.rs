//! The dialog Save your API key, which shows a token for the only time.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use model::key::{CreatedKey, OldTokenEnd};
use model::progress::Progress;
use model::proof::ChangeEffect;
use model::status::Status;

use super::address::list_url;
use super::snippets::Snippets;
use crate::answer::Late;
use crate::server_fns::keys::key_progress;
use crate::shared::Shared;
use crate::ui::button::Look;
use crate::ui::copy::CopyButton;
use crate::ui::day::exact;
use crate::ui::dialog::{Dialog, close, dialog_head, focus_content};
use crate::ui::field::field;
use crate::ui::note::{NoteKind, note};
use crate::ui::timeline::Timeline;
use crate::ui::toast::follow_proof;

/// What happens to the token before, and on how many nodes it is refused.
fn old_token(end: OldTokenEnd) -> AnyView {
    match end {
        OldTokenEnd::Now { change } => {
            let proof = RwSignal::new(String::new());
            Effect::new(move |_| {
                leptos::task::spawn_local(async move {
                    follow_proof(proof, ChangeEffect::Refused, change).await;
                });
            });
            view! { " The old token is refused from now on. " {proof} }.into_any()
        }
        OldTokenEnd::At(end) => view! { " The old token works until " {exact(end)} "." }.into_any(),
    }
}

/// The warning that stands beside the token.
const ONLY_ONCE: &str =
    "This key is shown only once. Store it in a secrets manager now; nobody can show it to you again.";

/// How often the dialog asks whether the key is ACTIVE, in addition to each change that the live stream reports.
const ASK: Duration = Duration::from_secs(1);

/// Shows the token that a key has just got, over the screen at `url`.
pub(super) fn show_token(shared: Shared, navigate: &impl Fn(&str, NavigateOptions), key: &CreatedKey, url: &str) {
    shared.created.set(Some(Late::from(key)));
    shared.reload_screen();
    navigate(url, in_place());
}

/// Replaces the URL of a dialog, so that Back does not lead to it, and leaves the screen below where it is.
fn in_place() -> NavigateOptions {
    NavigateOptions {
        replace: true,
        scroll: false,
        ..NavigateOptions::default()
    }
}

/// Whose token it is.
fn about(key: &CreatedKey) -> impl IntoView + use<> {
    view! {
        <p>
            "For " <strong>{key.name.clone()}</strong> " in " {key.environment.clone()} "."
            {key.rotated.map(old_token)}
        </p>
    }
}

#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(crate) fn SaveKey(key: CreatedKey) -> impl IntoView {
    let shared = Shared::of_context();
    let node = NodeRef::<html::Dialog>::new();
    let copied = RwSignal::new(false);
    let asking = RwSignal::new(false);
    let finished = StoredValue::new(false);
    let progress = RwSignal::new(key.progress.clone());
    // A person need not store a token that will never work.
    let kept = Signal::derive(move || copied.get() || progress.read().status == Status::Failed);
    let failed = Memo::new(move |_| progress.read().status == Status::Failed);
    follow(&key, progress, shared);
    confirm_leaving_until(kept, asking);
    // If the key has failed, the focused token is removed, so the focus moves to the next step.
    Effect::new(move |_| {
        if failed.get() {
            focus_content("save-key");
        }
    });

    let path = use_location().pathname;
    let query = use_query_map();
    let navigate = use_navigate();
    let finish = move || {
        finished.set_value(true);
        close(node);
    };
    let done = move || {
        let may = kept.get_untracked();
        if may {
            finish();
        } else {
            asking.set(true);
        }
        may
    };
    let on_cancel = move |()| {
        let may = kept.get_untracked();
        asking.set(!may);
        may
    };
    // At the second Esc, browsers close a dialog even if the page has prevented that at the first.
    let on_close = move |()| {
        if !finished.get_value() && !kept.get_untracked() {
            asking.set(true);
            if let Some(dialog) = node.get_untracked() {
                let _ = dialog.show_modal();
            }
            return;
        }
        shared.created.set(None);
        // On the page that answered a plain form, the URL is still that of the form.
        let here = path.get_untracked();
        if here == "/keys/new" || here.ends_with("/rotate") {
            navigate(&list_url(&query.get_untracked()), in_place());
        }
    };
    let (token, example) = (key.token.clone(), key.example.clone());
    let shown_token = token.clone();
    // After the token is copied, closing needs no question.
    let asks = Signal::derive(move || asking.get() && !kept.get());
    let title = move || {
        if failed.get() {
            "This API key failed"
        } else {
            "Save your API key"
        }
    };
    let about = about(&key);
    view! {
        <Dialog name="save-key" node on_cancel on_close>
            {dialog_head("save-key", title, about)}
            <div class="dialog__body">
                {move || {
                    // A person need not store a token that will never work.
                    (!failed.get())
                        .then(|| {
                            view! {
                                <Token token=shown_token.clone() copied/>
                                {note(NoteKind::Warning, ONLY_ONCE)}
                            }
                        })
                }}
                <div role="status">
                    <Timeline progress/>
                    {(key.progress.status == Status::Provisioning)
                        .then(|| view! { <noscript>"Not usable yet; the list shows when it is."</noscript> })}
                </div>
                {move || {
                    let token = Some(token.clone());
                    example
                        .clone()
                        .filter(|_| !failed.get())
                        .map(|example| {
                            view! {
                                <Snippets example shared prefix="save" token on_token_copied=move |()| copied.set(true)/>
                            }
                        })
                }}
            </div>
            <Foot asks failed asking done=move || { done(); } discard=finish/>
        </Dialog>
    }
}

#[component]
fn Token(token: String, copied: RwSignal<bool>) -> impl IntoView {
    let value = view! {
        <div class="token">
            <input
                class="token__value"
                id="token"
                value=token
                readonly
                // Else the part that scrolls would get the focus.
                autofocus
                spellcheck="false"
                autocomplete="off"
                on:copy=move |_| copied.set(true)
            />
            <CopyButton source="token" word="Copy" what="API key" on_copied=move |()| copied.set(true)/>
        </div>
    };
    field("token", "API key", value)
}

#[component]
fn Foot(
    asks: Signal<bool>,
    failed: Memo<bool>,
    asking: RwSignal<bool>,
    done: impl Fn() + Clone + Send + Sync + 'static,
    discard: impl Fn() + Clone + Send + Sync + 'static,
) -> impl IntoView {
    let shared = Shared::of_context();
    let query = use_query_map();
    move || {
        let done = done.clone();
        let discard = discard.clone();
        if asks.get() {
            view! {
                <div class="dialog__foot">
                    <p role="alert">"You have not copied the key yet."</p>
                    <button class=Look::Secondary.class() type="button" on:click=move |_| asking.set(false)>
                        "Go back"
                    </button>
                    <button class=Look::Danger.class() type="button" on:click=move |_| discard()>
                        "Close without copying"
                    </button>
                </div>
            }
            .into_any()
        } else {
            view! {
                <div class="dialog__foot">
                    {move || failed.get().then(|| view! {
                        <a class=Look::Secondary.class() href="/keys/new" autofocus on:click=move |_| shared.created.set(None)>
                            "Create API Key"
                        </a>
                    })}
                    <p class="while-starting">"One moment: the page is still loading."</p>
                    // This is a link, so that it works without scripts. With scripts, it asks first.
                    <a
                        class="button button--primary after-start"
                        role="button"
                        href=move || list_url(&query.read())
                        on:click=move |event| {
                            event.prevent_default();
                            done();
                        }
                    >
                        "Done"
                    </a>
                </div>
            }
            .into_any()
        }
    }
}

/// Asks the server for the progress after each change and every second, until the key is ACTIVE or FAILED.
fn follow(key: &CreatedKey, progress: RwSignal<Progress>, shared: Shared) {
    let id = StoredValue::new(key.id.clone());
    let hopeless = StoredValue::new(false);
    let waiting = move || {
        let running = progress
            .try_get_untracked()
            .is_some_and(|progress| progress.status == Status::Provisioning);
        running && !hopeless.try_get_value().unwrap_or(true)
    };
    let ask = move || async move {
        let Some(id) = id.try_get_value() else {
            return;
        };
        match key_progress(id).await {
            Ok(now) if progress.try_get_untracked().is_some_and(|before| before != now) => {
                progress.try_set(now);
                shared.reload_screen();
            }
            Ok(_) => {}
            Err(error) if error.may_pass() => {}
            // The key was deleted, or the person logged out. Asking again would not help.
            Err(error) => {
                if hopeless.try_set_value(true).is_none() {
                    shared.toasts.add_error(error.message());
                }
            }
        }
    };
    Effect::new(move |_| {
        shared.version.track();
        if waiting() {
            leptos::task::spawn_local(ask());
        }
    });
    Effect::new(move |_| {
        leptos::task::spawn_local(async move {
            while waiting() {
                gloo_timers::future::sleep(ASK).await;
                if waiting() {
                    ask().await;
                }
            }
        });
    });
}

/// Makes the browser's back button and leaving the page ask for confirmation until the token is copied.
fn confirm_leaving_until(kept: Signal<bool>, asking: RwSignal<bool>) {
    Effect::new(move |_| {
        let back = window_event_listener(leptos::ev::popstate, move |_| {
            if !kept.get_untracked() {
                asking.set(true);
            }
        });
        let leave = window_event_listener(leptos::ev::beforeunload, move |event| {
            if !kept.get_untracked() {
                event.prevent_default();
            }
        });
        on_cleanup(move || {
            back.remove();
            leave.remove();
        });
    });
}
