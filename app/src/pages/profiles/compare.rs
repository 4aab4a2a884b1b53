//! What differs between two versions of a profile.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::profile::{Difference, Version};

/// Two versions to choose, and below them what is different. The address says which, so that it can be passed on.
#[component]
pub(super) fn Compare(
    /// The address of the profile's screen.
    path: String,
    versions: Vec<Version>,
) -> impl IntoView {
    let query = use_query_map();
    let navigate = use_navigate();
    let numbers: Vec<i64> = versions.iter().map(|version| version.number).collect();
    let newest = numbers.first().copied().unwrap_or_default();
    let previous = numbers.get(1).copied().unwrap_or(newest);
    let known = numbers.clone();
    let chosen = Memo::new(move |_| {
        let query = query.read();
        let number = |name: &str| {
            let number = query.get(name)?.parse::<i64>().ok()?;
            known.contains(&number).then_some(number)
        };
        (number("from").unwrap_or(previous), number("to").unwrap_or(newest))
    });
    let differences = Memo::new(move |_| {
        let (from, to) = chosen.get();
        let content = |number| versions.iter().find(|version| version.number == number);
        match (content(from), content(to)) {
            (Some(from), Some(to)) => from.content.differences(&to.content),
            _ => Vec::new(),
        }
    });
    let action = path.clone();
    let go = Callback::new(move |(from, to): (i64, i64)| {
        let options = NavigateOptions {
            replace: true,
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&format!("{path}?from={from}&to={to}"), options);
    });
    let choose_from = Callback::new(move |from| go.run((from, chosen.get_untracked().1)));
    let choose_to = Callback::new(move |to| go.run((chosen.get_untracked().0, to)));
    view! {
        <section class="card comparison" aria-labelledby="comparison">
            <h2 id="comparison">"What changed"</h2>
            <form class="compare" method="get" action=action>
                <Choice
                    name="from"
                    id="compare-from"
                    label="Compare"
                    numbers=numbers.clone()
                    chosen=Signal::derive(move || chosen.get().0)
                    choose=choose_from
                />
                <Choice
                    name="to"
                    id="compare-to"
                    label="with"
                    numbers
                    chosen=Signal::derive(move || chosen.get().1)
                    choose=choose_to
                />
                <noscript>
                    <button class="button button--secondary">"Show"</button>
                </noscript>
            </form>
            <p class="dim" role="status">
                {move || told(differences.read().len(), chosen.get())}
            </p>
            {move || {
                let differences = differences.get();
                (!differences.is_empty()).then(|| view! { <Changes differences/> })
            }}
        </section>
    }
}

#[component]
fn Choice(
    name: &'static str,
    id: &'static str,
    label: &'static str,
    numbers: Vec<i64>,
    chosen: Signal<i64>,
    choose: Callback<i64>,
) -> impl IntoView {
    let change = move |event| {
        if let Ok(number) = event_target_value(&event).parse() {
            choose.run(number);
        }
    };
    view! {
        <label for=id>{label}</label>
        <span class="select">
            <select id=id name=name on:change=change prop:value=move || chosen.get().to_string()>
                {numbers
                    .into_iter()
                    .map(|number| {
                        view! {
                            <option value=number.to_string() selected=move || chosen.get() == number>
                                {format!("Version {number}")}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </span>
    }
}

fn told(count: usize, (from, to): (i64, i64)) -> String {
    match count {
        0 => "Nothing differs.".to_owned(),
        1 => format!("1 change from version {from} to version {to}."),
        count => format!("{count} changes from version {from} to version {to}."),
    }
}

#[component]
fn Changes(differences: Vec<Difference>) -> impl IntoView {
    view! {
        <div class="table-card">
            <table class="table table--compact changes" aria-label="What changed">
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        <th scope="col">"Before"</th>
                        <th scope="col">"After"</th>
                    </tr>
                </thead>
                <tbody>
                    {differences
                        .into_iter()
                        .map(|(what, before, after)| {
                            view! {
                                <tr>
                                    <td class="changes__what">{what}</td>
                                    <td>{value(before)}</td>
                                    <td>{value(after)}</td>
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
    }
}

fn value(text: String) -> AnyView {
    if text.is_empty() {
        view! { <span class="dim">"None"</span> }.into_any()
    } else {
        view! { <span>{text}</span> }.into_any()
    }
}
