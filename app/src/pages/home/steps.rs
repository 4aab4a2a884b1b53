//! The first steps with a new installation, which tick themselves.

use leptos::prelude::*;
use model::home::FirstSteps;

use crate::pages::verify_example::VerifyExample;
use crate::ui::button::{Look, icon_and_words, link_button};
use crate::ui::icon::{Icon, IconKind};

#[component]
pub(super) fn Steps(steps: FirstSteps) -> impl IntoView {
    let done = format!(
        "{} of 5 done. Each step is ticked when it has happened.",
        steps.count_done()
    );
    let create = match (steps.key, steps.may_create) {
        (true, _) => ().into_any(),
        (false, true) => link_button(
            Look::Primary,
            "/keys/new",
            icon_and_words(IconKind::Plus, "Create API Key"),
        ),
        (false, false) => view! { <p>"Ask a developer or an admin to create one."</p> }.into_any(),
    };
    let arrival = if steps.request {
        "The first request has arrived.".into_any()
    } else {
        view! {
            <span class="needs-scripts">
                {steps.waits_for_request().then(|| view! { <Icon kind=IconKind::Spinner/> })} " It appears here by itself within seconds."
            </span>
            <span class="first-steps__reload">"Load this page again to see it."</span>
        }
        .into_any()
    };
    let invite = match (steps.invited, steps.may_invite) {
        (true, _) => ().into_any(),
        (false, true) => link_button(Look::Secondary, "/settings/users/invite", "Invite"),
        (false, false) => view! { <p>"An owner can invite people."</p> }.into_any(),
    };
    view! {
        <section class="card first-steps" aria-labelledby="first-steps">
            <h2 id="first-steps">"First steps"</h2>
            <p class="dim">{done}</p>
            <ol role="list">
                {step(
                    steps.key,
                    "Create your first API key",
                    view! {
                        <p>"A key lets one service call the API. Its token is shown only once."</p>
                        {create}
                    },
                )}
                {step(
                    steps.request,
                    "Send a request with it",
                    view! {
                        <p>"Set LATCHKEY_TOKEN to the token and ask the verifier, as a gateway does."</p>
                        {(!steps.request).then(|| view! { <VerifyExample endpoint=steps.endpoint id="first-request"/> })}
                    },
                )}
                {step(
                    steps.request,
                    "See it arrive",
                    view! {
                        <p role="status">{arrival}</p>
                    },
                )}
                {step(
                    steps.gateway,
                    "Connect your gateway",
                    view! {
                        <p>
                            "nginx, Caddy, Traefik or Envoy asks the verifier before each request. The screen of a key has the configuration, under “Use it”. This step is ticked when requests have come in two different hours. "
                            <a href="/keys">"Open API Keys"</a>
                        </p>
                    },
                )}
                {step(
                    steps.invited,
                    "Invite somebody",
                    view! {
                        <p>"A second person can stop a key when you are away."</p>
                        {invite}
                    },
                )}
            </ol>
        </section>
    }
}

fn step(done: bool, title: &'static str, content: impl IntoAny) -> AnyView {
    draw_step(done, title, content.into_any())
}

fn draw_step(done: bool, title: &'static str, content: AnyView) -> AnyView {
    let class = if done {
        "first-step first-step--done"
    } else {
        "first-step"
    };
    view! {
        <li class=class>
            <span class="first-step__mark">{done.then(|| view! { <Icon kind=IconKind::Check/> })}</span>
            <div>
                <h3>
                    {title}
                    {done.then(|| view! { <span class="vh">": done"</span> })}
                </h3>
                {content}
            </div>
        </li>
    }
    .into_any()
}
