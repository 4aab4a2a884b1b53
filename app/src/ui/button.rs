//! Buttons, and links that look like buttons.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// The main action of a screen or dialog.
    Primary,
    Secondary,
    /// An action that leaves or cancels.
    Quiet,
    /// An action that cannot be undone.
    Danger,
}

impl Look {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button--primary",
            Self::Secondary => "button button--secondary",
            Self::Quiet => "button button--quiet",
            Self::Danger => "button button--danger",
        }
    }
}

/// A link to another screen or to a dialog.
pub(crate) fn link_button(look: Look, href: impl Into<Signal<String>>, content: impl IntoAny) -> AnyView {
    link(look, href.into(), content.into_any())
}

/// A button that sends its form. `busy` says that the form was sent and is not answered yet.
pub(crate) fn submit_button(look: Look, busy: Option<RwSignal<bool>>, content: impl IntoAny) -> AnyView {
    submit(look, busy, content.into_any())
}

/// A button that acts at once, but not again while it is `busy`.
pub(crate) fn push_button(look: Look, busy: RwSignal<bool>, press: Callback<()>, content: impl IntoAny) -> AnyView {
    push(look, busy, press, content.into_any())
}

/// A link that saves the content of another URL of the console as a file.
pub(crate) fn download_button(href: Signal<String>, words: &'static str) -> AnyView {
    view! {
        <a class=Look::Secondary.class() href=href rel="external" download>
            {icon_and_words(IconKind::Download, words)}
        </a>
    }
    .into_any()
}

/// The usual content of a button that has an icon.
pub(crate) fn icon_and_words(kind: IconKind, words: &'static str) -> AnyView {
    view! {
        <Icon kind/>
        {words}
    }
    .into_any()
}

// These functions are not generic, so each is compiled only once.

fn link(look: Look, href: Signal<String>, content: AnyView) -> AnyView {
    view! {
        <a class=look.class() href=href>
            {content}
        </a>
    }
    .into_any()
}

fn submit(look: Look, busy: Option<RwSignal<bool>>, content: AnyView) -> AnyView {
    view! {
        <button class=look.class() aria-busy=move || busy_word(busy)>
            {content}
        </button>
    }
    .into_any()
}

fn push(look: Look, busy: RwSignal<bool>, press: Callback<()>, content: AnyView) -> AnyView {
    let pressed = move |_| {
        if !busy.get_untracked() {
            press.run(());
        }
    };
    view! {
        <button class=look.class() type="button" aria-busy=move || busy_word(Some(busy)) on:click=pressed>
            {content}
        </button>
    }
    .into_any()
}

fn busy_word(busy: Option<RwSignal<bool>>) -> Option<&'static str> {
    busy.is_some_and(|busy| busy.get()).then_some("true")
}
