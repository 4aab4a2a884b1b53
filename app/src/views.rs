//! The view of each screen. This is the one place that names the components of pages: a page that draws another screen gets a
//! function for it, see [`Shared::draw`].

mod parts;
mod reactions;
mod routes;

use leptos::prelude::*;
use model::form_values::FormValues;

use crate::answer::Late;
use crate::pages::audit::Audit;
use crate::pages::code::EnterCode;
use crate::pages::customers::Customers;
use crate::pages::customers::form::{CreateCustomer, EditCustomer};
use crate::pages::customers::import::ImportCustomers;
use crate::pages::customers::question::{DeleteCustomer, ResumeCustomer, SuspendCustomer};
use crate::pages::customers::screen::CustomerScreen;
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
use crate::pages::keys::views::KeyViews;
use crate::pages::login::Login;
use crate::pages::other_person::OtherPerson;
use crate::pages::palette::Palette;
use crate::pages::profiles::Profiles;
use crate::pages::profiles::delete::DeleteProfile;
use crate::pages::profiles::form::{CreateProfile, EditProfile};
use crate::pages::profiles::page::ProfileScreen;
use crate::pages::reference::Reference;
use crate::pages::reset::Reset;
use crate::pages::settings::Settings;
use crate::pages::setup::Setup;
use crate::pages::usage::Usage;
#[cfg(feature = "ssr")]
use crate::screens::{Access, table};
use crate::screens::{Part, Screen};
use crate::shared::Shared;
use crate::ui::toast::Messages;

pub use self::parts::load;
pub(crate) use self::routes::routes;

/// Makes a function for each part that draws the part's screens. A screen without a view, or under another part than in the table,
/// does not compile.
macro_rules! views {
    ($($part:ident, $draw:ident { $($screen:ident => $view:expr,)* })*) => {
        const _: () = {
            $($(assert!(Screen::$screen.row().part as u8 == Part::$part as u8);)*)*
        };

        /// Only names every screen, so that a forgotten one does not compile.
        const _: fn(Screen) = |screen| match screen {
            $($(Screen::$screen)|* => (),)*
        };

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
    EntryPages, draw_entry_pages {
        Login => Login(),
        Code => EnterCode(),
        Invite => Invite(),
        Setup => Setup(),
        Reset => Reset(),
    }
    Home, draw_home {
        Home => Home(),
    }
    Main, draw_main {
        Keys => Keys(),
    }
    Customers, draw_customers {
        Customers => Customers(),
        CreateCustomer => CreateCustomer(),
        EditCustomer => EditCustomer(),
        SuspendCustomer => SuspendCustomer(),
        ResumeCustomer => ResumeCustomer(),
        DeleteCustomer => DeleteCustomer(),
        ImportCustomers => ImportCustomers(),
        Customer => CustomerScreen(),
    }
    Profiles, draw_profiles {
        Profiles => Profiles(),
        CreateProfile => CreateProfile(),
        EditProfile => EditProfile(),
        DeleteProfile => DeleteProfile(),
        Profile => ProfileScreen(),
    }
    Keys, draw_keys {
        CreateKey => CreateKey(),
        EditKey => EditKey(),
        RotateKey => RotateKey(),
        DeleteKey => DeleteKey(),
        SaveKey => Shared::of_context().created.get_untracked().and_then(|key| key.read()).map(|key| view! { <SaveKey key/> }),
        SendAgain => use_context::<Late<FormValues>>().and_then(|form| form.read()).map(|form| view! { <SendAgain form/> }),
        BulkBar => BulkActions(),
        BulkQuestion => BulkQuestion(),
        Key => KeyScreen(),
    }
    Usage, draw_usage {
        Usage => Usage(),
    }
    Audit, draw_audit {
        Audit => Audit(),
    }
    Palette, draw_palette {
        Palette => Palette(),
        KeyViews => KeyViews(),
        Messages => Messages(),
        OtherPerson => OtherPerson(),
    }
    Reference, draw_reference {
        Reference => Reference(),
    }
    Settings, draw_settings {
        Settings => Settings(),
    }
}

/// Every path that has a page, and the people who may open it. The tabs of the settings are listed in place of their one route.
#[cfg(feature = "ssr")]
pub fn page_paths() -> Vec<(&'static str, Access)> {
    let rows = table().filter(|row| !row.path.is_empty() && row.screen != Screen::Settings);
    let tabs = crate::pages::settings::tabs().into_iter();
    rows.map(|row| (row.path, row.access))
        .chain(tabs.map(|(path, _, permission)| (path, Access::Needs(permission))))
        .collect()
}
