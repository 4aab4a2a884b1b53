//! The tabs of the screen, and their URLs. The query of the list of keys is a part of each, so that a person returns to it.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use model::key_page::KeyDetails;

use super::super::address::{key_query, to_params};
use super::why;
use crate::ui::number::grouped;
use crate::ui::tabs::{Tab, Tabs};

/// The id of what the tabs show.
pub(super) const PANEL: &str = "key-panel";
/// The parameters of the URL.
pub(super) const TAB: &str = "tab";
pub(super) const RANGE: &str = "range";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyTab {
    Overview,
    Requests,
    History,
    Why,
}

impl KeyTab {
    /// The word in the URL. The first tab has none.
    pub(super) const fn slug(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Requests => "requests",
            Self::History => "history",
            Self::Why => "why",
        }
    }

    /// The id of the tab.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Overview => "tab-overview",
            Self::Requests => "tab-requests",
            Self::History => "tab-history",
            Self::Why => "tab-why",
        }
    }

    /// The tab of a URL. A question without a tab is one to "Why denied?".
    pub(super) fn of(query: &ParamsMap) -> Self {
        match query.get_str(TAB) {
            Some("requests") => Self::Requests,
            Some("history") => Self::History,
            Some("why") => Self::Why,
            None if why::question_in_url(query).is_some() => Self::Why,
            Some(_) | None => Self::Overview,
        }
    }

    /// The URL of the tab.
    fn href(self, key_id: &str, query: &ParamsMap) -> String {
        let mut params = to_params(&key_query(query));
        if self != Self::Overview {
            params.insert(TAB, self.slug().to_owned());
        }
        format!("/keys/{key_id}{}", params.to_query_string())
    }
}

/// The URL of the first tab with another range of its chart.
pub(super) fn range_link(key_id: &str, query: &ParamsMap, range: &str) -> String {
    let mut params = to_params(&key_query(query));
    params.insert(RANGE, range.to_owned());
    format!("/keys/{key_id}{}", params.to_query_string())
}

#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(super) fn KeyTabs(key: KeyDetails, shown: KeyTab) -> impl IntoView {
    let query = use_query_map().get_untracked();
    let id = key.row.id.to_string();
    let refused = (key.day.refused > 0).then(|| (grouped(key.day.refused), " refused in 24 hours"));
    let tab = |tab: KeyTab, title, count| Tab {
        href: tab.href(&id, &query),
        title,
        id: tab.id(),
        count,
    };
    let mut tabs = vec![
        tab(KeyTab::Overview, "Overview", None),
        tab(KeyTab::Requests, "Requests", refused),
    ];
    // A person who may not change the key may not see its history either.
    if key.history.is_some() {
        tabs.push(tab(KeyTab::History, "History", None));
    }
    tabs.push(tab(KeyTab::Why, "Why denied?", None));
    view! { <Tabs label="About the key" panel=PANEL tabs current=Signal::stored(shown.id())/> }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&'static str, &str)]) -> ParamsMap {
        let mut query = ParamsMap::new();
        for (name, value) in pairs {
            query.insert(*name, (*value).to_owned());
        }
        query
    }

    #[test]
    fn every_tab_is_read_back_from_its_url_and_old_urls_work() {
        for tab in [KeyTab::Overview, KeyTab::Requests, KeyTab::History, KeyTab::Why] {
            let href = tab.href("key_1", &query(&[("search", "shop")]));
            assert!(href.starts_with("/keys/key_1?search=shop"), "{href}");
            let pairs: &[_] = if tab == KeyTab::Overview {
                &[]
            } else {
                &[(TAB, tab.slug())]
            };
            assert_eq!(KeyTab::of(&query(pairs)), tab);
        }
        assert_eq!(KeyTab::of(&query(&[("method", "GET"), ("path", "/")])), KeyTab::Why);
        assert_eq!(KeyTab::of(&query(&[(TAB, "nothing")])), KeyTab::Overview);
        assert_eq!(range_link("key_1", &query(&[]), "7d"), "/keys/key_1?range=7d");
    }
}
