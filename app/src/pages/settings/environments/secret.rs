//! The key of an environment. It is masked until a person reveals it.

use std::time::Duration;

use leptos::prelude::*;
use model::environment::EnvironmentRow;
use model::id::EnvironmentId;
use model::time::Timestamp;

use super::EnvironmentsTab;
use crate::error::AppError;
use crate::server_fns::environments::{note_environment_key_copied, reveal_environment_key};
use crate::shared::Shared;
use crate::ui::action::IconButton;
use crate::ui::confirm_password::Confirm;
use crate::ui::copy::{AwaitedCopyOutcome, copy_awaited, copy_text, say_for_a_while};
use crate::ui::day::exact;
use crate::ui::icon::IconKind;
use crate::ui::time::Ago;
use crate::ui::toast::Toasts;

/// How many characters of a token are replaced, so that a masked token is as wide as a revealed one.
const MASKED: usize = 32;

/// How long a token waits for a second click if the browser did not copy it after the first.
const HELD: Duration = Duration::from_secs(30);

#[component]
pub(super) fn Secret(row: EnvironmentRow, now: Timestamp) -> impl IntoView {
    let tab = EnvironmentsTab::of_context();
    let its = row.id.clone();
    let token = Memo::new(move |_| tab.token(&its));
    let EnvironmentRow {
        prefix,
        last_four,
        last_used_at,
        old_token_ends_at,
        ..
    } = row.clone();
    let used = match last_used_at {
        Some(at) => view! { "last used " <Ago at now/> }.into_any(),
        None => "never used".into_any(),
    };
    let old = old_token_ends_at
        .filter(|end| *end > now)
        .map(|end| view! { <span class="sub soon">"the old token works until " {exact(end)}</span> });
    view! {
        <span>
            <span class="secret">
                {move || match token.get() {
                    Some(token) => view! { <span class="mono secret--shown">{token}</span> }.into_any(),
                    None => {
                        view! {
                            <span class="mono secret--masked">
                                {prefix.clone()} <span aria-hidden="true">{"•".repeat(MASKED)}</span>
                                <span class="vh">"…"</span> {last_four.clone()}
                            </span>
                        }
                            .into_any()
                    }
                }}
                <Reveal row=row.clone() token/>
                <Copy row/>
            </span>
            <span class="sub">{used}</span>
            {old}
        </span>
    }
}

#[component]
fn Reveal(row: EnvironmentRow, token: Memo<Option<String>>) -> impl IntoView {
    let tab = EnvironmentsTab::of_context();
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let busy = RwSignal::new(false);
    let EnvironmentRow { id, name, .. } = row;
    let shown = move || token.read().is_some();
    let press = move |()| {
        if token.get_untracked().is_some() {
            tab.hide(&id);
            return;
        }
        busy.set(true);
        let id = id.clone();
        leptos::task::spawn_local(async move {
            match confirm.run(|| reveal_environment_key(id.clone())).await {
                Ok(key) => tab.show(id, key.token),
                Err(error) if error.needs_password() => {}
                Err(error) => shared.toasts.add_error(error.message()),
            }
            busy.try_set(false);
        });
    };
    let icon = Signal::derive(move || if shown() { IconKind::EyeOff } else { IconKind::Eye });
    let tip = Signal::derive(move || if shown() { "Hide" } else { "Reveal" });
    let name = Signal::derive(move || format!("{} API key for {name}", tip.get()));
    view! { <IconButton icon tip name busy press/> }
}

/// The button that copies the token, whether it is revealed or not. Some browsers refuse to copy after the server has answered.
/// They copy the token at a second click.
#[component]
fn Copy(row: EnvironmentRow) -> impl IntoView {
    let toasts = Shared::of_context().toasts;
    let confirm = Confirm::of_context();
    let busy = RwSignal::new(false);
    let copied = RwSignal::new(false);
    let held = StoredValue::new(None::<String>);
    let EnvironmentRow { id, name, .. } = row;
    let press = move |()| {
        let id = id.clone();
        if let Some(token) = held.try_update_value(Option::take).flatten() {
            let copying = copy_text(token);
            leptos::task::spawn_local(async move {
                if copying.await {
                    was_copied(copied, id, toasts).await;
                } else {
                    toasts.add_error("This browser does not let the key be copied. Reveal it, and copy it by hand.");
                }
            });
            return;
        }
        busy.set(true);
        let its = id.clone();
        let copying = copy_awaited(async move {
            let key = confirm.run(|| reveal_environment_key(its.clone())).await?;
            Ok::<_, AppError>(key.token)
        });
        leptos::task::spawn_local(async move {
            match copying.await {
                Ok(AwaitedCopyOutcome::Copied) => was_copied(copied, id, toasts).await,
                Ok(AwaitedCopyOutcome::Late(token)) if copy_text(token.clone()).await => {
                    was_copied(copied, id, toasts).await;
                }
                Ok(AwaitedCopyOutcome::Late(token)) => {
                    held.try_set_value(Some(token));
                    set_timeout(move || held.try_set_value(None).map_or((), drop), HELD);
                    toasts.add_error("Not copied yet: this browser copies only right after a click. Press Copy again.");
                }
                Err(error) if error.needs_password() => {}
                Err(error) => toasts.add_error(error.message()),
            }
            busy.try_set(false);
        });
    };
    let icon = Signal::derive(move || if copied.get() { IconKind::Check } else { IconKind::Copy });
    let tip = Signal::derive(move || if copied.get() { "Copied" } else { "Copy" });
    view! {
        <IconButton icon tip name=format!("Copy API key for {name}") busy press/>
        <span class="vh" aria-live="polite">
            {move || copied.get().then_some("Copied")}
        </span>
    }
}

/// Records in the audit log that the browser has copied the token, and then shows that on the button.
async fn was_copied(copied: RwSignal<bool>, id: EnvironmentId, toasts: Toasts) {
    let noted = note_environment_key_copied(id).await;
    say_for_a_while(copied);
    if noted.is_err() {
        toasts.add_error("Copied, but the audit log says only that the key was revealed.");
    }
}
