//! The row of one person, with its actions.

use leptos::prelude::*;
use model::id::UserId;
use model::people::Person;
use model::time::Timestamp;

use super::PATH;
use crate::server_fns::users::enable_user;
use crate::shared::Shared;
use crate::ui::action::{IconButton, IconLink};
use crate::ui::badge::{badge, tag};
use crate::ui::confirm_password::Confirm;
use crate::ui::icon::IconKind;
use crate::ui::list::over_list;
use crate::ui::number::grouped;
use crate::ui::table::{actions_cell, cell, titled_cell};
use crate::ui::time::Ago;

#[component]
pub(super) fn Row(person: Person, now: Timestamp) -> impl IntoView {
    let last_login = match person.last_login_at {
        Some(at) => view! {
            <span class="nowrap">
                <Ago at now/>
            </span>
        }
        .into_any(),
        None => view! { <span class="dim">"Never"</span> }.into_any(),
    };
    let title = format!("{}\n{}", person.name, person.email);
    let name = view! {
        {person.name.clone()}
        {person.me.then(|| view! { " " {tag("you")} })}
        <span class="sub">{person.email.clone()}</span>
    };
    let (factor_class, factor) = if person.second_factor {
        ("", "On")
    } else {
        ("dim", "Off")
    };
    view! {
        <tr role="row">
            {titled_cell("Name", "cell-name", title, name)}
            {cell("Role", "", person.role.title())}
            {cell("State", "", state(person.disabled_at, now))}
            {cell("Second factor", factor_class, factor)}
            {cell("Keys", if person.keys == 0 { "num dim" } else { "num" }, grouped(person.keys))}
            {cell("Last login", "", last_login)}
            {actions_cell(view! { <Actions person/> })}
        </tr>
    }
}

fn state(disabled_at: Option<Timestamp>, now: Timestamp) -> AnyView {
    match disabled_at {
        None => badge("active", "Active", None),
        Some(at) => {
            let since = view! { <span class="sub">"since " <Ago at now/></span> };
            badge("inactive", "Disabled", Some(since.into_any()))
        }
    }
}

/// The actions that are possible: the last Owner keeps the role, and a person without keys has none to give.
#[component]
fn Actions(person: Person) -> impl IntoView {
    let Person { id, name, .. } = person;
    let active = person.disabled_at.is_none();
    let link = |possible: bool, icon, tip, verb: &str, place: &str, danger| {
        possible.then(|| {
            let href = over_list(format!("{PATH}/{id}/{place}"));
            view! { <IconLink icon href tip name=format!("{verb} {name}") danger/> }
        })
    };
    let disable = || {
        link(
            !person.last_owner,
            IconKind::Pause,
            "Disable",
            "Disable",
            "disable",
            true,
        )
    };
    view! {
            {link(!person.last_owner, IconKind::Person, "Change role", "Change role of", "role", false)}
            {link(person.keys > 0, IconKind::Give, "Transfer keys", "Transfer keys of", "give-keys", false)}
            {link(active, IconKind::Link, "Password reset link", "Password reset link for", "reset-link", false)}
            {link(
                person.second_factor,
                IconKind::ShieldOff,
                "Remove second factor",
                "Remove second factor of",
                "second-factor",
                false,
            )}
            {if active {
                disable().into_any()
            } else {
                view! { <Enable id=id.clone() name=name.clone()/> }.into_any()
            }}
    }
}

#[component]
fn Enable(id: UserId, name: String) -> impl IntoView {
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let busy = RwSignal::new(false);
    let shown = name.clone();
    let press = move |()| {
        busy.set(true);
        let (id, name) = (id.clone(), name.clone());
        leptos::task::spawn_local(async move {
            match confirm.run(|| enable_user(id.clone())).await {
                Ok(()) => shared.toasts.add_success(format!("{name} may log in again.")),
                Err(error) if error.needs_password() => {}
                Err(error) => shared.toasts.add_error(error.message()),
            }
            busy.try_set(false);
            shared.reload_screen();
        });
    };
    view! { <IconButton icon=IconKind::Play tip="Enable" name=format!("Enable {shown}") busy press/> }
}
