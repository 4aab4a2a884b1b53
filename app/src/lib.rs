//! What people see. Rendered on the server, taken over by the browser.

// Views are types, nested as deep as the page.
#![recursion_limit = "256"]

mod address;
pub mod answer;
mod cookie;
mod error;
mod form;
mod live;
mod pages;
mod parts;
pub mod person;
pub mod server_fns;
#[cfg(feature = "ssr")]
pub mod shell;
mod ui;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::path;

pub use error::AppError;
use pages::console::Console;
use pages::keys::Keys;
use pages::not_found::NotFound;
#[cfg(feature = "ssr")]
pub use pages::settings::tab_paths;
use parts::Screen;
pub use parts::load;

/// The application: every screen and its path.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    answer::provide();
    view! {
        <Title formatter=title/>
        <Router>
            <Routes fallback=|| NotFound().into_any()>
                <Route path=path!("/login") view=|| Screen::Login.draw()/>
                <Route path=path!("/login/code") view=|| Screen::Code.draw()/>
                <Route path=path!("/invite") view=|| Screen::Invite.draw()/>
                <Route path=path!("/setup") view=|| Screen::Setup.draw()/>
                <Route path=path!("/reset") view=|| Screen::Reset.draw()/>
                <ParentRoute path=path!("") view=|| Console().into_any()>
                    <Route path=path!("") view=|| Screen::Home.draw()/>
                    <ParentRoute path=path!("keys") view=|| Keys().into_any()>
                        <Route path=path!("") view=|| ()/>
                        <Route path=path!("new") view=|| Screen::CreateKey.draw()/>
                        <Route path=path!(":id/edit") view=|| Screen::EditKey.draw()/>
                        <Route path=path!(":id/rotate") view=|| Screen::RotateKey.draw()/>
                        <Route path=path!(":id/delete") view=|| Screen::DeleteKey.draw()/>
                    </ParentRoute>
                    <Route path=path!("keys/:id") view=|| Screen::Key.draw()/>
                    <ParentRoute path=path!("profiles") view=|| Screen::Profiles.draw()>
                        <Route path=path!("") view=|| ()/>
                        <Route path=path!("new") view=|| Screen::CreateProfile.draw()/>
                        <Route path=path!(":id/edit") view=|| Screen::EditProfile.draw()/>
                        <Route path=path!(":id/delete") view=|| Screen::DeleteProfile.draw()/>
                    </ParentRoute>
                    <Route path=path!("profiles/:id") view=|| Screen::Profile.draw()/>
                    <Route path=path!("usage") view=|| Screen::Usage.draw()/>
                    <Route path=path!("audit") view=|| Screen::Audit.draw()/>
                    // Its tabs and dialogs: `pages/settings/place.rs`.
                    <Route path=path!("settings/*place") view=|| Screen::Settings.draw()/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// The title of a page in the browser's tab. The server's half of `leptos_meta` writes it into the HTML as it is, and it
/// may hold a name that somebody has chosen; the browser's half sets it as text.
fn title(mut text: String) -> String {
    text.push_str(if text.is_empty() { "Latchkey" } else { " · Latchkey" });
    if cfg!(feature = "ssr") {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    } else {
        text
    }
}
