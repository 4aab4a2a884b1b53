//! The row of one service account, with its tokens and its actions.

use leptos::prelude::*;
use model::id::ServiceAccountId;
use model::service_account::{MAX_TOKENS, ServiceAccount, ServiceToken};
use model::time::Timestamp;

use super::PATH;
use crate::server_fns::service_accounts::enable_service_account;
use crate::shared::Shared;
use crate::ui::action::{IconButton, IconLink};
use crate::ui::badge::badge;
use crate::ui::confirm_password::Confirm;
use crate::ui::copy::copy_icon;
use crate::ui::day::Day;
use crate::ui::icon::IconKind;
use crate::ui::list::over_list;
use crate::ui::table::{actions_cell, cell, titled_cell};
use crate::ui::time::Ago;

#[component]
pub(super) fn Row(account: ServiceAccount, now: Timestamp) -> impl IntoView {
    let title = format!("{}\n{}", account.name, account.id);
    let below = match account.disabled_at {
        None => {
            view! { <span class="sub mono">{account.id.to_string()} {copy_icon(account.id.as_str())}</span> }.into_any()
        }
        Some(at) => {
            let since = view! { <span class="sub">"since " <Ago at now/></span> };
            badge("inactive", "Disabled", Some(since.into_any()))
        }
    };
    let name = view! {
        {account.name.clone()}
        {below}
    };
    let environments = match &account.environments {
        None => view! { <span class="dim">"All"</span> }.into_any(),
        Some(names) => names.join(", ").into_any(),
    };
    let created = view! {
        <span>
            {account.created_by.clone()}
            <span class="sub">
                <Ago at=account.created_at now/>
            </span>
        </span>
    };
    let tokens = tokens(&account, now);
    view! {
        <tr role="row">
            {titled_cell("Name", "cell-name", title, name)}
            {cell("Role", "", account.role.title())}
            {titled_cell(
                "Environments",
                "cell-environments",
                account.environments.as_ref().map(|names| names.join(", ")),
                environments,
            )}
            {cell("Tokens", "", tokens)}
            {cell("Created by", "", created)}
            {actions_cell(view! { <Actions account/> })}
        </tr>
    }
}

/// The tokens, each with its last use, its end, and the link that ends it.
fn tokens(account: &ServiceAccount, now: Timestamp) -> AnyView {
    if account.tokens.is_empty() {
        return view! { <span class="dim">"None"</span> }.into_any();
    }
    let one = |token: &ServiceToken| {
        let name = format!("End token {} of {}", token.masked, account.name);
        let href = over_list(format!("{PATH}/{}/end-token/{}", account.id, token.id));
        let used = match token.last_used_at {
            Some(at) => view! { "used " <Ago at now/> }.into_any(),
            None => "never used".into_any(),
        };
        let from = token.last_used_from.clone();
        view! {
            <li class="service-token">
                <span>
                    <span class="mono nowrap">{token.masked.clone()}</span>
                    <span class="sub" title=from.map(|from| format!("from {from}"))>
                        {used}
                        {ending(token.expires_at, now)}
                    </span>
                </span>
                <IconLink icon=IconKind::Close href tip="End token" name danger=true/>
            </li>
        }
    };
    let tokens = account.tokens.iter().map(one).collect_view();
    view! {
        <ul class="service-tokens" role="list">
            {tokens}
        </ul>
    }
    .into_any()
}

fn ending(expires_at: Option<Timestamp>, now: Timestamp) -> AnyView {
    match expires_at {
        None => ().into_any(),
        Some(end) if end <= now => " · expired".into_any(),
        Some(end) => view! { " · until " <Day at=end/> }.into_any(),
    }
}

#[component]
fn Actions(account: ServiceAccount) -> impl IntoView {
    let ServiceAccount { id, name, tokens, .. } = account;
    let active = account.disabled_at.is_none();
    let link = |possible: bool, icon, tip, verb: &str, place: &str, danger| {
        possible.then(|| {
            let href = over_list(format!("{PATH}/{id}/{place}"));
            view! { <IconLink icon href tip name=format!("{verb} {name}") danger/> }
        })
    };
    let may_add = active && tokens.len() < MAX_TOKENS;
    view! {
        {link(true, IconKind::Pencil, "Edit", "Edit", "edit", false)}
        {link(may_add, IconKind::Plus, "Add token", "Add token to", "add-token", false)}
        {if active {
            link(true, IconKind::Pause, "Disable", "Disable", "disable", true).into_any()
        } else {
            view! { <Enable id=id.clone() name=name.clone()/> }.into_any()
        }}
        {link(true, IconKind::Trash, "Delete", "Delete", "delete", true)}
    }
}

#[component]
fn Enable(id: ServiceAccountId, name: String) -> impl IntoView {
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let busy = RwSignal::new(false);
    let shown = name.clone();
    let press = move |()| {
        busy.set(true);
        let (id, name) = (id.clone(), name.clone());
        leptos::task::spawn_local(async move {
            match confirm.run(|| enable_service_account(id.clone())).await {
                Ok(()) => shared
                    .toasts
                    .add_success(format!("The tokens of {name} are accepted again.")),
                Err(error) if error.needs_password() => {}
                Err(error) => shared.toasts.add_error(error.message()),
            }
            busy.try_set(false);
            shared.reload_screen();
        });
    };
    view! { <IconButton icon=IconKind::Play tip="Enable" name=format!("Enable {shown}") busy press/> }
}
