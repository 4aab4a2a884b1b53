//! The endpoints of a key in its row: the first one, the number of others, and a popover with all titles.

use leptos::prelude::*;
use model::id::KeyId;
use model::key_list::GrantedTitles;

use crate::ui::badge::tag;

/// A title of up to this many characters fits on most screens.
const SHORT: usize = 12;

/// Chips on one line. If they do not show everything, they are a button that opens the popover, which works without scripts.
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(super) fn Chips(
    key_id: KeyId,
    /// The key's name.
    name: String,
    granted: Option<GrantedTitles>,
) -> impl IntoView {
    let Some(GrantedTitles { first: titles, count }) = granted else {
        return tag("All endpoints");
    };
    let first = titles.first().cloned().unwrap_or_default();
    let more = count.saturating_sub(1);
    if more == 0 && first.chars().count() <= SHORT {
        return tag(first);
    }
    let unnamed = count.saturating_sub(titles.len());
    let popover = format!("endpoints-{key_id}");
    let plus = (more > 0).then(|| format!("+{more}"));
    let label = match &plus {
        Some(plus) => format!("{first} {plus}, all endpoints of {name}"),
        None => format!("{first}, all endpoints of {name}"),
    };
    // A list has many of these, so they have as few elements as they can.
    view! {
        <button class="chips" type="button" popovertarget=popover.clone() aria-label=label>
            <span class="tag clip" dir="auto">
                {first}
            </span>
            {plus.map(tag)}
        </button>
        <ul class="popover popover--text" id=popover popover="auto" role="list">
            {titles.into_iter().map(|title| view! { <li dir="auto">{title}</li> }).collect_view()}
            {(unnamed > 0)
                .then(|| {
                    view! {
                        <li>
                            <a href=format!("/keys/{key_id}#endpoints")>{format!("and {unnamed} more")}</a>
                        </li>
                    }
                })}
        </ul>
    }
    .into_any()
}
