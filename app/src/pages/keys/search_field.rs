//! The field that searches the list while a person types. The URL holds the search, so the field only changes the URL.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::key_list::KeyQuery;

use super::address::{to_first_page, to_params, url_with_list_query};
use super::filters::HiddenQueryFields;
use crate::ui::icon::{Icon, IconKind};

/// The list is searched after nothing was typed for this long.
const PAUSE: Duration = Duration::from_millis(150);
/// A longer text that begins like a token is one.
const TOKEN_MIN: usize = 20;
const LAST_FOUR: usize = 4;

#[component]
pub(super) fn SearchField(query: Memo<KeyQuery>) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let navigate = use_navigate();
    // The search that this field has put into the URL just now. What is typed since then stays.
    let own = StoredValue::new(None::<String>);
    let typed = StoredValue::new(0_u32);
    let search = Callback::new(move |()| {
        let Some(field) = field.try_get_untracked().flatten() else {
            return;
        };
        let mut next = query.get_untracked();
        let text = searched(&field.value());
        if text == next.search {
            return;
        }
        // The way back leads to the list before the search, and not to each of its letters.
        let replace = !next.search.is_empty();
        next.search.clone_from(&text);
        own.set_value(Some(text));
        let mut params = to_params(&next);
        to_first_page(&mut params);
        let options = NavigateOptions {
            replace,
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&url_with_list_query("/keys", &params), options);
    });
    let next_turn = move || {
        typed.update_value(|typed| *typed = typed.wrapping_add(1));
        typed.get_value()
    };
    let wait = move |_| {
        let turn = next_turn();
        set_timeout(
            move || {
                // The field may be removed by now.
                if typed.try_get_value() == Some(turn) {
                    search.run(());
                }
            },
            PAUSE,
        );
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        next_turn();
        search.run(());
    };
    Effect::new(move |before: Option<String>| {
        let now = query.read().search.clone();
        let is_own = own.try_update_value(Option::take).flatten().as_ref() == Some(&now);
        if let (Some(field), false, true) = (
            field.get_untracked(),
            is_own,
            before.is_some_and(|before| before != now),
        ) {
            field.set_value(&now);
        }
        now
    });
    view! {
        <form class="search" method="get" action="/keys" role="search" on:submit=submit>
            <label class="vh" for="search">
                "Search keys"
            </label>
            <Icon kind=IconKind::Search/>
            <input
                class="input"
                id="search"
                name="search"
                type="search"
                placeholder="Any word, key ID or last four"
                autocomplete="off"
                spellcheck="false"
                aria-keyshortcuts="/"
                node_ref=field
                value=move || query.read().search.clone()
                on:input=wait
            />
            {move || view! { <HiddenQueryFields query=query.get() without=&["search"]/> }}
        </form>
    }
}

/// The text to search for. A pasted token is searched by its last four characters, since browsers remember URLs.
fn searched(text: &str) -> String {
    let text = text.trim();
    let is_token = text.len() > TOKEN_MIN && ["sk_", "lkm_"].iter().any(|prefix| text.starts_with(prefix));
    match text.char_indices().rev().nth(LAST_FOUR - 1) {
        Some((start, _)) if is_token => text[start..].to_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_put_into_the_url() {
        assert_eq!(searched(" sk_live_0123456789abcdefghijklmnopqrstuvwxyz "), "wxyz");
        assert_eq!(searched("lkm_0123456789abcdefghijklmnop"), "mnop");
        assert_eq!(searched(" sk_live "), "sk_live");
        assert_eq!(searched("key_0123456789"), "key_0123456789");
        assert_eq!(searched("é"), "é");
    }
}
