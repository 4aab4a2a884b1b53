//! The row of one environment.

use leptos::prelude::*;
use model::environment::EnvironmentRow;
use model::time::Timestamp;

use super::read::in_selector;
use super::secret::Secret;
use crate::server_fns::environments::hide_environment;
use crate::shared::Shared;
use crate::ui::action::{IconButton, IconLink};
use crate::ui::badge::tag;
use crate::ui::copy::copy_icon;
use crate::ui::icon::IconKind;
use crate::ui::list::over_list;
use crate::ui::table::{actions_cell, cell, titled_cell};
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
    let actions = view! {
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
        <Hide row=row.clone()/>
    };
    view! {
        <tr role="row">
            {titled_cell("Name", "cell-name", name.clone(), name)}
            {cell("ID", "mono", view! { {id.to_string()} {copy_icon(id.as_str())} })}
            {cell("Kind", "", view! { <span>{tag(kind.as_str())}</span> })}
            {cell("API Key", "", view! { <Secret row now/> })}
            {cell("Created", "dim", view! { <span class="nowrap"><Ago at=created_at now/></span> })}
            {in_selector(hidden)}
            {actions_cell(actions)}
        </tr>
    }
}

/// Hides the environment from the selector, or shows it there again.
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
                Ok(name) if hidden => shared.toasts.add_success(format!("{name} is in the selector again.")),
                Ok(name) => shared
                    .toasts
                    .add_success(format!("{name} is hidden from the selector.")),
                Err(error) => shared.toasts.add_error(error.message()),
            }
            busy.try_set(false);
            shared.reload_screen_and_frame();
        });
    };
    view! { <IconButton icon tip name=format!("{word} {name}") busy press/> }
}
