//! Copies text with the Clipboard API. On plain http, where browsers do not offer it, selects the text and copies the selection.
//!
//! Each function here begins to copy before its first `await`, and answers later. Safari permits copying only within a click, and
//! code after an `await` no longer belongs to the click.

use std::time::Duration;

use js_sys::{Array, Object, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, ClipboardItem};

use super::icon::{Icon, IconKind};
use super::toast::Toasts;
use crate::reaction::{Reaction, Reactor};

/// How long the button says that the text was copied.
const COPIED_SHOWN_FOR: Duration = Duration::from_secs(2);

/// A button that copies the value or text of the element with the id `source`. While `data-copied` is set, the style sheet writes
/// “Copied” on it. That is no text of the page, since [`CopyOutcome`] already tells screen readers.
#[component]
pub(crate) fn CopyButton(
    #[prop(into)] source: String,
    /// The word on the button, if it has one.
    #[prop(optional)]
    word: &'static str,
    /// The rest of its accessible name: `Copy` + ` API key`.
    what: &'static str,
    /// Called after the text was copied.
    #[prop(into)]
    on_copied: Callback<()>,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let refused = RwSignal::new(false);
    let copy = move |_| {
        let copying = copy_element(&source);
        leptos::task::spawn_local(async move {
            let worked = copying.await;
            refused.try_set(!worked);
            if worked {
                on_copied.run(());
                say_for_a_while(copied);
            }
        });
    };
    view! {
        <button
            class="token__copy says-copied needs-scripts"
            type="button"
            aria-label=format!("Copy {what}")
            data-copied=move || copied.get().then_some("")
            on:click=copy
        >
            {move || {
                let kind = if copied.get() { IconKind::Check } else { IconKind::Copy };
                view! { <Icon kind/> }
            }}
            {(!word.is_empty()).then(|| view! { <span>{word}</span> })}
        </button>
        <CopyOutcome copied refused text="Not copied: this browser does not allow it. It is selected, copy it by hand."/>
    }
}

/// A button that copies an ID or a path. It is only an element, since a list has one in each row: [`copy_on_click`] listens for all
/// of them. The style sheet draws its icon, and hides it while scripts do not work.
pub(crate) fn copy_icon(value: impl Into<String>) -> AnyView {
    let value = value.into();
    view! { <button class="copy" type="button" aria-label=format!("Copy {value}") value=value></button> }.into_any()
}

/// Makes each button of [`copy_icon`] copy its value.
pub(crate) fn copy_on_click() {
    let (reactor, owner) = (Reactor::of_context(), Owner::current());
    Effect::new(move |_| {
        let owner = owner.clone();
        let listener = window_event_listener(leptos::ev::click, move |event| {
            let target = event
                .target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            let button = target.filter(|target| target.class_name() == "copy");
            let text = button.and_then(|button| button.get_attribute("value"));
            if let (Some(text), Some(owner)) = (text, &owner) {
                owner.with(|| reactor.run(Reaction::CopyText(text)));
            }
        });
        on_cleanup(move || listener.remove());
    });
}

/// Copies a text, and says so among the messages, which screen readers read out.
pub(crate) fn copy_and_say(text: String) {
    let toasts: Toasts = expect_context();
    let copying = copy_text(text.clone());
    leptos::task::spawn_local(async move {
        if copying.await {
            toasts.add_success(format!("Copied {text}"));
        } else {
            toasts.add_error("Not copied: this browser does not allow it. Select the text and copy it by hand.");
        }
    });
}

/// Tells a person whether copying worked. If it worked, only screen readers read it here, since the button shows it.
#[component]
pub(crate) fn CopyOutcome(
    copied: RwSignal<bool>,
    refused: RwSignal<bool>,
    /// The text that says what to do if the browser refused to copy.
    text: &'static str,
) -> impl IntoView {
    view! {
        <span class=move || if refused.get() { "copy-refused" } else { "vh" } aria-live="polite">
            {move || if refused.get() { text } else if copied.get() { "Copied" } else { "" }}
        </span>
    }
}

/// Makes a copy button say for a while that the text was copied.
pub(crate) fn say_for_a_while(copied: RwSignal<bool>) {
    copied.try_set(true);
    set_timeout(move || copied.try_set(false).map_or((), drop), COPIED_SHOWN_FOR);
}

/// An attempt to copy that has begun within a click.
enum CopyAttempt {
    Done(bool),
    Asked(JsFuture),
}

impl CopyAttempt {
    /// Waits for the attempt. If the browser has refused it, tries `otherwise`. Returns whether the text was copied.
    async fn worked(self, otherwise: impl FnOnce() -> bool) -> bool {
        match self {
            Self::Done(worked) => worked,
            Self::Asked(answer) => answer.await.is_ok() || otherwise(),
        }
    }
}

