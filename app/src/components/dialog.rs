//! The one dialog. The server renders it open, as part of the page; hydrated, it becomes modal.

use leptos::html;
use leptos::prelude::*;

/// A dialog with an id (`{name}`) and a title that it is labelled by (`{name}-title`).
#[component]
pub(crate) fn Dialog(
    name: &'static str,
    node: NodeRef<html::Dialog>,
    /// A destructive question: 480 px, role `alertdialog`, described by its body (`{name}-about`).
    #[prop(optional)]
    alert: bool,
    /// Asked before Esc closes the dialog; `false` keeps it open.
    #[prop(into)]
    on_cancel: Callback<(), bool>,
    /// The dialog was closed.
    #[prop(into)]
    on_close: Callback<()>,
    children: Children,
) -> impl IntoView {
    // `showModal` refuses an open dialog, and `close` would tell everybody that it was closed.
    Effect::new(move |_| {
        if let Some(dialog) = node.get() {
            let _ = dialog.remove_attribute("open");
            let _ = dialog.show_modal();
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

/// Closes a dialog as Esc does, so that the focus returns to what opened it.
pub(crate) fn close(node: NodeRef<html::Dialog>) {
    if let Some(dialog) = node.get_untracked() {
        dialog.close();
    }
}
