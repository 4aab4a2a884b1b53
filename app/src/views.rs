//! The view of each screen, and the part of the WASM that contains it. This is the one place that names the components of pages:
//! a page that draws another screen gets a function for it, see [`Shared::draw`].

mod parts;
mod routes;

use leptos::prelude::*;

use self::parts::Part;
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
use crate::screens::Screen;
#[cfg(feature = "ssr")]
use crate::screens::{Access, table};
use crate::shared::Shared;

pub use self::parts::load;
pub(crate) use self::routes::routes;

/// Makes the function `part_of`, and, for each part, a function that draws the part's screens. A screen without a view does not
/// compile.
macro_rules! views {
    ($($part:expr, $draw:ident { $($screen:ident => $view:expr,)* })*) => {
        /// The part of the WASM with this screen, or `None` if every page loads the screen.
        const fn part_of(screen: Screen) -> Option<Part> {
            match screen {
                $($(Screen::$screen)|* => $part,)*
            }
        }

        $(fn $draw(screen: Screen) -> AnyView {
            match screen {
                $(Screen::$screen => ($view).into_any(),)*
                // This screen belongs to another part.
                _ => ().into_any(),
            }
        })*
    };
}

views! {
    Some(Part::EntryPages), draw_entry_pages {
        Login => Login(),
        Code => EnterCode(),
        Invite => Invite(),
        Setup => Setup(),
        Reset => Reset(),
    }
    Some(Part::Home), draw_home {
        Home => Home(),
    }
    None, draw_main {
        Keys => Keys(),
    }
    Some(Part::Profiles), draw_profiles {
        Profiles => Profiles(),
        CreateProfile => CreateProfile(),
        EditProfile => EditProfile(),
        DeleteProfile => DeleteProfile(),
        Profile => ProfileScreen(),
    }
    Some(Part::Keys), draw_keys {
        CreateKey => CreateKey(),
        EditKey => EditKey(),
        RotateKey => RotateKey(),
        DeleteKey => DeleteKey(),
        SaveKey => Shared::of_context().created.get_untracked().map(|key| view! { <SaveKey key/> }),
        SendAgain => use_context().map(|form| view! { <SendAgain form/> }),
        BulkBar => BulkActions(),
        BulkQuestion => BulkQuestion(),
        Key => KeyScreen(),
        Usage => Usage(),
    }
    Some(Part::Audit), draw_audit {
        Audit => Audit(),
    }
    Some(Part::Settings), draw_settings {
        Settings => Settings(),
    }
}

/// Every path that has a page, and the people who may open it. The tabs of the settings are listed in place of their one route.
#[cfg(feature = "ssr")]
pub fn page_paths() -> Vec<(&'static str, Access)> {
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
    fn a_dialog_is_loaded_together_with_its_list() {
        for row in crate::screens::table() {
            let Some(list) = row.parent_screen.map(Screen::row) else {
                continue;
            };
            assert!(row.path.starts_with(&format!("{}/", list.path)), "{row:?}");
            let part = part_of(list.screen);
            assert!(part.is_none() || part == part_of(row.screen), "{row:?}");
        }
    }
}
