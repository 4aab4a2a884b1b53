//! Badges: a status, which is a dot and a word, and tags.

use leptos::prelude::*;
use model::end_date::SOON;
use model::status::Status;
use model::time::{Timestamp, days_left};

use super::day::Day;

/// The status of a key, and below it when the key ends.
#[component]
pub(crate) fn StatusBadge(status: Status, expires_at: Option<Timestamp>, now: Timestamp) -> impl IntoView {
    badge(
        status.slug(),
        status.title(),
        expires_at.and_then(|end| until(status, end, now)),
    )
}

/// The cell of a table that is the status of a key. It shows what a [`StatusBadge`] shows, without an element for it, since a list has
/// many.
pub(crate) fn status_cell(status: Status, expires_at: Option<Timestamp>, now: Timestamp) -> AnyView {
    view! {
        <td role="cell" class=class(status.slug()) data-label="Status">
            {status.title()}
            {expires_at.and_then(|end| until(status, end, now))}
        </td>
    }
    .into_any()
}

/// A dot with the colour of a status, the words beside it, and, if given, a text below. The style sheet draws the dot.
pub(crate) fn badge(slug: &str, words: &'static str, below: Option<AnyView>) -> AnyView {
    view! {
        <span class=class(slug)>
            {words}
            {below}
        </span>
    }
    .into_any()
}

fn class(slug: &str) -> String {
    format!("status status--{slug}")
}

/// A short word that describes the text beside it.
pub(crate) fn tag(words: impl Into<Oco<'static, str>>) -> AnyView {
    let words = words.into();
    view! { <span class="tag">{words}</span> }.into_any()
}

/// The words about the end date. A date within 14 days is highlighted.
fn until(status: Status, end: Timestamp, now: Timestamp) -> Option<AnyView> {
    let left = end.since(now);
    match status {
        Status::Failed => None,
        Status::Expired => Some(view! { <span class="sub">"since " <Day at=end/></span> }.into_any()),
        _ if left > SOON => Some(view! { <span class="sub">"until " <Day at=end/></span> }.into_any()),
        _ => {
            let text = match days_left(left) {
                1 => "ends within a day".to_owned(),
                days => format!("ends in {days} days"),
            };
            Some(view! { <span class="sub sub--soon">{text}</span> }.into_any())
        }
    }
}

#[cfg(test)]
mod tests {
    use model::time::DAY;

    use super::*;

    #[test]
    fn the_cell_of_a_status_has_an_element_only_for_an_end_date() {
        let now = Timestamp(0);
        let html = status_cell(Status::Active, None, now).to_html();
        assert!(
            html.starts_with("<td") && html.contains("status--active") && html.contains("Active"),
            "{html}"
        );
        assert!(!html.contains("<span"), "{html}");
        let html = status_cell(Status::Active, Some(now.plus(9 * DAY)), now).to_html();
        assert!(html.contains("ends in 9 days<"), "{html}");
    }
}
