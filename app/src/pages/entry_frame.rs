//! The frame of the entry pages, such as the login, the setup and the reset.

use leptos::prelude::*;

use crate::ui::button::{Look, submit_button};
use crate::ui::icon::{Icon, IconKind};
use crate::ui::note::BadNote;

#[component]
pub(crate) fn EntryFrame(children: Children) -> impl IntoView {
    view! {
        <main class="auth" id="main">
            <div class="brand">
                <Icon kind=IconKind::Brand/>
                <span>"Latchkey"</span>
            </div>
            {children()}
        </main>
    }
}

/// A card with a plain form. `text` stands below its title.
pub(super) fn form_card(
    action: String,
    title: &'static str,
    text: impl IntoAny,
    error: Option<String>,
    fields: impl IntoAny,
    submit: &'static str,
) -> AnyView {
    draw_form_card(action, title, text.into_any(), error, fields.into_any(), submit)
}

fn draw_form_card(
    action: String,
    title: &'static str,
    text: AnyView,
    error: Option<String>,
    fields: AnyView,
    submit: &'static str,
) -> AnyView {
    view! {
        <form class="auth__card" method="post" action=action>
            <div>
                <h1>{title}</h1>
                {text}
            </div>
            {error.map(|text| view! { <BadNote text/> })}
            {fields}
            {submit_button(Look::Primary, None, submit)}
        </form>
    }
    .into_any()
}

/// A card with a text.
pub(super) fn text_card(title: &'static str, text: Option<&'static str>, below: impl IntoAny) -> AnyView {
    let below = below.into_any();
    view! {
        <section class="auth__card">
            <div>
                <h1>{title}</h1>
                {text.map(|text| view! { <p>{text}</p> })}
            </div>
            {below}
        </section>
    }
    .into_any()
}

/// The line below a card.
pub(super) fn card_foot(content: impl IntoAny) -> AnyView {
    let content = content.into_any();
    view! { <p class="auth__foot">{content}</p> }.into_any()
}
