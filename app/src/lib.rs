//! What people see. Rendered on the server, taken over by the browser.

// Views are types, nested as deep as the page.
#![recursion_limit = "256"]

mod address;
pub mod answer;
mod cookie;
pub mod error;
mod live;
mod pages;
pub mod person;
pub mod screens;
pub mod server_fns;
#[cfg(feature = "ssr")]
pub mod shell;
mod ui;

use leptos::children::ToChildren as _;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{RouteChildren, Router, Routes, RoutesProps};

pub use error::AppError;
use pages::not_found::NotFound;
pub use screens::load;

/// The application: every screen and its path.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    answer::provide();
    view! {
        <Title formatter=title/>
        <Router>
            {Routes(
                RoutesProps::builder()
                    .fallback(|| NotFound().into_any())
                    .children(RouteChildren::to_children(screens::routes))
                    .build(),
            )}
        </Router>
    }
}

/// The title of a page in the browser's tab. The server's half of `leptos_meta` writes it into the HTML as it is, and it
/// may hold a name that a person has chosen; the browser's half sets it as text.
fn title(mut text: String) -> String {
    text.push_str(if text.is_empty() { "Latchkey" } else { " · Latchkey" });
    if cfg!(feature = "ssr") {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    } else {
        text
    }
}
