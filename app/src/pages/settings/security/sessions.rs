//! The sessions of the person: the browsers in which they are logged in.

use leptos::prelude::*;
use model::list::FEW;
use model::security::{SecurityPage, SessionView};
use model::time::Timestamp;

use super::PATH;
use crate::server_fns::account::{end_other_sessions, end_session};
use crate::shared::Shared;
use crate::ui::action::IconButton;
use crate::ui::badge::tag;
use crate::ui::button::{Look, push_button};
use crate::ui::confirm_password::Confirm;
use crate::ui::dialog::focus_screen;
use crate::ui::head::{head_actions, section_head};
use crate::ui::icon::IconKind;
use crate::ui::list::{ListPager, ListSearch, counted, use_list_query};
use crate::ui::table::{Rows, TableHead, actions_cell, cell, table};
use crate::ui::time::Ago;

pub(super) const COLUMNS: &[&str] = &["Device", "Address", "Logged in", "Last used", "Actions"];

#[component]
pub(super) fn Sessions(loaded: Memo<Option<SecurityPage>>) -> impl IntoView {
    let rows = Signal::derive(move || {
        let page = loaded.get();
        page.map(|page| {
            page.sessions
                .into_iter()
                .map(|session| (session, page.now))
                .collect::<Vec<_>>()
        })
        .unwrap_or_default()
    });
    let query = use_list_query();
    let paging = move || loaded.read().as_ref().map(|page| page.paging.clone());
    let others = Memo::new(move |_| paging().is_some_and(|paging| paging.total > 1));
    let many = Memo::new(move |_| paging().is_some_and(|paging| paging.total > FEW as u64));
    let count = Signal::derive(move || counted(paging().as_ref(), "session", "sessions"));
    let content = view! {
        <TableHead columns=COLUMNS/>
        <Rows
            rows
            key=|(session, _): &(SessionView, Timestamp)| session.id.clone()
            draw=|(session, now)| view! { <Row session now/> }.into_any()
        />
    };
    let next = Signal::derive(move || paging().and_then(|paging| paging.next));
    view! {
        {section_head(
            "Sessions",
            "Browsers in which you are logged in. One that is not yours: end it, and change your password.",
            move || others.get().then(|| view! { <EndOthers/> }),
        )}
        {move || {
            many.get()
                .then(|| {
                    view! {
                        <ListSearch
                            path=PATH
                            label="Search sessions"
                            placeholder="Search browser or address"
                            query
                            count
                        />
                    }
                })
        }}
        {table("table table--cards", "Sessions", content, view! { <ListPager path=PATH query next/> })}
    }
}

#[component]
fn EndOthers() -> impl IntoView {
    let shared = Shared::of_context();
    let busy = RwSignal::new(false);
    let confirm = Confirm::of_context();
    let press = move |()| {
        busy.set(true);
        leptos::task::spawn_local(async move {
            match confirm.run(end_other_sessions).await {
                Ok(count) => {
                    shared.toasts.add_success(match count {
                        1 => "1 other browser is logged out.".to_owned(),
                        count => format!("{count} other browsers are logged out."),
                    });
                    // The button is removed together with the last other session.
                    focus_screen();
                    shared.reload_screen();
                }
                // The person closed the dialog without a password.
                Err(error) if error.needs_password() => {}
                Err(error) => shared.toasts.add_error(error.message()),
            }
            busy.try_set(false);
        });
    };
    head_actions(push_button(
        Look::Secondary,
        busy,
        Callback::new(press),
        "Log out all other browsers",
    ))
}

#[component]
fn Row(session: SessionView, now: Timestamp) -> impl IntoView {
    let SessionView {
        id,
        device,
        address,
        created_at,
        last_seen_at,
        current,
    } = session;
    let name = view! {
        {device.clone()}
        {current.then(|| view! { " " {tag("this browser")} })}
    };
    view! {
        <tr role="row">
            {cell("Device", "cell-name", name)}
            {cell("Address", "mono", address)}
            {cell("Logged in", "dim", view! { <Ago at=created_at now/> })}
            {cell("Last used", "dim", view! { <Ago at=last_seen_at now/> })}
            {actions_cell((!current).then(|| view! { <End id device/> }))}
        </tr>
    }
}

#[component]
fn End(id: String, device: String) -> impl IntoView {
    let shared = Shared::of_context();
    let busy = RwSignal::new(false);
    let confirm = Confirm::of_context();
    let name = format!("End session of {device}");
    let press = move |()| {
        busy.set(true);
        let (id, device) = (id.clone(), device.clone());
        leptos::task::spawn_local(async move {
            match confirm.run(|| end_session(id.clone())).await {
                Ok(()) => {
                    shared.toasts.add_success(format!("{device} is logged out."));
                    // The focused row is about to be removed.
                    focus_screen();
                }
                Err(error) if error.needs_password() => {}
                Err(error) => shared.toasts.add_error(error.message()),
            }
            busy.try_set(false);
            shared.reload_screen();
        });
    };
    view! { <IconButton icon=IconKind::LogOut tip="End session" name danger=true busy press/> }
}
