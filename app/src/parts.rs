//! The parts of the browser's half that are loaded when they are needed: `cargo xtask` makes a WASM file of each, so that
//! a page loads no more than it shows. On the server they are ordinary functions.
//!
//! A part is several screens that people use together: each more would be one more file to wait for.

#![expect(
    clippy::unnecessary_wraps,
    reason = "that a part does not come is an error of the functions in it"
)]

use std::time::Duration;

use futures_util::FutureExt as _;
use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use leptos_router::hooks::use_location;

use crate::ui::icon::{Icon, IconKind};

use crate::pages::audit::Audit;
use crate::pages::code::EnterCode;
use crate::pages::console::Shared;
use crate::pages::home::Home;
use crate::pages::invite::Invite;
use crate::pages::keys::bulk::BulkQuestion;
use crate::pages::keys::create::CreateKey;
use crate::pages::keys::delete::DeleteKey;
use crate::pages::keys::edit::EditKey;
use crate::pages::keys::rotate::RotateKey;
use crate::pages::keys::saved::SaveKey;
use crate::pages::keys::screen::KeyScreen;
use crate::pages::keys::send_again::SendAgain;
use crate::pages::login::Login;
use crate::pages::profiles::Profiles;
use crate::pages::profiles::delete::DeleteProfile;
use crate::pages::profiles::form::{CreateProfile, EditProfile};
use crate::pages::profiles::page::ProfileScreen;
use crate::pages::reset::Reset;
use crate::pages::settings::Settings;
use crate::pages::setup::Setup;
use crate::pages::usage::Usage;

/// How long a screen waits for its part before the browser asks the server for the page instead.
const PATIENCE: Duration = Duration::from_secs(4);

/// A screen, or why its part did not come.
type Drawn = Result<AnyView, SplitLoaderError>;

/// A screen that is in one of the parts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Screen {
    Login,
    Code,
    Invite,
    Setup,
    Reset,
    Home,
    CreateKey,
    EditKey,
    RotateKey,
    DeleteKey,
    /// The key that [`Shared`] holds.
    SaveKey,
    /// The form in the context.
    SendAgain,
    /// The question in the context.
    BulkQuestion,
    Key,
    Usage,
    Profiles,
    CreateProfile,
    EditProfile,
    DeleteProfile,
    Profile,
    Audit,
    Settings,
}

/// The parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The screens that let somebody in.
    Doors,
    Home,
    /// The dialogs over the list of keys, the screen of one key, and usage: they draw the same picture.
    Keys,
    Profiles,
    Audit,
    /// All tabs of the settings, and the dialogs over them.
    Settings,
}

#[wasm_split(door, wasm_split_path = ::leptos::wasm_split, preload(preload_door), fallible)]
fn door(screen: Screen) -> Drawn {
    Ok(match screen {
        Screen::Login => Login().into_any(),
        Screen::Code => EnterCode().into_any(),
        Screen::Invite => Invite().into_any(),
        Screen::Setup => Setup().into_any(),
        _ => Reset().into_any(),
    })
}

#[wasm_split(home, wasm_split_path = ::leptos::wasm_split, preload(preload_home), fallible)]
fn home() -> Drawn {
    Ok(Home().into_any())
}

#[wasm_split(of_keys, wasm_split_path = ::leptos::wasm_split, preload(preload_of_keys), fallible)]
fn of_keys(screen: Screen) -> Drawn {
    Ok(match screen {
        Screen::CreateKey => CreateKey().into_any(),
        Screen::EditKey => EditKey().into_any(),
        Screen::RotateKey => RotateKey().into_any(),
        Screen::DeleteKey => DeleteKey().into_any(),
        Screen::SaveKey => {
            let created = Shared::of_context().created.get_untracked();
            created.map(|key| view! { <SaveKey key/> }).into_any()
        }
        Screen::SendAgain => use_context().map(|form| view! { <SendAgain form/> }).into_any(),
        Screen::BulkQuestion => BulkQuestion().into_any(),
        Screen::Usage => Usage().into_any(),
        _ => KeyScreen().into_any(),
    })
}

#[wasm_split(of_profiles, wasm_split_path = ::leptos::wasm_split, preload(preload_of_profiles), fallible)]
fn of_profiles(screen: Screen) -> Drawn {
    Ok(match screen {
        Screen::CreateProfile => CreateProfile().into_any(),
        Screen::EditProfile => EditProfile().into_any(),
        Screen::DeleteProfile => DeleteProfile().into_any(),
        Screen::Profile => ProfileScreen().into_any(),
        _ => Profiles().into_any(),
    })
}

#[wasm_split(audit, wasm_split_path = ::leptos::wasm_split, preload(preload_audit), fallible)]
fn audit() -> Drawn {
    Ok(Audit().into_any())
}

#[wasm_split(settings, wasm_split_path = ::leptos::wasm_split, preload(preload_settings), fallible)]
fn settings() -> Drawn {
    Ok(Settings().into_any())
}

