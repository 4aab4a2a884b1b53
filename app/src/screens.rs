//! The table of screens. Each row has the path of a screen, the permission to see it, its entry in the sidebar, the part of the
//! WASM that contains it, and its view. The router, the sidebar, the server's guard and forms, and the loader of the parts read it.
//!
//! To add a screen, add a row here and a file in `pages`.

mod parts;
mod routes;

use leptos::prelude::*;
use leptos_router::PossibleRouteMatch as _;
use model::role::Permission::{self, ChangeOwnKeys, ChangeProfiles, CreateKeys, SeeAudit, SeeKeys};

use self::parts::Part;
use self::routes::Pattern;
use crate::pages::audit::Audit;
use crate::pages::code::EnterCode;
use crate::pages::home::Home;
use crate::pages::invite::Invite;
use crate::pages::keys::Keys;
use crate::pages::keys::bulk::{BulkActions, BulkQuestion};
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
use crate::shared::Shared;
use crate::ui::icon::IconKind;

pub use self::parts::load;
pub(crate) use self::routes::routes;

/// Makes the enum `Screen`, its table, and, for each part, a function that draws the part's screens. Each row has the form
/// `name: row => view`.
macro_rules! screens {
    ($($part:expr, $draw:ident { $($screen:ident: $row:expr => $view:expr,)* })*) => {
        /// The screens and dialogs that have a row in the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Screen {
            $($($screen,)*)*
        }

        /// The rows, in the order of the enum.
        static TABLE: &[Row] = &[
            $($(Row { screen: Screen::$screen, part: $part, ..$row },)*)*
        ];

        $(fn $draw(screen: Screen) -> AnyView {
            match screen {
                $(Screen::$screen => ($view).into_any(),)*
                // This screen belongs to another part.
                _ => ().into_any(),
            }
        })*
    };
}

// If two rows match a path, the first one counts. The sidebar has the order of the table.
screens! {
    Some(Part::EntryPages), draw_entry_pages {
        Login: entry_page("/login") => Login(),
        Code: entry_page("/login/code") => EnterCode(),
        Invite: entry_page("/invite") => Invite(),
        Setup: entry_page("/setup") => Setup(),
        Reset: entry_page("/reset") => Reset(),
    }
    Some(Part::Home), draw_home {
        Home: page("/", SeeKeys).entry("Home", IconKind::Home) => Home(),
    }
    None, draw_main {
        Keys: page("/keys", SeeKeys).entry("API Keys", IconKind::Key) => Keys(),
    }
    Some(Part::Profiles), draw_profiles {
        Profiles: page("/profiles", SeeKeys).entry("Bias Profiles", IconKind::Sliders) => Profiles(),
        CreateProfile: page("/profiles/new", ChangeProfiles).dialog_over(Screen::Profiles) => CreateProfile(),
        EditProfile: page("/profiles/{id}/edit", ChangeProfiles).dialog_over(Screen::Profiles) => EditProfile(),
        DeleteProfile: page("/profiles/{id}/delete", ChangeProfiles).dialog_over(Screen::Profiles) => DeleteProfile(),
        Profile: page("/profiles/{id}", SeeKeys) => ProfileScreen(),
    }
    Some(Part::Keys), draw_keys {
        CreateKey: page("/keys/new", CreateKeys).dialog_over(Screen::Keys) => CreateKey(),
        EditKey: page("/keys/{id}/edit", ChangeOwnKeys).dialog_over(Screen::Keys) => EditKey(),
        RotateKey: page("/keys/{id}/rotate", ChangeOwnKeys).dialog_over(Screen::Keys) => RotateKey(),
        DeleteKey: page("/keys/{id}/delete", ChangeOwnKeys).dialog_over(Screen::Keys) => DeleteKey(),
        SaveKey: without_path(SeeKeys) => Shared::of_context().created.get_untracked().map(|key| view! { <SaveKey key/> }),
        SendAgain: without_path(CreateKeys) => use_context().map(|form| view! { <SendAgain form/> }),
        BulkBar: without_path(ChangeOwnKeys) => BulkActions(),
        BulkQuestion: without_path(ChangeOwnKeys) => BulkQuestion(),
        Key: page("/keys/{id}", SeeKeys) => KeyScreen(),
        Usage: page("/usage", SeeKeys).entry("Usage", IconKind::Chart) => Usage(),
    }
    Some(Part::Audit), draw_audit {
        Audit: page("/audit", SeeAudit).entry("Audit Log", IconKind::List) => Audit(),
    }
    // All tabs and their dialogs have this one route, see `pages/settings/place.rs`.
    Some(Part::Settings), draw_settings {
        Settings: page("/settings/{*place}", SeeKeys).entry("Settings", IconKind::Gear) => Settings(),
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub screen: Screen,
    /// The path with its parameters, such as `/keys/{id}`. The last parameter may stand for the whole rest, as in
    /// `/settings/{*place}`. The path is empty if other screens draw this one.
    pub path: &'static str,
    pub access: Access,
    /// The part of the WASM, or `None` if every page loads this screen.
    part: Option<Part>,
    /// If this is a dialog over a list, that list.
    parent_screen: Option<Screen>,
    /// The words and the icon of its entry in the sidebar.
    pub(crate) entry: Option<(&'static str, IconKind)>,
}

/// The people who may open a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Every browser, also without a session: the entry pages, and logging out.
    Public,
    /// People whose role has this permission.
    Needs(Permission),
}

const fn row(path: &'static str, access: Access) -> Row {
    Row {
        screen: Screen::Login,
        path,
        access,
        part: None,
        parent_screen: None,
        entry: None,
    }
}

const fn entry_page(path: &'static str) -> Row {
    row(path, Access::Public)
}

const fn page(path: &'static str, permission: Permission) -> Row {
    row(path, Access::Needs(permission))
}

const fn without_path(permission: Permission) -> Row {
    row("", Access::Needs(permission))
}

impl Row {
    const fn dialog_over(mut self, list: Screen) -> Self {
        self.parent_screen = Some(list);
        self
    }

    const fn entry(mut self, words: &'static str, icon: IconKind) -> Self {
        self.entry = Some((words, icon));
        self
    }

    /// The path without a parameter that stands for the whole rest.
    pub(crate) fn link(&self) -> &'static str {
        match self.path.split_once("/{*") {
            Some((link, _)) => link,
            None => self.path,
        }
    }
}

