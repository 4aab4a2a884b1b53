//! Heads of screens and of their sections, and cards.

use leptos::prelude::*;

/// The head of a section of a screen: the title, a text, and the actions at the end.
pub(crate) fn section_head(title: &'static str, text: &'static str, end: impl IntoAny) -> AnyView {
    draw_section_head(title, text, end.into_any())
}

fn draw_section_head(title: &'static str, text: &'static str, end: AnyView) -> AnyView {
    view! {
        <div class="page-head page-head--section">
            <div>
                <h2>{title}</h2>
                <p>{text}</p>
            </div>
            {end}
        </div>
    }
    .into_any()
}

/// The head of a screen: the title, and the actions at the end.
pub(crate) fn page_head(title: impl IntoAny, end: impl IntoAny) -> AnyView {
    draw_page_head(title.into_any(), end.into_any())
}

fn draw_page_head(title: AnyView, end: AnyView) -> AnyView {
    view! {
        <div class="page-head">
            <div>{title}</div>
            {end}
        </div>
    }
    .into_any()
}

/// The actions at the end of a head.
pub(crate) fn head_actions(actions: impl IntoAny) -> AnyView {
    let actions = actions.into_any();
    view! { <div class="page-head__actions">{actions}</div> }.into_any()
}

/// A card that its title, which has the id `id`, labels.
pub(crate) fn card(class: &'static str, id: &'static str, title: &'static str, content: impl IntoAny) -> AnyView {
    draw_card(class, id, title, content.into_any())
}

fn draw_card(class: &'static str, id: &'static str, title: &'static str, content: AnyView) -> AnyView {
    view! {
        <section class=class aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {content}
        </section>
    }
    .into_any()
}

/// A list of points, one in each line.
pub(crate) fn bullets(points: impl IntoAny) -> AnyView {
    let points = points.into_any();
    view! { <ul class="bullets">{points}</ul> }.into_any()
}
