//! The table of screens. Each row has the path of a screen, the permission to see it, its entry in the sidebar, and the part of the
//! WASM that contains it. The router, the sidebar, the server's guard and forms, and the loader of the parts read it.
//!
//! The table names no component, so that pages can read it. `views` has the view of each screen.
//!
//! To add a screen, add a row here, its view in `views`, and a file in `pages`.

pub(crate) mod pattern;

use leptos_router::PossibleRouteMatch as _;
use model::role::Permission::{
    self, ChangeCustomers, ChangeOwnKeys, ChangeProfiles, CreateCustomers, CreateKeys, SeeAudit, SeeCustomers, SeeKeys,
    SuspendCustomers,
};

use self::pattern::Pattern;
use crate::ui::icon::IconKind;

/// A part of the WASM. A page loads only the parts that it shows. A part has several screens that people use together, since with
/// more parts a person would wait for more files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What every page loads.
    Main,
    /// The entry pages.
    EntryPages,
    Home,
    /// The dialogs over the list of keys, and the screen of one key.
    Keys,
    Usage,
    Customers,
    Profiles,
    Audit,
    /// What nobody needs before the first click: the command palette, its shortcuts, saved views, messages, and the reactions
    /// (`reaction.rs`). No page waits for it.
    Palette,
    /// What scripts add to the API Reference, whose content only the server draws.
    Reference,
    /// All tabs of the settings, and the dialogs over them.
    Settings,
}

#[cfg(feature = "ssr")]
impl Part {
    /// The name of the part in the manifest of the site, which comes from `views/parts.rs`. Every page has the main part.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Main => "",
            Self::EntryPages => "entry_pages",
            Self::Home => "home",
            Self::Keys => "keys",
            Self::Usage => "usage",
            Self::Customers => "customers",
            Self::Profiles => "profiles",
            Self::Audit => "audit",
            Self::Palette => "palette",
            Self::Reference => "reference",
            Self::Settings => "settings",
        }
    }
}

/// Makes the enum `Screen` and its table, by parts. Each row has the form `name: row`.
macro_rules! screens {
    ($($part:ident { $($screen:ident: $row:expr,)* })*) => {
        /// The screens and dialogs that have a row in the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Screen {
            $($($screen,)*)*
        }

        /// The rows, in the order of the enum.
        static TABLE: &[Row] = &[
            $($(Row { screen: Screen::$screen, part: Part::$part, ..$row },)*)*
        ];
    };
}

// If two rows match a path, the first one counts. The sidebar has the order of the table.
screens! {
    EntryPages {
        Login: entry_page("/login"),
        Code: entry_page("/login/code"),
        Invite: entry_page("/invite"),
        Setup: entry_page("/setup"),
        Reset: entry_page("/reset"),
    }
    Home {
        Home: page("/", SeeKeys).entry("Home", IconKind::Home),
    }
    Main {
        Keys: page("/keys", SeeKeys).entry("API Keys", IconKind::Key),
    }
    Customers {
        Customers: page("/customers", SeeCustomers).entry("Customers", IconKind::People),
        CreateCustomer: page("/customers/new", CreateCustomers).dialog_over(Screen::Customers),
        EditCustomer: page("/customers/{id}/edit", ChangeCustomers).dialog_over(Screen::Customers),
        SuspendCustomer: page("/customers/{id}/suspend", SuspendCustomers).dialog_over(Screen::Customers),
        ResumeCustomer: page("/customers/{id}/resume", SuspendCustomers).dialog_over(Screen::Customers),
        DeleteCustomer: page("/customers/{id}/delete", SuspendCustomers).dialog_over(Screen::Customers),
        ImportCustomers: page("/customers/import", ChangeCustomers),
        Customer: page("/customers/{id}", SeeCustomers),
    }
    Profiles {
        Profiles: page("/profiles", SeeKeys).entry("Bias Profiles", IconKind::Sliders),
        CreateProfile: page("/profiles/new", ChangeProfiles).dialog_over(Screen::Profiles),
        EditProfile: page("/profiles/{id}/edit", ChangeProfiles).dialog_over(Screen::Profiles),
        DeleteProfile: page("/profiles/{id}/delete", ChangeProfiles).dialog_over(Screen::Profiles),
        Profile: page("/profiles/{id}", SeeKeys),
    }
    Keys {
        CreateKey: page("/keys/new", CreateKeys).dialog_over(Screen::Keys),
        EditKey: page("/keys/{id}/edit", ChangeOwnKeys).dialog_over(Screen::Keys),
        RotateKey: page("/keys/{id}/rotate", ChangeOwnKeys).dialog_over(Screen::Keys),
        DeleteKey: page("/keys/{id}/delete", ChangeOwnKeys).dialog_over(Screen::Keys),
        SaveKey: without_path(SeeKeys),
        SendAgain: without_path(CreateKeys),
        BulkBar: without_path(ChangeOwnKeys),
        BulkQuestion: without_path(ChangeOwnKeys),
        Key: page("/keys/{id}", SeeKeys),
    }
    Usage {
        Usage: page("/usage", SeeKeys).entry("Usage", IconKind::Chart),
    }
    Audit {
        Audit: page("/audit", SeeAudit).entry("Audit Log", IconKind::List),
    }
    Palette {
        Palette: without_path(SeeKeys),
        KeyViews: without_path(SeeKeys),
        Messages: without_path(SeeKeys),
        OtherPerson: without_path(SeeKeys),
    }
    Reference {
        // Its link stands in the foot of the sidebar.
        Reference: page("/reference", SeeKeys),
    }
    // All tabs and their dialogs have this one route, see `pages/settings/place.rs`.
    Settings {
        Settings: page("/settings/{*place}", SeeKeys).entry("Settings", IconKind::Gear),
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
    pub(crate) part: Part,
    /// If this is a dialog over a list, that list.
    pub(crate) parent_screen: Option<Screen>,
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
        part: Part::Main,
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
    pub const fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// Whether the page of this screen, asked for by GET, contains neither a token nor a link or code that lets somebody in. Tokens are
    /// shown only by answers to forms and to scripts.
    pub const fn never_shows_a_secret(self) -> bool {
        !matches!(self, Self::Code | Self::Invite | Self::Setup | Self::Reset)
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
            assert!(list.part == Part::Main || list.part == row.part, "{row:?}");
        }
    }
}
