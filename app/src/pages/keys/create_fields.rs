//! The parts that only the form Create API Key has: the environment, the endpoints, and the warning about the clock.

use leptos::html;
use leptos::prelude::*;
use model::endpoint::Endpoint;
use model::environment::EnvironmentView;
use model::form::FormErrors;
use model::form_values::FormValues;
use model::key_form::{ENDPOINT, ENDPOINTS, ENVIRONMENT};
use model::time::{Timestamp, against_the_servers, both_clocks};
use wasm_bindgen::JsCast;

use crate::ui::choice::{Select, select};
use crate::ui::day::{here, local};
use crate::ui::field::{FieldError, described, invalid, labelled};
use crate::ui::find::{FindInList, FindOption};
use crate::ui::icon::{Icon, IconKind};
use crate::ui::patterns::Patterns;

/// Warns if this computer's clock differs from the server's clock when the form is loaded. The form can still be sent: the server
/// compares the clocks again when the key is created.
#[component]
pub(super) fn ClockWarning(now: Timestamp, tolerance: i64) -> impl IntoView {
    let told = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        let here = here();
        let off = here.since(now);
        told.set((off.saturating_abs() > tolerance).then(|| {
            format!(
                "Your computer's clock is {}. {} A key made now would fail to provision: set right the one that is wrong first.",
                against_the_servers(off),
                both_clocks("This computer", local(here), local(now), ""),
            )
        }));
    });
    move || {
        told.get().map(|told| {
            view! {
                <div class="note note--warn" role="alert">
                    <Icon kind=IconKind::Warning/>
                    <p>{told}</p>
                </div>
            }
        })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(super) fn EnvironmentField(
    chosen: String,
    environments: Vec<EnvironmentView>,
    errors: RwSignal<FormErrors>,
) -> impl IntoView {
    let many = environments.len();
    let options = environments.into_iter().map(|environment| {
        let selected = environment.name == chosen;
        view! {
            <option value=environment.name.clone() selected=selected>
                {environment.name.clone()}
            </option>
        }
    });
    let select = select(
        Select {
            id: Some(ENVIRONMENT),
            name: ENVIRONMENT,
            errors: Some(errors),
            ..Select::default()
        },
        options.collect_view(),
    );
    let content = view! {
        {select}
        <FindOption select=ENVIRONMENT label="Find an environment for the key" many/>
    };
    labelled(ENVIRONMENT, "Environment", None, Some(errors), content)
}

#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(super) fn Endpoints(form: FormValues, endpoints: Vec<Endpoint>, errors: RwSignal<FormErrors>) -> impl IntoView {
    let chosen: Vec<String> = form.all(ENDPOINT).map(str::to_owned).collect();
    let all = NodeRef::<html::Input>::new();
    let only = NodeRef::<html::Input>::new();
    let list = NodeRef::<html::Ul>::new();
    // The server reads a ticked box as "Only these" even if the radio button says otherwise. This handler sets the radio button.
    let ticked = move |event: web_sys::Event| {
        if let (true, Some(only)) = (event_target_checked(&event), only.get_untracked()) {
            only.set_checked(true);
        }
    };
    let untick = move |_| {
        if let Some(list) = list.get_untracked() {
            let boxes = list.get_elements_by_tag_name("input");
            for index in 0..boxes.length() {
                if let Some(input) = boxes
                    .item(index)
                    .and_then(|item| item.dyn_into::<web_sys::HtmlInputElement>().ok())
                {
                    input.set_checked(false);
                }
            }
        }
    };
    let many = endpoints.len();
    let some = !chosen.is_empty() || form.text(ENDPOINTS) == "only";
    view! {
        <fieldset class="group" aria-describedby=described(ENDPOINTS, Some("endpoints-hint"), errors)>
            <legend>"Endpoints"</legend>
            <div class="choices">
                <label class="choice">
                    <input
                        type="radio"
                        name=ENDPOINTS
                        value="all"
                        node_ref=all
                        checked=!some
                        aria-describedby="all-endpoints-hint"
                        on:change=untick
                    />
                    <span>"All endpoints"</span>
                </label>
                <label class="choice">
                    <input
                        type="radio"
                        name=ENDPOINTS
                        value="only"
                        node_ref=only
                        checked=some
                        data-invalid=invalid(ENDPOINTS, errors)
                    />
                    <span>"Only these"</span>
                </label>
            </div>
            <p class="field__hint" id="all-endpoints-hint">
                "All endpoints are also those that are added later."
            </p>
            // The error stands above the list, which may be long.
            <FieldError name=ENDPOINTS errors/>
            <FindInList list label="Find an endpoint" many/>
            <ul class="checklist" role="list" node_ref=list>
                {endpoints
                    .into_iter()
                    .map(|endpoint| {
                        let patterns = format!("endpoint-{}", endpoint.name);
                        view! {
                            <li>
                                <label class="choice">
                                    <input
                                        type="checkbox"
                                        name=ENDPOINT
                                        value=endpoint.name.clone()
                                        checked=chosen.contains(&endpoint.name)
                                        aria-label=endpoint.title.clone()
                                        aria-describedby=patterns.clone()
                                        on:change=ticked
                                    />
                                    <span>{endpoint.title}</span>
                                </label>
                                <Patterns patterns=endpoint.patterns id=patterns/>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
            <p class="field__hint group__clash">
                <Icon kind=IconKind::Info/>
                "A box is ticked, so only the ticked endpoints will be allowed."
            </p>
            <p class="field__hint" id="endpoints-hint">
                <Icon kind=IconKind::Lock/>
                "Endpoints cannot be changed later."
            </p>
        </fieldset>
    }
}