/// Copies the value or the text of an element. If that fails, the element is selected.
pub(crate) fn copy_element(id: &str) -> impl Future<Output = bool> + use<> {
    let attempt = document().get_element_by_id(id).map(|element| {
        let text = match element.dyn_ref::<web_sys::HtmlInputElement>() {
            Some(input) => input.value(),
            None => element.text_content().unwrap_or_default(),
        };
        let attempt = match clipboard() {
            Some(clipboard) => CopyAttempt::Asked(clipboard.write_text(&text).into()),
            None => CopyAttempt::Done(select_and_copy(&element)),
        };
        (attempt, element)
    });
    async move {
        match attempt {
            Some((attempt, element)) => attempt.worked(|| select_and_copy(&element)).await,
            None => false,
        }
    }
}

/// Copies a text that is not on the screen.
pub(crate) fn copy_text(text: String) -> impl Future<Output = bool> {
    let copy_by_hand = |text: &str| copy_from_a_field(text).unwrap_or_default();
    let attempt = match clipboard() {
        Some(clipboard) => CopyAttempt::Asked(clipboard.write_text(&text).into()),
        None => CopyAttempt::Done(copy_by_hand(&text)),
    };
    async move { attempt.worked(|| copy_by_hand(&text)).await }
}

/// The outcome of copying a text that the browser had to wait for.
pub(crate) enum AwaitedCopyOutcome {
    Copied,
    /// The text has arrived, but the browser no longer permits copying it.
    Late(String),
}

/// Copies a text that is not there yet. Within the click, the browser gets a promise of the text.
pub(crate) fn copy_awaited<E>(
    text: impl Future<Output = Result<String, E>>,
) -> impl Future<Output = Result<AwaitedCopyOutcome, E>> {
    let promise = ClipboardPromise::write();
    async move {
        let text = text.await;
        let copied = match promise {
            Some(promise) => promise.settle(text.as_ref().ok()).await,
            None => false,
        };
        text.map(|text| {
            if copied {
                AwaitedCopyOutcome::Copied
            } else {
                AwaitedCopyOutcome::Late(text)
            }
        })
    }
}

/// A promise of a text, which the browser writes to the clipboard when the text arrives.
struct ClipboardPromise {
    resolve: js_sys::Function,
    reject: js_sys::Function,
    written: JsFuture,
    /// Handles a rejection of the promise. Without this, the browser would report it as unhandled.
    rejection_handled: JsFuture,
}

impl ClipboardPromise {
    /// Gives the browser the promise. Returns `None` if the browser does not accept promises.
    fn write() -> Option<Self> {
        let clipboard = clipboard()?;
        if Reflect::get(&window(), &JsValue::from_str("ClipboardItem"))
            .ok()?
            .is_undefined()
        {
            return None;
        }
        let mut settle = None;
        let promise = Promise::new(&mut |resolve, reject| settle = Some((resolve, reject)));
        let (resolve, reject) = settle?;
        let record = Object::new();
        Reflect::set(&record, &JsValue::from_str(PLAIN), &promise).ok()?;
        let item = ClipboardItem::new_with_record_from_str_to_blob_promise(&record).ok()?;
        Some(Self {
            resolve,
            reject,
            written: clipboard.write(&Array::of1(&item)).into(),
            rejection_handled: promise.into(),
        })
    }

    /// Fulfils the promise with the text, or rejects it without one. Returns whether the text was written.
    async fn settle(self, text: Option<&String>) -> bool {
        let _ = match text.and_then(|text| blob(text).ok()) {
            Some(blob) => self.resolve.call1(&JsValue::UNDEFINED, &blob),
            None => self.reject.call0(&JsValue::UNDEFINED),
        };
        let _ = self.rejection_handled.await;
        self.written.await.is_ok()
    }
}

const PLAIN: &str = "text/plain";

/// The text as a blob, since older browsers do not accept a string for the promise.
fn blob(text: &str) -> Result<Blob, JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type(PLAIN);
    Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &kind)
}

/// Copies the text from a temporary field. The field is put where the focus is, since nothing outside a modal dialog can be
/// selected.
fn copy_from_a_field(text: &str) -> Option<bool> {
    let focused = document().active_element();
    let place = match focused.as_ref().and_then(|it| it.closest("dialog").ok().flatten()) {
        Some(dialog) => dialog,
        None => document().body()?.into(),
    };
    let field = document().create_element("input").ok()?;
    field.set_class_name("vh");
    place.append_child(&field).ok()?;
    let input: &web_sys::HtmlInputElement = field.unchecked_ref();
    input.set_value(text);
    let copied = select_and_copy(&field);
    field.remove();
    if let Some(focused) = focused.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = focused.focus();
    }
    Some(copied)
}

/// `navigator.clipboard`, which does not exist on plain http.
fn clipboard() -> Option<web_sys::Clipboard> {
    let navigator = window().navigator();
    let value = Reflect::get(&navigator, &JsValue::from_str("clipboard")).ok()?;
    value.dyn_into().ok()
}

fn select_and_copy(element: &web_sys::Element) -> bool {
    if let Some(input) = element.dyn_ref::<web_sys::HtmlInputElement>() {
        let _ = input.focus();
        input.select();
    } else if let Ok(Some(selection)) = window().get_selection() {
        let _ = selection.select_all_children(element);
    }
    let document: web_sys::HtmlDocument = document().unchecked_into();
    document.exec_command("copy").unwrap_or(false)
}
