//! The keys with the most refused requests.

use leptos::prelude::*;
use model::home::{RefusedKey, RefusedName};
use model::time::Timestamp;

use crate::ui::number::grouped;
use crate::ui::time::Ago;

#[component]
pub(super) fn MostRefused(keys: Vec<RefusedKey>, now: Timestamp) -> impl IntoView {
    let content = if keys.is_empty() {
        view! { <p class="home-line home-line--none">"Nothing was refused."</p> }.into_any()
    } else {
        let lines = keys.into_iter().map(|key| view! { <Line key now/> }).collect_view();
        view! { <ul role="list">{lines}</ul> }.into_any()
    };
    view! {
        <section class="card card--lines" aria-labelledby="refused">
            <div class="card__head">
                <h2 id="refused">"Most refused keys"</h2>
                <span class="dim">"24 hours"</span>
            </div>
            {content}
        </section>
    }
}

/// A key that exists leads to its screen, and everything else to the usage of it.
#[component]
fn Line(key: RefusedKey, now: Timestamp) -> impl IntoView {
    let (href, name) = match key.name {
        RefusedName::Key { id, name } => (format!("/keys/{id}"), name),
        RefusedName::Environment { id, environment } => {
            (format!("/usage?key={id}"), format!("Environment key of {environment}"))
        }
        RefusedName::Deleted(id) => (format!("/usage?key={id}"), "A deleted key".to_owned()),
        RefusedName::Unknown => ("/usage?environment=".to_owned(), "Unknown key".to_owned()),
    };
    let reason = key.reason.words();
    let when = key.reason.expired_at.map(|at| view! { " " <Ago at now/> });
    let count = grouped(key.requests);
    view! {
        <li>
            <a class="home-line" href=href>
                <span class="home-line__name" title=name.clone()>
                    <bdi>{name.clone()}</bdi>
                </span>
                " "
                <span class="home-line__why">{reason} {when}</span>
                " "
                <span class="home-line__count">{count}<span class="vh">" refused"</span></span>
            </a>
        </li>
    }
}
