//! The filters of the report: a GET form, so it works without scripts.

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::suggest::Choice;
use model::time::Timestamp;
use model::usage::{KEPT_DAYS, NO_ENDPOINT, Range, UsageQuery, UsageReport};
use web_sys::SubmitEvent;

use super::address::usage_link;
use super::presets::Presets;
use crate::ui::button::{Look, link_button, submit_button};
use crate::ui::choice::{Select, option, select};
use crate::ui::combobox::Combobox;
use crate::ui::field::field;
use crate::ui::find::FindOption;
use crate::ui::form::{DrawnQuery, reset_on_redraw, typed};
use crate::ui::icon::{Icon, IconKind};

#[component]
pub(super) fn Filters(
    loaded: Memo<Option<UsageReport>>,
    query: Memo<UsageQuery>,
    /// What is wrong with the query.
    problem: Memo<Option<String>>,
) -> impl IntoView {
    let choices = Memo::new(move |_| {
        let report = loaded.get();
        report.map(|report| report.choices).unwrap_or_default()
    });
    let any_customers = Memo::new(move |_| loaded.read().as_ref().is_some_and(|report| report.any_customers));
    // The form is drawn again when the query or the choices change, but not when there are new requests.
    let drawn = DrawnQuery::new();
    move || {
        let query = query.get();
        let is_new = drawn.replace(&query);
        // A person can correct the customer of a query to which there is no report.
        let with_customer = any_customers.get() || !query.customer.is_empty();
        view! {
            <Presets query=query.clone()/>
            <FilterForm query endpoints=choices.get() with_customer is_new problem/>
        }
    }
}

#[component]
fn FilterForm(
    query: UsageQuery,
    endpoints: Vec<(String, String)>,
    /// Whether the report can be filtered by a customer.
    with_customer: bool,
    is_new: bool,
    problem: Memo<Option<String>>,
) -> impl IntoView {
    let navigate = use_navigate();
    let form = NodeRef::<html::Form>::new();
    reset_on_redraw(form, is_new);
    let environment = query.environment.clone();
    let submit = move |event: SubmitEvent| {
        let Some(typed) = typed(&event) else {
            return;
        };
        event.prevent_default();
        let query = UsageQuery {
            range: typed.text("range").to_owned(),
            from: typed.text("from").to_owned(),
            to: typed.text("to").to_owned(),
            environment: environment.clone(),
            key: typed.text("key").trim().to_owned(),
            customer: typed.text("customer").trim().to_owned(),
            endpoint: typed.text("endpoint").to_owned(),
            endpoints_from: 0,
        };
        navigate(&usage_link("/usage", &query), NavigateOptions::default());
    };
    let filters = [&query.key, &query.customer, &query.endpoint];
    let cleared = filters.iter().any(|filter| !filter.is_empty()).then(|| {
        let all = UsageQuery {
            key: String::new(),
            customer: String::new(),
            endpoint: String::new(),
            ..query.clone()
        };
        usage_link("/usage", &all)
    });
    let UsageQuery {
        range,
        from,
        to,
        environment,
        key,
        customer,
        endpoint,
        ..
    } = query;
    let many = endpoints.len();
    let has_range = !range.is_empty() && Range::parse(&range).is_some();
    let date = move |name: &'static str, label: &'static str, value: String| {
        let described = move || {
            if problem.read().is_some() {
                "usage-problem days-hint"
            } else {
                "days-hint"
            }
        };
        // The sentence about a day begins with the label of its field.
        let is_wrong = move || {
            problem
                .read()
                .as_ref()
                .is_some_and(|problem| problem.starts_with(label))
        };
        let input = view! {
            <input
                class="input"
                id=name
                name=name
                type="date"
                aria-describedby=described
                aria-invalid=move || is_wrong().then_some("true")
                value=date_value(value)
            />
        };
        field(name, label, input)
    };
    let endpoints = with_chosen(endpoints, &endpoint).into_iter().map(|(name, title)| {
        let chosen = name == endpoint;
        view! {
            <option value=name selected=chosen>
                {title}
            </option>
        }
    });
    let endpoints = select(
        Select {
            id: Some("endpoint"),
            name: "endpoint",
            ..Select::default()
        },
        view! {
            {option("", "All endpoints", false)}
            {endpoints.collect_view()}
        },
    );
    let chosen_endpoint = view! {
        {endpoints}
        <FindOption select="endpoint" label="Find an endpoint" many/>
    };
    let chosen_key = view! {
        <Combobox name="key" choice=Choice::Key label="Keys" value=key placeholder="All keys, or a name or ID"/>
    };
    let customer = with_customer.then(|| {
        let chosen = view! {
            <Combobox
                name="customer"
                choice=Choice::Customer
                label="Customers"
                value=customer
                placeholder="All customers, or a name or ID"
            />
        };
        field("customer", "Customer", chosen)
    });
    view! {
        <form
            class="usage-filters"
            method="get"
            action="/usage"
            role="search"
            aria-label="Usage"
            node_ref=form
            on:submit=submit
        >
            {environment.map(|name| view! { <input type="hidden" name="environment" value=name/> })}
            // Counts as long as both days are empty.
            {has_range.then(|| view! { <input type="hidden" name="range" value=range/> })}
            {date("from", "From", from)}
            {date("to", "To", to)}
            {field("endpoint", "Endpoint", chosen_endpoint)}
            {field("key", "Key", chosen_key)}
            {customer}
            <p class="field__hint usage-filters__days" id="days-hint">
                {format!("Days begin and end in UTC. Usage is kept for {KEPT_DAYS} days.")}
            </p>
            {move || {
                problem
                    .get()
                    .map(|problem| {
                        view! {
                            <p class="field__error usage-filters__problem" id="usage-problem" role="alert">
                                <Icon kind=IconKind::Alert/>
                                {problem}
                            </p>
                        }
                    })
            }}
            <div class="usage-filters__foot">
                {submit_button(Look::Secondary, None, "Show")}
                {cleared.map(|href| link_button(Look::Quiet, href, "Clear"))}
            </div>
        </form>
    }
}

/// The date if a date field can show it. For any other value, browsers report an error.
fn date_value(text: String) -> Option<String> {
    Timestamp::end_of_day(&text, 0).map(|_| text)
}

/// The endpoints, "No endpoint", and the endpoint in the URL, even if it is unknown.
fn with_chosen(mut choices: Vec<(String, String)>, chosen: &str) -> Vec<(String, String)> {
    choices.push((NO_ENDPOINT.to_owned(), "No endpoint".to_owned()));
    if !chosen.is_empty() && choices.iter().all(|(name, _)| name != chosen) {
        choices.push((chosen.to_owned(), chosen.to_owned()));
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_in_the_url_is_always_offered() {
        let names = |chosen: &str| -> Vec<String> {
            let choices = vec![("chat".to_owned(), "Chat".to_owned())];
            with_chosen(choices, chosen).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(""), ["chat", "-"]);
        assert_eq!(names("chat"), ["chat", "-"]);
        assert_eq!(names("gone"), ["chat", "-", "gone"]);
    }
}
