//! The console's routes as a table: who may do what at which address. The router is made from it, so there is no route
//! that is not in it; a test walks it with every role.

use axum::routing::{MethodRouter, get, post};
use model::role::Permission;

use super::{Console, audit, environment_form, events, forms, key_forms, link_forms, pages, profile_forms, usage};

/// Whom a route is for. Its handler checks that itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Who is signed out: it lets somebody in, or out.
    Door,
    /// Who may do this.
    Of(Permission),
}

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
    use Permission::{ChangeOwnKeys, ChangeProfiles, CreateKeys, SeeAudit, SeeKeys};
    let door = |path, handler| form(path, Access::Door, handler);
    let of = |path, permission, handler| form(path, Access::Of(permission), handler);
    vec![
        door("/login", post(forms::log_in)),
        door("/login/code", post(forms::enter_code)),
        door("/invite", post(link_forms::join)),
        by_link("/setup", post(link_forms::set_up)),
        by_link("/reset", post(link_forms::reset)),
        door("/logout", post(forms::log_out)),
        of("/environment", SeeKeys, post(environment_form::choose)),
        of("/keys/new", CreateKeys, post(key_forms::create)),
        of("/keys/{id}/edit", ChangeOwnKeys, post(key_forms::edit)),
        of("/keys/{id}/rotate", ChangeOwnKeys, post(key_forms::rotate)),
        of(
            "/keys/{id}/end-old-token",
            ChangeOwnKeys,
            post(key_forms::end_old_token),
        ),
        of("/keys/{id}/disable", ChangeOwnKeys, post(key_forms::disable)),
        of("/keys/{id}/enable", ChangeOwnKeys, post(key_forms::enable)),
        of("/keys/{id}/delete", ChangeOwnKeys, post(key_forms::delete)),
        of("/profiles/new", ChangeProfiles, post(profile_forms::create)),
        of("/profiles/{id}/edit", ChangeProfiles, post(profile_forms::edit)),
        of("/profiles/{id}/delete", ChangeProfiles, post(profile_forms::delete)),
        data("/events", SeeKeys, get(events::events)),
        data("/audit/export", SeeAudit, get(audit::export)),
        data("/usage/export", SeeKeys, get(usage::export)),
    ]
}

/// A page with a form.
fn form(path: &'static str, access: Access, handler: MethodRouter<Console>) -> Route {
    Route {
        path,
        does: Does::Post,
        access,
        handler: handler.get(pages::page),
    }
}

/// A door whose page looks at its link first.
fn by_link(path: &'static str, handler: MethodRouter<Console>) -> Route {
    Route {
        path,
        does: Does::Post,
        access: Access::Door,
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
