//! The dialog that all screens use. The server renders it open, as part of the page. After hydration it becomes modal.

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use wasm_bindgen::JsCast;

use super::button::Look;
use super::note::BadNote;

/// Marks the element that had the focus before the first dialog opened.
const OPENER: &str = "data-opener";

/// A dialog with the id `{name}`. A title with the id `{name}-title` labels it.
#[component]
pub(crate) fn Dialog(
    name: &'static str,
    node: NodeRef<html::Dialog>,
    /// Whether this is a destructive question: 480 px wide, role `alertdialog`, described by its body (`{name}-about`).
    #[prop(optional)]
    alert: bool,
    /// Called before Esc closes the dialog. If it returns `false`, the dialog stays open.
    #[prop(into)]
    on_cancel: Callback<(), bool>,
    /// Called after the dialog was closed.
    #[prop(into)]
    on_close: Callback<()>,
    children: Children,
) -> impl IntoView {
    // `showModal` refuses an open dialog, and `close` would dispatch an event that the dialog was closed. So this removes `open`.
    Effect::new(move |_| {
        if let Some(dialog) = node.get() {
            mark_opener();
            let _ = dialog.remove_attribute("open");
            let _ = dialog.show_modal();
            // The browser's back button removes the dialog without closing it. Only after that can the screen behind the
            // dialog get the focus.
            on_cleanup(|| request_animation_frame(return_focus));
        }
    });
    view! {
        <dialog
            open
            class=if alert { "dialog dialog--small" } else { "dialog" }
            id=name
            node_ref=node
            role=alert.then_some("alertdialog")
            aria-labelledby=format!("{name}-title")
            aria-describedby=alert.then(|| format!("{name}-about"))
            on:cancel=move |event: web_sys::Event| {
                if !on_cancel.run(()) {
                    event.prevent_default();
                }
            }
            on:close=move |_| on_close.run(())
        >
            {children()}
        </dialog>
    }
}

/// The head of a dialog: the title that labels it, and below the title its subject.
pub(crate) fn dialog_head(name: &'static str, title: impl IntoAny, about: impl IntoAny) -> AnyView {
    draw_head(name, title.into_any(), about.into_any())
}

fn draw_head(name: &'static str, title: AnyView, about: AnyView) -> AnyView {
    view! {
        <div class="dialog__head">
            <h2 id=format!("{name}-title")>{title}</h2>
            {about}
        </div>
    }
    .into_any()
}

/// The content between the title and the buttons. If the content describes a destructive dialog, `describes` is its name.
pub(crate) fn dialog_body(describes: Option<&'static str>, content: impl IntoAny) -> AnyView {
    draw_body(describes, content.into_any())
}

fn draw_body(describes: Option<&'static str>, content: AnyView) -> AnyView {
    view! {
        <div class="dialog__body" id=describes.map(|name| format!("{name}-about"))>
            {content}
        </div>
    }
    .into_any()
}

/// The buttons at the foot of a dialog.
pub(crate) fn dialog_foot(buttons: impl IntoAny) -> AnyView {
    let buttons = buttons.into_any();
    view! { <div class="dialog__foot">{buttons}</div> }.into_any()
}

/// The content of a dialog that cannot do its work. `word` is the text of the button that closes it.
pub(crate) fn refused_dialog(
    name: &'static str,
    title: &'static str,

    word: &'static str,
    text: String,
    node: NodeRef<html::Dialog>,
    back: Memo<String>,
) -> AnyView {
    focus_content(name);
    view! {
        {dialog_head(name, title, ())}
        {dialog_body(Some(name), view! { <BadNote text/> })}
        {dialog_foot(view! { <Cancel node back first=true word/> })}
    }
    .into_any()
}

/// Focuses the element with `autofocus` in a dialog. Browsers do so only when the dialog opens, but the content of most dialogs is
/// loaded later.
pub(crate) fn focus_content(name: &'static str) {
    Effect::new(move |_| {
        request_animation_frame(move || {
            let inside = document().query_selector(&format!("#{name} :focus")).ok().flatten();
            let marked = document()
                .query_selector(&format!("#{name} [autofocus]"))
                .ok()
                .flatten();
            if let (None, Some(element)) = (inside, marked.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok())) {
                let _ = element.focus();
            }
        });
    });
}

