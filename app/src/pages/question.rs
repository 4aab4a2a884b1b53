//! The dialog that asks before something that stops services or cannot be undone. The URL names what it is about. A plain form works
//! without scripts.

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::proof::ChangeEffect;
use serde::Serialize;
use serde::de::DeserializeOwned;
use web_sys::SubmitEvent;

use crate::answer::{self, ScreenAnswer};
use crate::error::AppError;
use crate::live::load_again_if_failed;
use crate::person::PersonField;
use crate::shared::Shared;
use crate::ui::button::{Look, submit_button};
use crate::ui::dialog::{
    Cancel, Dialog, close, dialog_body, dialog_foot, dialog_head, focus_content, focus_screen, over_screen,
    refused_dialog,
};
use crate::ui::form_dialog::DialogTexts;
use crate::ui::note::{BadNote, NoteKind, note};
use crate::ui::state::answer_forbidden;

/// A question over a screen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    texts: DialogTexts,
    /// The look of the button that goes on.
    look: Look,
    node: NodeRef<html::Dialog>,
    back: Memo<String>,
    leave: Callback<()>,
    /// Why the server refused what the person wanted.
    refused: RwSignal<Option<String>>,
}

/// What was done.
#[derive(Debug)]
pub(crate) struct Done {
    /// The message.
    pub(crate) text: String,
    /// The change whose proof the message shows.
    pub(crate) proof: Option<(ChangeEffect, i64)>,
}

impl Question {
    /// A question over the screen at `path`.
    pub(crate) fn over_screen(texts: DialogTexts, look: Look, path: &'static str) -> Self {
        let refused = match answer::take_of_screen(|answer| matches!(answer, ScreenAnswer::Delete { .. })) {
            Some(ScreenAnswer::Delete { error }) => Some(error),
            _ => None,
        };
        let (back, leave) = over_screen(path);
        Self {
            texts,
            look,
            node: NodeRef::new(),
            back,
            leave,
            refused: RwSignal::new(refused),
        }
    }

    /// Draws the dialog, with `content` once what the question is about is loaded.
    pub(crate) fn draw<T>(
        self,
        loading: &'static str,
        loaded: Resource<Result<T, AppError>>,
        content: impl Fn(T) -> AnyView + Copy + Send + Sync + 'static,
    ) -> AnyView
    where
        T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
    {
        load_again_if_failed(loaded);
        view! {
            <Dialog name=self.texts.dialog node=self.node alert=true on_cancel=|()| true on_close=self.leave>
                <Transition fallback=move || view! { <p class="vh" role="status">{loading}</p> }>
                    {move || Suspend::new(async move {
                        match loaded.await {
                            Ok(subject) => content(subject),
                            Err(error) => self.refuse("Cancel", error.message()),
                        }
                    })}
                </Transition>
            </Dialog>
        }
        .into_any()
    }

    /// Asks. `about` names the subject, and `consequences` say what happens if the person goes on. A plain form is sent to `action`;
    /// with scripts, `run` does it. `gone` is the URL of the list if the subject no longer exists afterwards.
    pub(crate) fn ask<F>(
        self,
        about: impl IntoAny,
        consequences: impl IntoAny,
        action: String,
        gone: Option<String>,
        run: impl Fn() -> F + Send + Sync + 'static,
    ) -> AnyView
    where
        F: Future<Output = Result<Done, AppError>> + 'static,
    {
        let busy = RwSignal::new(false);
        let finish = self.finish(gone);
        let submit = move |event: SubmitEvent| {
            event.prevent_default();
            if busy.get_untracked() {
                return;
            }
            busy.set(true);
            let (running, finish) = (run(), finish.clone());
            leptos::task::spawn_local(async move {
                match running.await {
                    Ok(done) => finish(done),
                    Err(error) => {
                        self.refused.try_set(Some(error.message()));
                        busy.try_set(false);
                    }
                }
            });
        };
        self.draw_ask(
            about.into_any(),
            consequences.into_any(),
            action,
            busy,
            Callback::new(submit),
        )
    }

    /// Tells the person what was done, and leaves the dialog, which the person may have closed by then.
    fn finish(self, gone: Option<String>) -> impl Fn(Done) + Clone + Send + Sync + 'static {
        let shared = Shared::of_context();
        let navigate = use_navigate();
        let from_screen = use_query_map().read_untracked().get("from").is_some();
        move |Done { text, proof }| {
            match proof {
                Some((effect, change)) => shared.toasts.add_with_proof(text, effect, change),
                None => shared.toasts.add_success(text),
            }
            match &gone {
                // The screen of the subject no longer exists.
                Some(list) if from_screen => {
                    let options = NavigateOptions {
                        replace: true,
                        ..NavigateOptions::default()
                    };
                    navigate(list, options);
                }
                _ => close(self.node),
            }
            if gone.is_some() {
                // The focused row is about to be removed.
                focus_screen();
            }
            shared.reload_screen();
        }
    }

    fn draw_ask(
        self,
        about: AnyView,
        consequences: AnyView,
        action: String,
        busy: RwSignal<bool>,
        submit: Callback<SubmitEvent>,
    ) -> AnyView {
        let Self {
            texts,
            look,
            node,
            back,
            refused,
            ..
        } = self;
        focus_content(texts.dialog);
        let content = view! {
            {move || refused.get().map(|text| view! { <BadNote text/> })}
            {consequences}
        };
        let buttons = view! {
            <Cancel node back first=true/>
            {submit_button(look, Some(busy), texts.submit)}
        };
        view! {
            <form method="post" action=action on:submit=move |event| submit.run(event)>
                <PersonField/>
                {dialog_head(texts.dialog, texts.title, about)}
                {dialog_body(Some(texts.dialog), content)}
                {dialog_foot(buttons)}
            </form>
        }
        .into_any()
    }

    /// Says in place of the question why it cannot be asked.
    pub(crate) fn cannot(self, text: String) -> AnyView {
        self.refuse("Close", text)
    }

    fn refuse(self, leave: &'static str, text: String) -> AnyView {
        let Self { texts, node, back, .. } = self;
        refused_dialog(texts.dialog, texts.title, leave, text, node, back)
    }

    /// Says in place of the question that the person may not do this. The page has the status 403.
    pub(crate) fn forbidden(self, text: String) -> AnyView {
        answer_forbidden();
        self.cannot(self.refused.get_untracked().unwrap_or(text))
    }

    /// Says in place of the question what stands in the way, and shows it. If the server has refused, the refusal says so already.
    pub(crate) fn blocked(self, about: impl IntoAny, reason: impl IntoAny, obstacles: impl IntoAny) -> AnyView {
        let Self {
            texts,
            node,
            back,
            refused,
            ..
        } = self;
        focus_content(texts.dialog);
        let warning = match refused.get_untracked() {
            Some(text) => view! { <BadNote text/> }.into_any(),
            None => note(NoteKind::Warning, reason),
        };
        let obstacles = obstacles.into_any();
        let content = view! {
            {warning}
            {obstacles}
        };
        view! {
            {dialog_head(texts.dialog, texts.title, about)}
            {dialog_body(Some(texts.dialog), content)}
            {dialog_foot(view! { <Cancel node back first=true word="Close"/> })}
        }
        .into_any()
    }
}
