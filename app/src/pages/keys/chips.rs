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
    view! {
        <button class="chips" type="button" popovertarget=popover.clone()>
            <span class="tag clip" dir="auto">
                {first}
            </span>
            {(more > 0).then(|| tag(format!("+{more}")))}
            <span class="vh">{format!(", all endpoints of {name}")}</span>
        </button>
        <div class="popover popover--text" id=popover popover="auto">
            <ul role="list">
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
        </div>
    }
    .into_any()
}
