//! The console's routes as a table of path, access and handler. The router is made from the table, so the table has every route,
//! and a test requests each route with every role. The form of a screen gets its path and access from the table of screens.

pub use app::screens::Access;
use app::screens::Screen;
use axum::routing::{MethodRouter, get, post};
use model::role::Permission;

use super::{
    Console, audit, customer_export, customer_forms, customer_import, environment_form, events, forms, key_forms,
    link_forms, pages, preferences_form, profile_forms, receipts, usage,
};

/// The work of a route, besides showing a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    /// It accepts a form.
    Post,
    /// It answers `GET` with something other than a page.
    Get,
}

/// A path of the console that does not only show a page.
#[derive(Debug)]
pub struct Route {
    pub path: &'static str,
    pub kind: RouteKind,
    pub access: Access,
    pub(super) handler: MethodRouter<Console>,
}

/// All routes except those of the server functions, which have their own paths under `/api`.
pub fn routes() -> Vec<Route> {
    use Permission::{ChangeOwnKeys, SeeAudit, SeeCustomers, SeeKeys};
    let permitted_form = |path, permission, handler| form(path, Access::Needs(permission), handler);
    vec![
        screen_form(Screen::Login, post(forms::log_in)),
        screen_form(Screen::Code, post(forms::enter_code)),
        screen_form(Screen::Invite, post(link_forms::join)),
        entry_page_with_link(Screen::Setup, post(link_forms::set_up)),
        entry_page_with_link(Screen::Reset, post(link_forms::reset)),
        form("/logout", Access::Public, post(forms::log_out)),
        permitted_form("/environment", SeeKeys, post(environment_form::choose)),
        form("/preferences", Access::Public, post(preferences_form::choose)),
        screen_form(Screen::CreateKey, post(key_forms::create)),
        screen_form(Screen::EditKey, post(key_forms::edit)),
        screen_form(Screen::RotateKey, post(key_forms::rotate)),
        permitted_form(
            "/keys/{id}/end-old-token",
            ChangeOwnKeys,
            post(key_forms::end_old_token),
        ),
        permitted_form("/keys/{id}/disable", ChangeOwnKeys, post(key_forms::disable)),
        permitted_form("/keys/{id}/enable", ChangeOwnKeys, post(key_forms::enable)),
        screen_form(Screen::DeleteKey, post(key_forms::delete)),
        screen_form(Screen::CreateCustomer, post(customer_forms::create)),
        screen_form(Screen::EditCustomer, post(customer_forms::edit)),
        screen_form(Screen::SuspendCustomer, post(customer_forms::suspend)),
        screen_form(Screen::ResumeCustomer, post(customer_forms::resume)),
        screen_form(Screen::DeleteCustomer, post(customer_forms::delete)),
        screen_form(Screen::ImportCustomers, post(customer_import::import)),
        screen_form(Screen::CreateProfile, post(profile_forms::create)),
        screen_form(Screen::EditProfile, post(profile_forms::edit)),
        screen_form(Screen::DeleteProfile, post(profile_forms::delete)),
        data("/events", SeeKeys, get(events::events)),
        data("/audit/export", SeeAudit, get(audit::export)),
        data("/changes/{change}/receipt.jws", ChangeOwnKeys, get(receipts::download)),
        data("/customers/export", SeeCustomers, get(customer_export::export)),
        data("/usage/export", SeeKeys, get(usage::export)),
    ]
}

/// The form of a screen, which is sent to the screen's own path.
fn screen_form(screen: Screen, handler: MethodRouter<Console>) -> Route {
    let row = screen.row();
    form(row.path, row.access, handler)
}

/// A path that accepts a form by POST and shows a page by GET.
fn form(path: &'static str, access: Access, handler: MethodRouter<Console>) -> Route {
    Route {
        path,
        kind: RouteKind::Post,
        access,
        handler: handler.get(pages::page),
    }
}

/// An entry page that checks its one-time link before it is shown.
fn entry_page_with_link(screen: Screen, handler: MethodRouter<Console>) -> Route {
    let row = screen.row();
    Route {
        path: row.path,
        kind: RouteKind::Post,
        access: row.access,
        handler: handler.get(link_forms::open_link),
    }
}

fn data(path: &'static str, permission: Permission, handler: MethodRouter<Console>) -> Route {
    Route {
        path,
        kind: RouteKind::Get,
        access: Access::Needs(permission),
        handler,
    }
}
