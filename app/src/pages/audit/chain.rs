//! Checks the whole chain of the log after the screen is shown.

use leptos::prelude::*;
use model::audit::ChainCheck;
use model::time::Timestamp;

use super::Page;
use crate::error::AppError;
use crate::server_fns::audit::check_audit_chain;
use crate::ui::number::grouped;

#[derive(Clone, Debug, PartialEq)]
enum Check {
    Running,
    Done(Result<ChainCheck, AppError>),
}

#[component]
pub(super) fn Chain(page: Page) -> impl IntoView {
    let check = RwSignal::new(None::<Check>);
    let now = RwSignal::new(Timestamp(0));
    Effect::new(move |_| {
        // A person who may not see the log may not check it.
        let Some(Ok(page)) = page.get() else {
            return;
        };
        now.set(page.now);
        if check.get_untracked().is_some() {
            return;
        }
        check.set(Some(Check::Running));
        leptos::task::spawn_local(async move {
            let found = check_audit_chain().await;
            check.try_set(Some(Check::Done(found)));
        });
    });
    view! {
        <div class="chain" role="status">
            {move || match check.get() {
                None => ().into_any(),
                Some(Check::Running) => view! { <span class="dim">"Checking the chain…"</span> }.into_any(),
                Some(Check::Done(Err(error))) => {
                    view! {
                        <span class="dot dot--warn"></span>
                        <span>{format!("The chain could not be checked: {}", error.message())}</span>
                    }
                        .into_any()
                }
                Some(Check::Done(Ok(ChainCheck { broken: Some(broken), .. }))) => {
                    view! {
                        <span class="dot dot--bad"></span>
                        <strong class="chain__broken">{broken.sentence()}</strong>
                    }
                        .into_any()
                }
                Some(Check::Done(Ok(ChainCheck { at, events, broken: None }))) => {
                    let events = events.unsigned_abs();
                    let word = if events == 1 { "event" } else { "events" };
                    view! {
                        <span class="dot dot--ok"></span>
                        <strong>"chain intact"</strong>
                        <span class="dim num">
                            {grouped(events)} " " {word} ", checked "
                            {move || at.relative_to(now.get().max(at))}
                        </span>
                    }
                        .into_any()
                }
            }}
        </div>
    }
}
