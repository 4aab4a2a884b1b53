//! The filters. Each is a small GET form, since the URL of the list holds its query.

use leptos::prelude::*;
use model::key_list::{Attention, Choices, Expiry, KeyPage, KeyQuery};
use model::status::Status;
use model::suggest::Choice;

use super::address::{to_first_page, to_params, url_with_list_query};
use super::filter::{Filter, Group};
use crate::ui::icon::IconKind;

/// What the filters offer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Offers {
    endpoints: Choices,
    profiles: Choices,
    tags: Choices,
    customers: Choices,
    creators: Choices,
    /// The name of the customer in the query.
    customer: Option<String>,
}

impl From<&KeyPage> for Offers {
    fn from(page: &KeyPage) -> Self {
        Self {
            endpoints: page.endpoints.clone(),
            profiles: page.profiles.clone(),
            tags: page.tags.clone(),
            customers: page.customers.clone(),
            creators: page.creators.clone(),
            customer: page.customer.clone(),
        }
    }
}

#[component]
pub(super) fn Filters(
    query: KeyQuery,
    offers: Offers,
    /// Whether the filters were drawn with another query before.
    is_new: bool,
    /// Whether the content of the menus is drawn.
    is_drawn: RwSignal<bool>,
) -> impl IntoView {
    let Offers {
        endpoints,
        mut profiles,
        tags,
        customers,
        mut creators,
        customer,
    } = offers;
    profiles.options.push(("none".to_owned(), "None".to_owned()));
    creators.options.insert(0, (String::new(), "Anyone".to_owned()));
    let attention = Attention::parse(&query.attention).map(|attention| attention.title().to_owned());
    let params = to_params(&query);
    // A filter whose name says more than that something is chosen in a menu. A click removes it.
    let removable = move |name: &'static str, words: String| {
        let mut params = params.clone();
        params.remove(name);
        to_first_page(&mut params);
        view! {
            <a
                class="button button--secondary filter"
                data-on=""
                data-icon=IconKind::Close.name()
                href=url_with_list_query("/keys", &params)
            >
                <span class="clip">
                    {words}
                    <span class="vh">", show all keys"</span>
                </span>
            </a>
        }
    };
    let status = statuses(&query);
    let of_customer = (customers.more || !customers.options.is_empty()).then(|| Group {
        name: "customer",
        title: "Customer",
        choices: customers,
        search: Some(Choice::Customer),
        chosen: Vec::new(),
        // A list is about one customer only.
        is_one: true,
    });
    let mut more = vec![
        Group {
            name: "creator",
            title: "Created by",
            choices: creators,
            search: Some(Choice::Creator),
            chosen: vec![query.creator.clone()],
            is_one: true,
        },
        one_of(
            "expiry",
            "Expires",
            "Any time",
            Expiry::ALL.map(|it| (it.slug(), it.title())),
            &query.expiry,
        ),
        one_of(
            "attention",
            "Needs attention",
            "Any key",
            Attention::ALL.map(|it| (it.slug(), it.title())),
            &query.attention,
        ),
        Group {
            name: "profile",
            title: "Bias profile",
            choices: profiles,
            search: Some(Choice::BiasProfile),
            chosen: query.profile.to_vec(),
            is_one: false,
        },
        Group {
            name: "endpoint",
            title: "Endpoint",
            choices: endpoints,
            search: Some(Choice::Endpoint),
            chosen: query.endpoint.to_vec(),
            is_one: false,
        },
    ];
    more.extend(tagged(tags, &query));
    view! {
        <Filter id="filter-status" title="Status" groups=vec![status] query=query.clone() is_new is_drawn/>
        {of_customer
            .map(|group| {
                view! {
                    <Filter id="filter-customer" title="Customer" groups=vec![group] query=query.clone() is_new is_drawn/>
                }
            })}
        <Filter id="filter-more" title="More filters" groups=more query is_new is_drawn/>
        {[("customer", customer.map(|name| format!("Customer: {name}"))), ("attention", attention)]
            .into_iter()
            .filter_map(|(name, words)| Some(removable(name, words?)))
            .collect_view()}
    }
}

/// `None` where no key has a tag.
fn tagged(tags: Choices, query: &KeyQuery) -> Option<Group> {
    (tags.more || !tags.options.is_empty()).then(|| Group {
        name: "tag",
        title: "Tag",
        choices: tags,
        search: Some(Choice::Tag),
        chosen: query.tag.to_vec(),
        is_one: false,
    })
}

fn statuses(query: &KeyQuery) -> Group {
    let statuses = Status::ALL
        .into_iter()
        .map(|it| (it.slug().to_owned(), it.title().to_owned()));
    Group {
        name: "status",
        title: "Status",
        choices: all(statuses.collect()),
        search: None,
        chosen: query.status.to_vec(),
        is_one: false,
    }
}

/// A choice among fixed values, of which the first filters nothing.
fn one_of<const N: usize>(
    name: &'static str,
    title: &'static str,
    any: &'static str,
    values: [(&'static str, &'static str); N],
    chosen: &str,
) -> Group {
    let any = [("", any)].into_iter();
    let options = any
        .chain(values)
        .map(|(value, words)| (value.to_owned(), words.to_owned()));
    Group {
        name,
        title,
        choices: all(options.collect()),
        search: None,
        chosen: vec![chosen.to_owned()],
        is_one: true,
    }
}

fn all(options: Vec<(String, String)>) -> Choices {
    Choices { options, more: false }
}

/// The other parts of the query as hidden fields, so that a form keeps what the other forms have set. The page is left out, so
/// that a search starts on the first page.
#[component]
pub(super) fn HiddenQueryFields(query: KeyQuery, without: &'static [&'static str]) -> impl IntoView {
    let mut kept: Vec<(&'static str, String)> = Vec::new();
    kept.extend(query.environment.map(|name| ("environment", name)));
    for (name, value) in [
        ("search", query.search),
        ("customer", query.customer),
        ("creator", query.creator),
        ("expiry", query.expiry),
        ("attention", query.attention),
        ("sort", query.sort),
        ("size", query.size),
    ] {
        if !value.is_empty() {
            kept.push((name, value));
        }
    }
    kept.extend(query.profile.into_iter().map(|profile| ("profile", profile)));
    kept.extend(query.tag.into_iter().map(|tag| ("tag", tag)));
    kept.extend(query.status.into_iter().map(|status| ("status", status)));
    kept.extend(query.endpoint.into_iter().map(|endpoint| ("endpoint", endpoint)));
    kept.into_iter()
        .filter(|(name, _)| !without.contains(name))
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view()
}
