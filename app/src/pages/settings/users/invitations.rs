//! People who were invited and have not joined yet.

use leptos::prelude::*;
use model::list::ListQuery;
use model::people::{Invitation, People};
use model::time::Timestamp;

use super::PATH;
use crate::server_fns::users::revoke_invitation;
use crate::shared::Shared;
use crate::ui::action::IconButton;
use crate::ui::day::exact;
use crate::ui::dialog::focus_screen;
use crate::ui::head::section_head;
use crate::ui::icon::IconKind;
use crate::ui::list::{ListPager, counted};
use crate::ui::table::{Rows, TableHead, actions_cell, cell, table, titled_cell};
use crate::ui::time::Ago;

const COLUMNS: &[&str] = &["Email", "Role", "Invited by", "Works until", "Actions"];

#[component]
pub(super) fn Invitations(loaded: Memo<Option<People>>, query: Memo<ListQuery>) -> impl IntoView {
    let invitations = Memo::new(move |_| {
        let list = loaded.get();
        list.map(|People { invitations, now, .. }| invitations.into_iter().map(|it| (it, now)).collect::<Vec<_>>())
            .unwrap_or_default()
    });
    let any = Memo::new(move |_| !invitations.read().is_empty());
    let paging = move || loaded.read().as_ref().map(|list| list.invited.clone());
    let next = Signal::derive(move || paging().and_then(|paging| paging.next));
    let count = move || counted(paging().as_ref(), "invitation", "invitations");
    move || {
        any.get().then(|| {
            let count = view! { <p class="toolbar__count">{count}</p> };
            let rows = view! {
                <TableHead columns=COLUMNS/>
                <Rows
                    rows=invitations
                    key=|(invitation, _): &(Invitation, Timestamp)| invitation.id.clone()
                    draw=|(invitation, now)| view! { <Row invitation now/> }.into_any()
                />
            };
            let pager = view! { <ListPager path=PATH query next second=true label="Pages of invitations"/> };
            view! {
                {section_head("Invitations", "Sent, and not used yet. A link that went astray can be revoked.", count)}
                {table("table table--cards", "Invitations", rows, pager)}
            }
        })
    }
}

#[component]
fn Row(invitation: Invitation, now: Timestamp) -> impl IntoView {
    let shared = Shared::of_context();
    let busy = RwSignal::new(false);
    let Invitation {
        id,
        email,
        role,
        invited_by,
        created_at,
        expires_at,
    } = invitation;
    let name = format!("Revoke invitation for {email}");
    let shown = email.clone();
    let press = move |()| {
        busy.set(true);
        let (id, email) = (id.clone(), email.clone());
        leptos::task::spawn_local(async move {
            match revoke_invitation(id).await {
                Ok(()) => {
                    shared
                        .toasts
                        .add_success(format!("The link for {email} works no more."));
                    // The focused row is about to be removed.
                    focus_screen();
                }
                Err(error) => shared.toasts.add_error(error.message()),
            }
            busy.try_set(false);
            shared.reload_screen();
        });
    };
    let inviter = view! {
        <span>
            {invited_by.clone()}
            <span class="sub">
                <Ago at=created_at now/>
            </span>
        </span>
    };
    let until = view! { <time datetime=expires_at.rfc3339()>{exact(expires_at)}</time> };
    let revoke = view! { <IconButton icon=IconKind::Trash tip="Revoke" name danger=true busy press/> };
    view! {
        <tr role="row">
            {titled_cell("Email", "cell-name", shown.clone(), shown)}
            {cell("Role", "", role.title())}
            {titled_cell("Invited by", "", invited_by, inviter)}
            {cell("Works until", "dim", until)}
            {actions_cell(revoke)}
        </tr>
    }
}
