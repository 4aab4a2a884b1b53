//! The console's routes as a table: who may do what at which address. The router is made from it, so there is no route
//! that is not in it; a test walks it with every role. What is a screen's own form has path and permission from the
//! table of screens.

pub use app::screens::Access;
use app::screens::Screen;
use axum::routing::{MethodRouter, get, post};
use model::role::Permission;

use super::{Console, audit, environment_form, events, forms, key_forms, link_forms, pages, profile_forms, usage};

/// What is done to a route beside showing its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// It takes a form.
    Post,
    /// It answers `GET` with something that is no page.
    Get,
}

/// An address of the console that is more than a page.
#[derive(Debug)]
pub struct Route {
    pub path: &'static str,
    pub does: Does,
    pub access: Access,
    pub(super) handler: MethodRouter<Console>,
}

/// All of them but the server functions, which are found by their paths under `/api`.
pub fn routes() -> Vec<Route> {
    use Permission::{ChangeOwnKeys, SeeAudit, SeeKeys};
    let of = |path, permission, handler| form(path, Access::Of(permission), handler);
    vec![
        on(Screen::Login, post(forms::log_in)),
        on(Screen::Code, post(forms::enter_code)),
        on(Screen::Invite, post(link_forms::join)),
        by_link(Screen::Setup, post(link_forms::set_up)),
        by_link(Screen::Reset, post(link_forms::reset)),
        form("/logout", Access::Door, post(forms::log_out)),
        of("/environment", SeeKeys, post(environment_form::choose)),
        on(Screen::CreateKey, post(key_forms::create)),
        on(Screen::EditKey, post(key_forms::edit)),
        on(Screen::RotateKey, post(key_forms::rotate)),
        of(
            "/keys/{id}/end-old-token",
            ChangeOwnKeys,
            post(key_forms::end_old_token),
        ),
        of("/keys/{id}/disable", ChangeOwnKeys, post(key_forms::disable)),
        of("/keys/{id}/enable", ChangeOwnKeys, post(key_forms::enable)),
        on(Screen::DeleteKey, post(key_forms::delete)),
        on(Screen::CreateProfile, post(profile_forms::create)),
        on(Screen::EditProfile, post(profile_forms::edit)),
        on(Screen::DeleteProfile, post(profile_forms::delete)),
        data("/events", SeeKeys, get(events::events)),
        data("/audit/export", SeeAudit, get(audit::export)),
        data("/usage/export", SeeKeys, get(usage::export)),
    ]
}

/// The form of a screen, sent to the screen's own address.
fn on(screen: Screen, handler: MethodRouter<Console>) -> Route {
    let row = screen.row();
    form(row.path, row.access, handler)
}

/// An address that takes a form, and is a page otherwise.
fn form(path: &'static str, access: Access, handler: MethodRouter<Console>) -> Route {
    Route {
        path,
        does: Does::Post,
        access,
        handler: handler.get(pages::page),
    }
}

/// A door whose page looks at its link first.
fn by_link(screen: Screen, handler: MethodRouter<Console>) -> Route {
    let row = screen.row();
    Route {
        path: row.path,
        does: Does::Post,
        access: row.access,
        handler: handler.get(link_forms::open_link),
    }
}

fn data(path: &'static str, permission: Permission, handler: MethodRouter<Console>) -> Route {
    Route {
        path,
        does: Does::Get,
        access: Access::Of(permission),
        handler,
    }
}
