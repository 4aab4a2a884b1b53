//! The keys that best practices ask a person to watch.

use leptos::prelude::*;
use model::key_list::{Attention, Matching};

use crate::ui::head::card;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::number::grouped;

/// Links to these keys. What no key needs is left out.
#[component]
pub(super) fn NeedsAttention(attention: Vec<(Attention, Matching)>) -> impl IntoView {
    let line = |(what, keys): (Attention, Matching)| {
        let (count, word) = match keys {
            Matching::Exactly(1) => ("1".to_owned(), " key"),
            Matching::Exactly(count) => (grouped(count), " keys"),
            Matching::MoreThan(count) => (format!("{}+", grouped(count)), " keys"),
        };
        view! {
            <li>
                <a class="home-line" href=format!("/keys?attention={}", what.slug())>
                    <span class="home-line__name">{what.title()}</span>
                    " "
                    <span class="home-line__count">{count}<span class="vh">{word}</span></span>
                    <Icon kind=IconKind::ArrowRight/>
                </a>
            </li>
        }
    };
    let there: Vec<_> = attention
        .into_iter()
        .filter(|(_, keys)| *keys != Matching::Exactly(0))
        .collect();
    let content = if there.is_empty() {
        view! { <p class="home-line home-line--none">"No key needs attention."</p> }.into_any()
    } else {
        let lines = there.into_iter().map(line).collect_view();
        view! { <ul role="list">{lines}</ul> }.into_any()
    };
    card("card card--lines", "watch", "Needs attention", content)
}