impl Screen {
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// The screen at a path.
    pub fn at(path: &str) -> Option<Self> {
        let found = TABLE.iter().find(|row| {
            let test = || Pattern(row.path).test(path);
            !row.path.is_empty() && test().is_some_and(|matched| matched.is_complete())
        });
        found.map(|row| row.screen)
    }
}

/// All rows, in the order of the table.
pub(crate) fn table() -> impl Iterator<Item = &'static Row> {
    TABLE.iter()
}

/// Every path that has a page, and the people who may open it. The tabs of the settings are listed in place of their one route.
#[cfg(feature = "ssr")]
pub fn pages() -> Vec<(&'static str, Access)> {
    let rows = table().filter(|row| !row.path.is_empty() && row.screen != Screen::Settings);
    let tabs = crate::pages::settings::tabs().into_iter();
    rows.map(|row| (row.path, row.access))
        .chain(tabs.map(|(path, permission)| (path, Access::Needs(permission))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_leads_to_its_own_screen() {
        for row in table().filter(|row| !row.path.is_empty()) {
            let path = row
                .path
                .replace("{id}", "key_0123456789")
                .replace("{*place}", "users/invite");
            assert_eq!(Screen::at(&path), Some(row.screen), "{path}");
            assert_eq!(Screen::at(&format!("{path}/")).is_some(), path != "/", "{path}/");
        }
    }

    #[test]
    fn other_paths_lead_to_no_screen() {
        for path in [
            "/nothing",
            "/keysnew",
            "/keys/key_1/nothing",
            "//keys",
            "/keys//edit",
            "/audit/1",
        ] {
            assert_eq!(Screen::at(path), None, "{path}");
        }
    }

    #[test]
    fn the_settings_are_one_screen() {
        for path in ["/settings", "/settings/", "/settings/users/invite"] {
            assert_eq!(Screen::at(path), Some(Screen::Settings), "{path}");
        }
        assert_eq!(Screen::Settings.row().link(), "/settings");
    }

    #[test]
    fn a_dialog_is_loaded_together_with_its_list() {
        for row in table() {
            let Some(list) = row.parent_screen.map(Screen::row) else {
                continue;
            };
            assert!(row.path.starts_with(&format!("{}/", list.path)), "{row:?}");
            assert!(list.part.is_none() || list.part == row.part, "{row:?}");
        }
    }
}
