//! The timeline: the steps of the provisioning of a new token.

use leptos::prelude::*;
use model::progress::{Progress, StepState};

use super::icon::{Icon, IconKind};

#[component]
pub(crate) fn Timeline(#[prop(into)] progress: Signal<Progress>) -> impl IntoView {
    view! {
        <ol class="steps" role="list">
            {move || {
                let Progress { steps, reason, .. } = progress.get();
                let last = steps.len().saturating_sub(1);
                steps
                    .into_iter()
                    .enumerate()
                    .map(|(index, step)| {
                        let (class, mark, said) = drawn(step.state);
                        let why = reason.clone().filter(|_| index == last && step.state == StepState::Failed);
                        view! {
                            <li class=format!("step step--{class}")>
                                <span class="step__mark">{mark.map(|kind| view! { <Icon kind/> })}</span>
                                <span>
                                    <span>{step.title}</span>
                                    <span class="vh">{said}</span>
                                </span>
                                <span class="step__detail">{step.detail}</span>
                                {why.map(|why| view! { <p class="step__why">{why}</p> })}
                            </li>
                        }
                    })
                    .collect_view()
            }}
        </ol>
    }
}

const fn drawn(state: StepState) -> (&'static str, Option<IconKind>, &'static str) {
    match state {
        StepState::Done => ("done", Some(IconKind::Check), ": done"),
        StepState::Running => ("active", Some(IconKind::Spinner), ": running"),
        StepState::Waiting => ("waiting", None, ": waiting"),
        StepState::Failed => ("failed", Some(IconKind::Close), ": failed"),
    }
}