/// The parameter with the ID of the key whose settings a new key gets.
pub(crate) const COPY: &str = "copy";

/// For a dialog over the screen at `path`: the URL of that screen with its search and filters, and a callback that goes back there.
/// A dialog that was opened from the screen of one key, profile or customer goes back to that screen.
pub(crate) fn over_screen(path: &'static str) -> (Memo<String>, Callback<()>) {
    let query = use_query_map();
    let params = use_params_map();
    let navigate = use_navigate();
    let back = Memo::new(move |_| {
        let mut query = query.get();
        let mut take = |name: &str| query.remove(name).and_then(|values| values.into_iter().next());
        let (from, copied) = (take("from"), take(COPY));
        let query = query.to_query_string();
        match (from.as_deref(), params.read().get("id").or(copied)) {
            (Some("key" | "profile" | "customer"), Some(id)) => format!("{path}/{id}{query}"),
            _ => format!("{path}{query}"),
        }
    });
    let leave = Callback::new(move |()| {
        let options = NavigateOptions {
            replace: true,
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&back.get_untracked(), options);
    });
    (back, leave)
}

/// The link that leaves a dialog. With scripts, it closes the dialog, which returns the focus.
#[component]
pub(crate) fn Cancel(
    node: NodeRef<html::Dialog>,
    #[prop(into)] back: Signal<String>,
    /// Whether this is the safe choice of a destructive question: it has a frame, and the focus when the dialog opens.
    #[prop(optional)]
    first: bool,
    #[prop(default = "Cancel")] word: &'static str,
) -> impl IntoView {
    let look = if first { Look::Secondary } else { Look::Quiet };
    view! {
        <a
            class=look.class()
            href=back
            autofocus=first
            on:click=move |event| {
                event.prevent_default();
                close(node);
            }
        >
            {word}
        </a>
    }
}

/// Focuses the first field of a form that has an error, or the message about the whole form, and scrolls to it and its label.
pub(crate) fn focus_first_error(name: &'static str) {
    request_animation_frame(move || {
        let selector = format!("#{name} :is([aria-invalid=true], [data-invalid=true], [role=alert])");
        let found = document().query_selector(&selector).ok().flatten();
        if let Some(element) = found.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = element.focus();
            let field = element.closest(".field, .category, .group").ok().flatten();
            field.as_ref().unwrap_or(&element).scroll_into_view();
        }
    });
}

fn mark_opener() {
    let marked = document().query_selector(&format!("[{OPENER}]")).ok().flatten();
    let focused = document()
        .active_element()
        .filter(|element| element.tag_name() != "BODY");
    if let (None, Some(element)) = (marked, focused) {
        let _ = element.set_attribute(OPENER, "");
    }
}

/// Returns the focus to the element that opened the dialog, or to the screen, unless another element has the focus.
fn return_focus() {
    let opener = document().query_selector(&format!("[{OPENER}]")).ok().flatten();
    if let Some(focused) = document()
        .active_element()
        .filter(|element| element.tag_name() != "BODY")
    {
        // If the focus is in another dialog, that dialog will return it, so the mark stays.
        if let (Some(opener), Ok(None)) = (opener, focused.closest("dialog")) {
            let _ = opener.remove_attribute(OPENER);
        }
        return;
    }
    match opener.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        Some(element) => {
            let _ = element.remove_attribute(OPENER);
            let _ = element.focus();
        }
        None => focus_screen(),
    }
}

/// Focuses the screen itself after the focused element was removed.
pub(crate) fn focus_screen() {
    if let Ok(Some(opener)) = document().query_selector(&format!("[{OPENER}]")) {
        let _ = opener.remove_attribute(OPENER);
    }
    if let Some(main) = document()
        .get_element_by_id("main")
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = main.focus();
    }
}

/// Closes a dialog as Esc does, so that the focus returns to the element that opened it.
pub(crate) fn close(node: NodeRef<html::Dialog>) {
    // What a person has closed meanwhile may be gone.
    if let Some(dialog) = node.try_get_untracked().flatten() {
        dialog.close();
    }
}
