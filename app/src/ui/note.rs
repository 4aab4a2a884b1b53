//! Notes that a person should read before going on.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoteKind {
    Info,
    /// A warning that does not concern a key.
    Hint,
    Warning,
    /// A warning before something that cannot be undone.
    Danger,
}

pub(crate) fn note(kind: NoteKind, content: impl IntoAny) -> AnyView {
    draw(kind, content.into_any())
}

fn draw(kind: NoteKind, content: AnyView) -> AnyView {
    let (class, kind) = match kind {
        NoteKind::Info => ("note", IconKind::Info),
        NoteKind::Hint => ("note", IconKind::Warning),
        NoteKind::Warning => ("note note--warn", IconKind::Warning),
        NoteKind::Danger => ("note note--bad", IconKind::Warning),
    };
    view! {
        <div class=class>
            <Icon kind/>
            <p>{content}</p>
        </div>
    }
    .into_any()
}

/// A message about an error. Screen readers read it out at once.
#[component]
pub(crate) fn BadNote(#[prop(into)] text: String) -> impl IntoView {
    view! {
        <div class="note note--bad" role="alert">
            <Icon kind=IconKind::Alert/>
            <p>{text}</p>
        </div>
    }
}
