//! The dialog Save your API key: the only time that a token is shown.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use model::key::{CreatedKey, Progress};
use model::status::Status;

use crate::components::copy::CopyButton;
use crate::components::dialog::{Dialog, close};
use crate::components::icon::{Icon, IconKind};
use crate::error::AppError;
use crate::pages::console::Shared;
use crate::server_fns::keys::key_progress;

/// How often to ask whether the key is ACTIVE.
const ASK: Duration = Duration::from_millis(250);

#[component]
pub(crate) fn SaveKey(key: CreatedKey) -> impl IntoView {
    let shared = Shared::of_context();
    let node = NodeRef::<html::Dialog>::new();
    let copied = RwSignal::new(false);
    let asking = RwSignal::new(false);
    let finished = StoredValue::new(false);
    let progress = RwSignal::new(key.progress.clone());
    // A token that will never work needs no keeping.
    let kept = Signal::derive(move || copied.get() || progress.read().status == Status::Failed);
    follow(&key, progress, shared);
    hold_until(kept, asking);

    let path = use_location().pathname;
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
    // A browser closes a dialog at the second Esc, whatever the first one was answered.
    let on_close = move |()| {
        if !finished.get_value() && !kept.get_untracked() {
            asking.set(true);
            if let Some(dialog) = node.get_untracked() {
                let _ = dialog.show_modal();
            }
            return;
        }
        shared.created.set(None);
        // The page that answered a plain form: under it there is still the form's address.
        if path.get_untracked() == "/keys/new" {
            let options = NavigateOptions {
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            };
            navigate("/keys", options);
        }
    };
    view! {
        <Dialog name="save-key" node on_cancel on_close>
            <div class="dialog__head">
                <h2 id="save-key-title">"Save your API key"</h2>
                <p>"For " <strong>{key.name.clone()}</strong> " in " {key.environment.clone()} "."</p>
            </div>
            <div class="dialog__body">
                <Token token=key.token.clone() copied/>
                {move || {
                    // A key that will never work is not worth keeping.
                    (progress.read().status != Status::Failed)
                        .then(|| {
                            view! {
                                <div class="note note--warn">
                                    <Icon kind=IconKind::Warning/>
                                    <p>
                                        "This key is shown only once. Store it in a secrets manager now; nobody can show it to you again."
                                    </p>
                                </div>
                            }
                        })
                }}
                <Steps progress/>
                <Curl key=key.clone() shared/>
            </div>
            <Foot asking progress done=move || { done(); } discard=finish/>
        </Dialog>
    }
}

#[component]
fn Token(token: String, copied: RwSignal<bool>) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for="token">
                "API key"
            </label>
            <div class="token">
                <input
                    class="token__value"
                    id="token"
                    value=token
                    readonly
                    spellcheck="false"
                    autocomplete="off"
                    on:copy=move |_| copied.set(true)
                />
                <CopyButton source="token" word="Copy" what="API key" on_copied=move |()| copied.set(true)/>
            </div>
        </div>
    }
}

/// What is true of the key by now.
#[component]
fn Steps(progress: RwSignal<Progress>) -> impl IntoView {
    view! {
        <div role="status">
            <ol class="steps" role="list">
                <li class="step step--done">
                    <span class="step__mark">
                        <Icon kind=IconKind::Check/>
                    </span>
                    <span>"Stored"<span class="vh">": done"</span></span>
                    <span class="step__detail">"only its hash"</span>
                </li>
                {move || {
                    let Progress { status, reason } = progress.get();
                    match status {
                        Status::Provisioning => {
                            view! {
                                <li class="step step--active">
                                    <span class="step__mark">
                                        <Icon kind=IconKind::Spinner/>
                                    </span>
                                    <span>"Provisioning"<span class="vh">": running"</span></span>
                                    <span class="step__detail">
                                        "not usable yet"<noscript>"; the list shows when it is"</noscript>
                                    </span>
                                </li>
                                <li class="step step--waiting">
                                    <span class="step__mark"></span>
                                    <span>"Usable"<span class="vh">": waiting"</span></span>
                                    <span class="step__detail"></span>
                                </li>
                            }
                                .into_any()
                        }
                        Status::Failed => {
                            view! {
                                <li class="step step--failed">
                                    <span class="step__mark">
                                        <Icon kind=IconKind::Close/>
                                    </span>
                                    <span>"Failed: this key will never work"</span>
                                    <span class="step__detail"></span>
                                    <p class="step__why">{reason.unwrap_or_default()}</p>
                                </li>
                            }
                                .into_any()
                        }
                        other => {
                            view! {
                                <li class="step step--done">
                                    <span class="step__mark">
                                        <Icon kind=IconKind::Check/>
                                    </span>
                                    <span>{other.title()}</span>
                                    <span class="step__detail">
                                        {(other == Status::Active).then_some("accepted from now on")}
                                    </span>
                                </li>
                            }
                                .into_any()
                        }
                    }
                }}
            </ol>
        </div>
    }
}

