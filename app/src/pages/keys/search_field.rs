//! The field that searches the list while a person types. The URL holds the search, so the field only changes the URL.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::key_list::KeyQuery;

use super::address::{to_first_page, to_params, url_with_list_query};
use super::filters::HiddenQueryFields;
use crate::reaction::{KeySearch, Reaction, Reactor};
use crate::ui::search_form::SearchForm;

/// The list is searched after nothing was typed for this long.
const PAUSE: Duration = Duration::from_millis(150);
/// A longer text that begins like a token is one.
const TOKEN_MIN: usize = 20;
const LAST_FOUR: usize = 4;

#[component]
pub(super) fn SearchField(query: Memo<KeyQuery>) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let own = StoredValue::new(None::<String>);
    let turn = StoredValue::new(0_u32);
    let reactor = Reactor::of_context();
    let search = move |at_once| {
        reactor.run(Reaction::SearchKeys(KeySearch {
            field,
            query,
            own,
            turn,
            at_once,
        }));
    };
    let submit = Callback::new(move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        search(true);
    });
    let input = Callback::new(move |()| search(false));
    view! {
        <SearchForm
            path="/keys"
            label="Search keys"
            placeholder="Any word, key ID or last four"
            search=Signal::derive(move || query.read().search.clone())
            field
            own=Some(own)
            submit
            input=Some(input)
        >
            {move || view! { <HiddenQueryFields query=query.get() without=&["search"]/> }}
        </SearchForm>
    }
}

/// Puts what was typed into the URL, which loads the list: at once, or after nothing was typed for a while.
pub(crate) fn search_keys(search: KeySearch) {
    let KeySearch {
        field,
        query,
        own,
        turn,
        at_once,
    } = search;
    let next_turn = |turn: &mut u32| {
        *turn = turn.wrapping_add(1);
        *turn
    };
    let this_turn = turn.try_update_value(next_turn);
    let navigate = use_navigate();
    let search = move || {
        if turn.try_get_value() != this_turn {
            return;
        }
        // The field may be removed by now.
        let Some(field) = field.try_get_untracked().flatten() else {
            return;
        };
        let Some(mut next) = query.try_get_untracked() else {
            return;
        };
        let text = searched(&field.value());
        if text == next.search {
            return;
        }
        // The way back leads to the list before the search, and not to each of its letters.
        let replace = !next.search.is_empty();
        next.search.clone_from(&text);
        own.try_set_value(Some(text));
        let mut params = to_params(&next);
        to_first_page(&mut params);
        let options = NavigateOptions {
            replace,
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&url_with_list_query("/keys", &params), options);
    };
    if at_once {
        search();
    } else {
        set_timeout(search, PAUSE);
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
