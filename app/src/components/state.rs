//! A screen without its content: empty, failed, or not allowed.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use crate::error::AppError;

/// A mark, a heading, a sentence, and what to do.
#[component]
pub(crate) fn State(
    icon: IconKind,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <section class="state">
            <span class="state__mark">
                <Icon kind=icon/>
            </span>
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| children())}
        </section>
    }
}

/// Why a screen could not be loaded.
#[component]
pub(crate) fn LoadError(what: &'static str, error: AppError) -> impl IntoView {
    let signed_out = error == AppError::SignedOut;
    let (icon, title, text) = match error {
        AppError::SignedOut => (
            IconKind::Lock,
            "Your session has ended".to_owned(),
            "Log in again to go on.".to_owned(),
        ),
        AppError::Forbidden(text) => (IconKind::Lock, "You may not see this".to_owned(), text),
        other => (IconKind::Alert, format!("{what} could not be loaded"), other.message()),
    };
    view! {
        <State icon title text>
            <div class="state__actions">
                {if signed_out {
                    view! {
                        <a class="button button--primary" href="/login" rel="external">
                            "Log in"
                        </a>
                    }
                        .into_any()
                } else {
                    view! {
                        <a class="button button--secondary" href="" rel="external">
                            <Icon kind=IconKind::Rotate/>
                            "Try again"
                        </a>
                    }
                        .into_any()
                }}
            </div>
        </State>
    }
}

/// The page that is being made says that somebody may not do this. Where a server function has said so already, nothing
/// is left to do; this is for what the page finds out by itself.
pub(crate) fn answer_forbidden() {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::FORBIDDEN);
    }
}
