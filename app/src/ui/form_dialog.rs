//! The common parts of dialogs with a form: the title, the message about the whole form, Cancel, and the button that sends it.

use leptos::html;
use leptos::prelude::*;
use model::form::FormErrors;
use model::form_values::FormValues;
use web_sys::SubmitEvent;

use super::dialog::{Dialog, close, focus_content, focus_first_error, over_screen};
use super::note::BadNote;
use crate::ui::form::typed;

/// The id and the texts of a dialog.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DialogTexts {
    /// The id of the dialog.
    pub(crate) dialog: &'static str,
    pub(crate) title: &'static str,
    /// The text of the button that sends the form.
    pub(crate) submit: &'static str,
}

/// The state of a dialog with a form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    texts: DialogTexts,
    node: NodeRef<html::Dialog>,
    pub(crate) errors: RwSignal<FormErrors>,
    busy: RwSignal<bool>,
    leave: Callback<()>,
}

impl Form {
    /// The state of a dialog over the screen at `path`. Closing the dialog leads to that screen.
    pub(crate) fn over_screen(texts: DialogTexts, path: &'static str) -> Self {
        let (_, leave) = over_screen(path);
        Self::new(texts, leave)
    }

    pub(crate) fn new(texts: DialogTexts, leave: Callback<()>) -> Self {
        Self {
            texts,
            node: NodeRef::new(),
            errors: RwSignal::new(FormErrors::default()),
            busy: RwSignal::new(false),
            leave,
        }
    }

    pub(crate) fn close(self) {
        close(self.node);
    }

    /// Runs `action`, unless one is running. The typed text stays, unless `action` closes the dialog.
    pub(crate) fn send<F>(self, action: F)
    where
        F: Future<Output = Result<(), FormErrors>> + 'static,
    {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        leptos::task::spawn_local(async move {
            let problem = action.await.err();
            // The dialog may be closed by now.
            self.busy.try_set(false);
            let wrong = problem.is_some();
            self.errors.try_set(problem.unwrap_or_default());
            if wrong {
                focus_first_error(self.texts.dialog);
            }
        });
    }
}

/// A dialog with a form. It is drawn only in the browser, since it needs scripts.
#[component]
pub(crate) fn FormDialog(
    form: Form,
    /// The name of the person or thing that the dialog is about.
    #[prop(optional, into)]
    about: Option<String>,
    /// Whether the dialog asks before something that cannot be undone. Cancel then has the focus, and the button that sends is red.
    #[prop(optional)]
    danger: bool,
    /// Whether the action is done and the dialog shows its outcome.
    #[prop(optional, into)]
    done: Signal<bool>,
    /// Called with the typed values.
    #[prop(into)]
    send: Callback<FormValues>,
    children: Children,
) -> impl IntoView {
    let Form {
        texts, errors, busy, ..
    } = form;
    focus_content(texts.dialog);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if done.get_untracked() {
            form.close();
        } else if let Some(form) = typed(&event) {
            send.run(form);
        }
    };
    let cancel = if danger {
        "button button--secondary"
    } else {
        "button button--quiet"
    };
    let go_on = if danger {
        "button button--danger"
    } else {
        "button button--primary"
    };
    let foot = move || {
        if done.get() {
            return view! {
                <button class="button button--primary" type="button" on:click=move |_| form.close()>
                    "Done"
                </button>
            }
            .into_any();
        }
        view! {
            <button class=cancel type="button" autofocus=danger on:click=move |_| form.close()>
                "Cancel"
            </button>
            <button class=go_on aria-busy=move || busy.get().then_some("true")>
                {texts.submit}
            </button>
        }
        .into_any()
    };
    view! {
        <Dialog name=texts.dialog node=form.node alert=danger on_cancel=|()| true on_close=form.leave>
            // Without this method, a browser without scripts would put the typed text into the URL.
            <form method="post" on:submit=submit novalidate>
                <div class="dialog__head">
                    <h2 id=format!("{}-title", texts.dialog)>{texts.title}</h2>
                    {about.map(|about| view! { <p><strong>{about}</strong></p> })}
                </div>
                <div class="dialog__body" id=format!("{}-about", texts.dialog)>
                    {move || errors.read().form.clone().map(|text| view! { <BadNote text/> })}
                    {children()}
                </div>
                <div class="dialog__foot">{foot}</div>
            </form>
        </Dialog>
    }
}

/// The dialog that is shown if the real one is not possible, for example since its subject does not exist.
#[component]
pub(crate) fn CannotDo(form: Form, #[prop(into)] text: String) -> impl IntoView {
    let Form { texts, .. } = form;
    focus_content(texts.dialog);
    view! {
        <Dialog name=texts.dialog node=form.node on_cancel=|()| true on_close=form.leave>
            <div class="dialog__head">
                <h2 id=format!("{}-title", texts.dialog)>{texts.title}</h2>
            </div>
            <div class="dialog__body">
                <BadNote text/>
            </div>
            <div class="dialog__foot">
                <button class="button button--secondary" type="button" autofocus on:click=move |_| form.close()>
                    "Close"
                </button>
            </div>
        </Dialog>
    }
}