/// A request that the key may make, asked of this very server. The token itself stays out of it: shells keep a history.
#[component]
fn Curl(key: CreatedKey, shared: Shared) -> impl IntoView {
    key.example.map(|example| {
        view! {
            <Suspense fallback=|| ()>
                {move || {
                    let example = example.clone();
                    Suspend::new(async move {
                        let origin = shared.frame.await.map(|frame| frame.origin).unwrap_or_default();
                        let line = format!(
                            "curl -i -X {} \\\n  -H \"Authorization: Bearer $LATCHKEY_TOKEN\" \\\n{origin}/v1/authorize{}",
                            example.method,
                            example.path,
                        );
                        view! {
                            <div class="token">
                                <pre class="token__value" id="curl" tabindex="0" role="region" aria-label="Example request">
                                    {line}
                                </pre>
                                <CopyButton source="curl" what="curl line" on_copied=|()| ()/>
                            </div>
                        }
                    })
                }}
            </Suspense>
        }
    })
}

#[component]
fn Foot(
    asking: RwSignal<bool>,
    progress: RwSignal<Progress>,
    done: impl Fn() + Clone + Send + Sync + 'static,
    discard: impl Fn() + Clone + Send + Sync + 'static,
) -> impl IntoView {
    let shared = Shared::of_context();
    let failed = move || progress.read().status == Status::Failed;
    move || {
        let done = done.clone();
        let discard = discard.clone();
        if asking.get() {
            view! {
                <div class="dialog__foot">
                    <p role="alert">"You have not copied the key yet."</p>
                    <button class="button button--secondary" type="button" on:click=move |_| asking.set(false)>
                        "Go back"
                    </button>
                    <button class="button button--danger" type="button" on:click=move |_| discard()>
                        "Close without it"
                    </button>
                </div>
            }
            .into_any()
        } else {
            view! {
                <div class="dialog__foot">
                    {move || failed().then(|| view! {
                        <a class="button button--secondary" href="/keys/new" on:click=move |_| shared.created.set(None)>
                            "Create API Key"
                        </a>
                    })}
                    // A link: without scripts it leads on, with them it asks first.
                    <a
                        class="button button--primary"
                        role="button"
                        href="/keys"
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

/// Asks the server until the key is ACTIVE or FAILED.
fn follow(key: &CreatedKey, progress: RwSignal<Progress>, shared: Shared) {
    let id = key.id.clone();
    Effect::new(move |_| {
        let id = id.clone();
        leptos::task::spawn_local(async move {
            while progress
                .try_get_untracked()
                .is_some_and(|progress| progress.status == Status::Provisioning)
            {
                gloo_timers::future::sleep(ASK).await;
                match key_progress(id.clone()).await {
                    Ok(now) if progress.try_get_untracked().is_some_and(|before| before != now) => {
                        progress.try_set(now);
                        shared.changed();
                    }
                    Ok(_) | Err(AppError::Unreachable | AppError::Failed) => {}
                    // Deleted meanwhile, or logged out: asking again would change nothing.
                    Err(error) => {
                        shared.toasts.bad(error.message());
                        return;
                    }
                }
            }
        });
    });
}

/// Until the key is kept, the browser's back button and leaving the page ask back.
fn hold_until(kept: Signal<bool>, asking: RwSignal<bool>) {
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
