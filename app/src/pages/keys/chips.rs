//! The endpoints of a key in its row, as one element: a tag with the first one and the number of others.

use leptos::prelude::*;
use model::key_list::GrantedTitles;

use crate::ui::badge::tag;

/// A title of up to this many characters fits on most screens, with a number beside it.
const SHORT: usize = 12;

/// A tag. If it does not show everything, it is a link to the endpoints on the key's screen. With scripts, the link opens a popover
/// instead, see `endpoints_popover`.
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(super) fn Chips(
    /// The URL of the key's screen.
    key_url: String,
    /// The key's name.
    name: String,
    granted: Option<GrantedTitles>,
) -> impl IntoView {
    let Some(GrantedTitles { first: titles, count }) = granted else {
        return tag("All endpoints");
    };
    let first = titles.first().cloned().unwrap_or_default();
    let others = count.saturating_sub(1);
    if others == 0 && first.chars().count() <= SHORT {
        return tag(first);
    }
    let words = if others == 0 {
        first
    } else {
        format!("{} +{others}", shortened(&first))
    };
    let label = format!("{words}, all endpoints of {name}");
    // The title is also what is printed.
    let mut all = titles.join(", ");
    let unnamed = count.saturating_sub(titles.len());
    if unnamed > 0 {
        all = format!("{all} and {unnamed} more");
    }
    view! {
        <a
            class="tag clip chips"
            href=format!("{key_url}#endpoints")
            title=all
            aria-label=label
            dir="auto"
        >
            {words}
        </a>
    }
    .into_any()
}

/// The beginning of a long title. The style sheet would cut off the number behind it, too.
fn shortened(title: &str) -> String {
    match title.char_indices().nth(SHORT) {
        Some((end, _)) => format!("{}…", title[..end].trim_end()),
        None => title.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(titles: &[&str]) -> String {
        let granted = GrantedTitles::from(titles.iter().map(|&title| title.to_owned()).collect::<Vec<_>>());
        view! { <Chips key_url="/keys/key_1".to_owned() name="Shop".to_owned() granted=Some(granted)/> }
            .to_html()
            .replace("<!>", "")
    }

    #[test]
    fn one_short_endpoint_is_a_tag() {
        let html = drawn(&["Chat"]);
        assert!(html.starts_with("<span") && html.contains("Chat"), "{html}");
    }

    #[test]
    fn several_endpoints_are_one_link_that_names_all_of_them() {
        let html = drawn(&["Chat", "Image", "Check bias"]);
        assert_eq!(html.matches("</").count(), 1, "{html}");
        for part in [
            "href=\"/keys/key_1#endpoints\"",
            "title=\"Chat, Image, Check bias\"",
            "aria-label=\"Chat +2, all endpoints of Shop\"",
            ">Chat +2</a>",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn a_long_title_leaves_room_for_the_number() {
        assert!(drawn(&["Webhook subscriptions", "Chat"]).contains(">Webhook subs… +1</a>"));
        assert!(drawn(&["Webhook subscriptions"]).contains(">Webhook subscriptions</a>"));
    }

    #[test]
    fn a_row_names_only_the_first_of_very_many_endpoints() {
        assert!(drawn(&["x"; 60]).contains(", x and 40 more\""));
    }
}
