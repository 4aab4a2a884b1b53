//! One environment.

use leptos::prelude::*;
use model::environment::EnvironmentRow;
use model::time::Timestamp;

use super::secret::Secret;
use crate::pages::console::Shared;
use crate::server_fns::environments::hide_environment;
use crate::ui::action::{IconButton, IconLink};
use crate::ui::icon::IconKind;
use crate::ui::list::over_list;
use crate::ui::time::Ago;

#[component]
pub(super) fn Row(row: EnvironmentRow, now: Timestamp) -> impl IntoView {
    let EnvironmentRow {
        id,
        name,
        kind,
        created_at,
        hidden,
        ..
    } = row.clone();
    view! {
        <tr role="row">
            <td role="cell" class="cell-name" data-label="Name" title=name.clone()>
                {name.clone()}
            </td>
            <td role="cell" class="mono" data-label="ID">
                {id.to_string()}
            </td>
            <td role="cell" data-label="Kind">
                <span>
                    <span class="tag">{kind.as_str()}</span>
                </span>
            </td>
            <td role="cell" data-label="API Key">
                <Secret row=row.clone() now/>
            </td>
            <td role="cell" class="dim" data-label="Created">
                <span class="nowrap">
                    <Ago at=created_at now/>
                </span>
            </td>
            <td role="cell" class=hidden.then_some("dim") data-label="In selector">
                {if hidden { "Hidden" } else { "Shown" }}
            </td>
            <td role="cell" class="cell-actions" data-label="Actions">
                <div class="actions">
                    <IconLink
                        icon=IconKind::Rotate
                        href=over_list(format!("/settings/environments/{id}/rotate"))
                        tip="Rotate"
                        name=format!("Rotate API key for {name}")
                    />
                    <IconLink
                        icon=IconKind::Pencil
                        href=over_list(format!("/settings/environments/{id}/rename"))
                        tip="Rename"
                        name=format!("Rename {name}")
                    />
                    <Hide row/>
                </div>
            </td>
        </tr>
    }
}

/// Leaves the environment out of the selector, or shows it there again.
#[component]
fn Hide(row: EnvironmentRow) -> impl IntoView {
    let shared = Shared::of_context();
    let busy = RwSignal::new(false);
    let EnvironmentRow { id, name, hidden, .. } = row;
    let (icon, tip, word) = if hidden {
        (IconKind::Include, "Show in selector", "Show")
    } else {
        (IconKind::Exclude, "Hide from selector", "Hide")
    };
    let press = move |()| {
        busy.set(true);
        let id = id.clone();
        leptos::task::spawn_local(async move {
            match hide_environment(id, !hidden).await {
                Ok(name) if hidden => shared.toasts.good(format!("{name} is in the selector again.")),
                Ok(name) => shared.toasts.good(format!("{name} is hidden from the selector.")),
                Err(error) => shared.toasts.bad(error.message()),
            }
            busy.try_set(false);
            shared.environments_changed();
        });
    };
    view! { <IconButton icon tip name=format!("{word} {name}") busy press/> }
}
