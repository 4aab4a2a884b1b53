//! The comparison of two versions of a profile.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::id::ProfileId;
use model::list::FEW;
use model::profile::{Comparison, Difference};

use crate::server_fns::profiles::compare_versions;
use crate::ui::button::{Look, submit_button};
use crate::ui::head::card;
use crate::ui::note::BadNote;

/// The choice of two versions, and below it their differences. The URL names the versions, so that a person can share its link.
#[component]
pub(super) fn Compare(
    id: ProfileId,
    /// The number of the newest version.
    newest: i64,
) -> impl IntoView {
    let query = use_query_map();
    let navigate = use_navigate();
    let path = format!("/profiles/{id}");
    let chosen = Memo::new(move |_| {
        let query = query.read();
        let number = |name: &str| {
            let number = query.get(name)?.parse::<i64>().ok()?;
            (1..=newest).contains(&number).then_some(number)
        };
        (number("from").unwrap_or(newest - 1), number("to").unwrap_or(newest))
    });
    let comparison = Resource::new(
        move || chosen.get(),
        move |(from, to)| compare_versions(id.clone(), Some(from), Some(to)),
    );
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
    let choices = view! {
        <Choice
            name="from"
            id="compare-from"
            label="Compare"
            newest
            chosen=Signal::derive(move || chosen.get().0)
            choose=choose_from
        />
        <Choice
            name="to"
            id="compare-to"
            label="with"
            newest
            chosen=Signal::derive(move || chosen.get().1)
            choose=choose_to
        />
    };
    view! {
        {card(
            "card comparison",
            "comparison",
            "What changed",
            view! {
                <form class="compare" method="get" action=action>
                    {choices}
                    <noscript>{submit_button(Look::Secondary, None, "Show")}</noscript>
                </form>
                <Transition fallback=|| ()>
                    {move || {
                        comparison
                            .get()
                            .map(|comparison| match comparison {
                                Ok(comparison) => view! { <Changes comparison/> }.into_any(),
                                Err(error) => view! { <BadNote text=error.message()/> }.into_any(),
                            })
                    }}
                </Transition>
            },
        )}
    }
}

/// The field that chooses a version: a select for few versions, and a number field for many.
#[component]
fn Choice(
    name: &'static str,
    id: &'static str,
    label: &'static str,
    newest: i64,
    chosen: Signal<i64>,
    choose: Callback<i64>,
) -> impl IntoView {
    let change = move |event| {
        if let Ok(number) = event_target_value(&event).parse()
            && (1..=newest).contains(&number)
        {
            choose.run(number);
        }
    };
    let value = move || chosen.get().to_string();
    let few = usize::try_from(newest).is_ok_and(|newest| newest <= FEW);
    view! {
        <label for=id>{label}</label>
        {if few {
            view! {
                <span class="select">
                    <select id=id name=name on:change=change prop:value=value>
                        {(1..=newest)
                            .rev()
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
                .into_any()
        } else {
            view! {
                <input
                    class="input compare__number"
                    id=id
                    name=name
                    type="number"
                    min="1"
                    max=newest.to_string()
                    value=value
                    prop:value=value
                    on:change=change
                />
            }
                .into_any()
        }}
    }
}

fn summary(count: usize, (from, to): (i64, i64)) -> String {
    match count {
        0 => "Nothing differs.".to_owned(),
        1 => format!("1 change from version {from} to version {to}."),
        count => format!("{count} changes from version {from} to version {to}."),
    }
}

#[component]
fn Changes(comparison: Comparison) -> impl IntoView {
    let Comparison { from, to, differences } = comparison;
    let count = differences.len();
    view! {
        <p class="dim" role="status">
            {summary(count, (from, to))}
        </p>
        {(count > 0).then(|| view! { <Table differences/> })}
    }
}

#[component]
fn Table(differences: Vec<Difference>) -> impl IntoView {
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