impl Screen {
    const fn part(self) -> Part {
        match self {
            Self::Login | Self::Code | Self::Invite | Self::Setup | Self::Reset => Part::Doors,
            Self::Home => Part::Home,
            Self::CreateKey
            | Self::EditKey
            | Self::RotateKey
            | Self::DeleteKey
            | Self::SaveKey
            | Self::SendAgain
            | Self::BulkQuestion
            | Self::Key
            | Self::Usage => Part::Keys,
            Self::Profiles | Self::CreateProfile | Self::EditProfile | Self::DeleteProfile | Self::Profile => {
                Part::Profiles
            }
            Self::Audit => Part::Audit,
            Self::Settings => Part::Settings,
        }
    }

    /// Draws the screen. Where its part is there, it is drawn at once: on the server, and in the browser when it takes
    /// over a page, see [`load`]. Else a mark says that it is coming, and where it does not come, from a server that is
    /// down or has another version by now, the browser goes to the page as it would without scripts.
    pub(crate) fn draw(self) -> AnyView {
        if let Some(view) = self.drawn() {
            return view;
        }
        let there = RwSignal::new(false);
        let here = use_location();
        let go = move || {
            let path = here.pathname.try_get_untracked().unwrap_or_default();
            let search = here.search.try_get_untracked().unwrap_or_default();
            let question = if search.is_empty() { "" } else { "?" };
            let _ = location().replace(&format!("{path}{question}{search}"));
        };
        leptos::task::spawn_local(async move {
            match self.part().load().await {
                Ok(()) => {
                    there.try_set(true);
                }
                // Unless the person has gone elsewhere meanwhile.
                Err(_) if there.try_get_untracked() == Some(false) => go(),
                Err(_) => {}
            }
        });
        set_timeout(
            move || {
                if there.try_get_untracked() == Some(false) {
                    go();
                }
            },
            PATIENCE,
        );
        (move || match there.get().then(|| self.drawn()).flatten() {
            Some(view) => view,
            None => view! { <Coming/> }.into_any(),
        })
        .into_any()
    }

    /// `None` while the part is not there.
    fn drawn(self) -> Option<AnyView> {
        let drawn = match self.part() {
            Part::Doors => door(self).now_or_never(),
            Part::Home => home().now_or_never(),
            Part::Keys => of_keys(self).now_or_never(),
            Part::Profiles => of_profiles(self).now_or_never(),
            Part::Audit => audit().now_or_never(),
            Part::Settings => settings().now_or_never(),
        };
        drawn.and_then(Result::ok)
    }
}

/// Says that a screen is coming, above everything else: it may be a dialog over another screen.
#[component]
fn Coming() -> impl IntoView {
    view! {
        <p class="coming" role="status">
            <Icon kind=IconKind::Spinner/>
            "Loading"
        </p>
    }
}

impl Part {
    /// On the server everything is there.
    async fn load(self) -> Result<(), SplitLoaderError> {
        match self {
            Self::Doors => preload_door().await,
            Self::Home => preload_home().await,
            Self::Keys => preload_of_keys().await,
            Self::Profiles => preload_of_profiles().await,
            Self::Audit => preload_audit().await,
            Self::Settings => preload_settings().await,
        }
    }

    /// The part that holds the screen at a path, where it is in one.
    fn at(path: &str) -> Option<Self> {
        let mut segments = path.trim_matches('/').split('/');
        match (segments.next(), segments.next()) {
            (Some(""), None) => Some(Self::Home),
            (Some("login" | "invite" | "setup" | "reset"), _) => Some(Self::Doors),
            (Some("keys"), Some(_)) | (Some("usage"), None) => Some(Self::Keys),
            (Some("profiles"), _) => Some(Self::Profiles),
            (Some("audit"), None) => Some(Self::Audit),
            (Some("settings"), _) => Some(Self::Settings),
            _ => None,
        }
    }
}

/// Loads what the page at a path needs, before the browser's half takes the page over: it has to draw at once what the
/// server has drawn.
pub async fn load(path: &str) -> Result<(), SplitLoaderError> {
    match Part::at(path) {
        Some(part) => part.load().await,
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_knows_its_part() {
        for (path, part) in [
            ("/", Some(Part::Home)),
            ("/keys", None),
            ("/keys/", None),
            ("/login", Some(Part::Doors)),
            ("/login/code", Some(Part::Doors)),
            ("/invite", Some(Part::Doors)),
            ("/keys/new", Some(Part::Keys)),
            ("/keys/key_0123456789", Some(Part::Keys)),
            ("/keys/key_0123456789/edit", Some(Part::Keys)),
            ("/usage", Some(Part::Keys)),
            ("/profiles", Some(Part::Profiles)),
            ("/profiles/new", Some(Part::Profiles)),
            ("/audit", Some(Part::Audit)),
            ("/settings", Some(Part::Settings)),
            ("/settings/users/invite", Some(Part::Settings)),
        ] {
            assert_eq!(Part::at(path), part, "{path}");
        }
    }
}
