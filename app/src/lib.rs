//! The screens of the console. The server renders them, and the browser hydrates them.

// The type of a view is nested as deep as the elements of the page.
#![recursion_limit = "256"]

mod address;
pub mod answer;
#[cfg(feature = "ssr")]
pub mod caller;
mod cookie;
#[cfg(feature = "ssr")]
pub mod customer_import;
pub mod error;
mod json;
mod live;
mod pages;
mod palette;
pub mod person;
pub mod preferences;
mod protocol;
mod reaction;
#[cfg(feature = "ssr")]
pub mod reference;
pub mod screens;
pub mod server_fns;
mod shared;
#[cfg(feature = "ssr")]
pub mod shell;
mod ui;
mod views;

use leptos::children::ToChildren as _;
use leptos::prelude::*;
use leptos_router::components::{RouteChildren, Router, Routes, RoutesProps};

pub use error::AppError;
use pages::not_found::NotFound;
#[cfg(feature = "ssr")]
pub use pages::outage;
pub use views::load;
#[cfg(feature = "ssr")]
pub use views::page_paths;

/// The application: all screens and their paths.
#[component]
pub fn App() -> impl IntoView {
    ui::title::provide();
    answer::provide();
    view! {
        <Router>
            {Routes(
                RoutesProps::builder()
                    .fallback(|| NotFound().into_any())
                    .children(RouteChildren::to_children(views::routes))
                    .build(),
            )}
        </Router>
    }
}
