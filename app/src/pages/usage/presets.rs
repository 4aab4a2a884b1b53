//! The ranges that end now, as links, and the days that are shown in place of them.

use leptos::prelude::*;
use model::time::Timestamp;
use model::usage::{Range, UsageQuery};

use super::address::{in_range, usage_link};

#[component]
pub(super) fn Presets(query: UsageQuery) -> impl IntoView {
    let days = days_in_words(&query);
    let has_days = !query.from.is_empty() || !query.to.is_empty();
    let chosen = Range::parse(&query.range).filter(|_| !has_days);
    let links = Range::ALL.into_iter().map(move |range| {
        let href = usage_link("/usage", &in_range(&query, range));
        let current = (chosen == Some(range)).then_some("true");
        view! {
            <li>
                <a class="preset" href=href aria-current=current>
                    {range.title()}
                </a>
            </li>
        }
    });
    view! {
        <nav class="presets" aria-label="Range">
            <ul role="list">
                {links.collect_view()}
                {days
                    .map(|days| {
                        view! {
                            <li>
                                <span class="preset" aria-current="true">
                                    {days}
                                </span>
                            </li>
                        }
                    })}
            </ul>
        </nav>
    }
}

/// The days that a query names; `None` if it names none, or something else.
fn days_in_words(query: &UsageQuery) -> Option<String> {
    let day = |text: &str| Timestamp::end_of_day(text.trim(), 0).map(Timestamp::date);
    match (query.from.as_str(), query.to.as_str()) {
        (from, "") => Some(format!("Since {}", day(from)?)),
        ("", to) => Some(format!("Until {}", day(to)?)),
        (from, to) if from == to => day(from),
        (from, to) => Some(format!("{} – {}", day(from)?, day(to)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_of_a_query_are_told_in_words() {
        let told = |from: &str, to: &str| {
            days_in_words(&UsageQuery {
                from: from.to_owned(),
                to: to.to_owned(),
                ..UsageQuery::default()
            })
        };
        assert_eq!(told("", ""), None);
        assert_eq!(told("yesterday", ""), None);
        assert_eq!(told("2026-11-20", "").as_deref(), Some("Since 20 Nov 2026"));
        assert_eq!(told("", "2026-11-20").as_deref(), Some("Until 20 Nov 2026"));
        assert_eq!(told("2026-11-20", "2026-11-20").as_deref(), Some("20 Nov 2026"));
        assert_eq!(
            told("2026-11-01", "2026-11-20").as_deref(),
            Some("1 Nov 2026 – 20 Nov 2026")
        );
    }
}
