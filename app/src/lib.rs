//! What people see. Rendered on the server, taken over by the browser.

// Views are types, nested as deep as the page.
#![recursion_limit = "256"]

pub mod answer;
mod components;
mod error;
mod live;
mod pages;
pub mod server_fns;
#[cfg(feature = "ssr")]
pub mod shell;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::path;

pub use error::AppError;
use pages::console::Console;
use pages::home::Home;
use pages::keys::Keys;
use pages::keys::create::CreateKey;
use pages::keys::delete::DeleteKey;
use pages::keys::edit::EditKey;
use pages::keys::rotate::RotateKey;
use pages::keys::screen::KeyScreen;
use pages::login::Login;
use pages::not_found::NotFound;
use pages::reset::Reset;
use pages::setup::Setup;

/// The application: every screen and its path.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    answer::provide();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Latchkey".to_owned() } else { format!("{title} · Latchkey") }/>
        <Router>
            <Routes fallback=|| NotFound().into_any()>
                <Route path=path!("/login") view=|| Login().into_any()/>
                <Route path=path!("/setup") view=|| Setup().into_any()/>
                <Route path=path!("/reset") view=|| Reset().into_any()/>
                <ParentRoute path=path!("") view=|| Console().into_any()>
                    <Route path=path!("") view=|| Home().into_any()/>
                    <ParentRoute path=path!("keys") view=|| Keys().into_any()>
                        <Route path=path!("") view=|| ()/>
                        <Route path=path!("new") view=|| CreateKey().into_any()/>
                        <Route path=path!(":id/edit") view=|| EditKey().into_any()/>
                        <Route path=path!(":id/rotate") view=|| RotateKey().into_any()/>
                        <Route path=path!(":id/delete") view=|| DeleteKey().into_any()/>
                    </ParentRoute>
                    <Route path=path!("keys/:id") view=|| KeyScreen().into_any()/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
