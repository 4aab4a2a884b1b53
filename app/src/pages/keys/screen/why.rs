//! "Why denied?": a request that a person asks about, and the result of each check. The URL holds the question. So the question
//! works without scripts, and a person can share its link. It contains no secret.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::params::ParamsMap;
use model::explain::{self, Checked, ExplainForm, Explanation};
use model::form::{FormAnswer, FormErrors};
use model::key_list::KeyQuery;
use model::snippet::Example;
use model::verify::Code;
use web_sys::SubmitEvent;

use super::super::address::{key_query, to_params};
use super::super::filters::HiddenQueryFields;
use super::tabs::{KeyTab, TAB};
use crate::address;
use crate::error::AppError;
use crate::ui::badge::badge;
use crate::ui::button::{Look, submit_button};
use crate::ui::day::exact;
use crate::ui::field::{FieldError, described, field, invalid};
use crate::ui::form::typed;
use crate::ui::head::card;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::note::BadNote;

/// The answer to the question in the URL, or `None` if the URL has no question.
pub(super) type Explained = Result<Option<FormAnswer<Explanation>>, AppError>;

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// The question in the URL.
pub(super) fn question_in_url(query: &ParamsMap) -> Option<ExplainForm> {
    let text = |name: &str| query.get(name).unwrap_or_default();
    let has_question = query.get("method").is_some() || query.get("path").is_some();
    has_question.then(|| ExplainForm {
        method: text("method"),
        path: text("path"),
        address: text("address"),
        time: text("time"),
    })
}

/// The URL of a question, such as `/keys/key_…?method=POST&path=…`. The query of the list of keys comes before the question.
pub(super) fn link(key_id: &str, list: &KeyQuery, form: &ExplainForm) -> String {
    let mut query = to_params(list);
    address::add(&mut query, [("method", &form.method)]);
    // The path is written even if it is empty, since it marks a URL with a question.
    query.insert("path", form.path.clone());
    address::add(&mut query, [("address", &form.address), ("time", &form.time)]);
    query.insert(TAB, KeyTab::Why.slug().to_owned());
    format!("/keys/{key_id}{}", query.to_query_string())
}

#[component]
pub(super) fn Why(
    key_id: String,
    /// A request that the key may make, which the unused form shows.
    example: Option<Example>,
    question: Option<ExplainForm>,
    explained: Explained,
) -> impl IntoView {
    let (errors, outcome) = match explained {
        Ok(None) => (FormErrors::default(), None),
        Ok(Some(FormAnswer::Done(explanation))) => {
            (FormErrors::default(), Some(view! { <Answer explanation/> }.into_any()))
        }
        Ok(Some(FormAnswer::Invalid(errors))) => (errors, None),
        Err(error) => (
            FormErrors::default(),
            Some(view! { <BadNote text=error.message()/> }.into_any()),
        ),
    };
    let form = question.unwrap_or_else(|| first(example));
    let content = view! {
        <p class="why__lead">
            "Describe a request to see each check that the verifier makes. It is not counted."
        </p>
        <Question key_id form errors/>
        <div role="status">{outcome}</div>
    };
    card("card card--list", "why", "Why denied?", content)
}

/// Puts another question into the form, for example after the browser's back button. Without this function, a field that the
/// person has used would keep its text, even when the key is drawn again.
pub(super) fn show(form: &ExplainForm) {
    for (id, value) in [
        ("why-method", form.method.as_str()),
        ("why-path", &form.path),
        ("why-address", &form.address),
        ("why-time", without_zone(&form.time)),
    ] {
        if let Some(field) = document().get_element_by_id(id) {
            let _ = js_sys::Reflect::set(&field, &"value".into(), &value.into());
        }
    }
}

/// The time without its zone, since the field has none.
fn without_zone(time: &str) -> &str {
    time.trim_end_matches('Z')
}

/// The form before a person has asked a question.
fn first(example: Option<Example>) -> ExplainForm {
    example
        .map(|example| ExplainForm {
            method: example.method,
            path: example.path,
            ..ExplainForm::default()
        })
        .unwrap_or_default()
}

#[component]
fn Question(key_id: String, form: ExplainForm, errors: FormErrors) -> impl IntoView {
    let navigate = use_navigate();
    let errors = RwSignal::new(errors);
    let list = StoredValue::new(key_query(&use_query_map().read_untracked()));
    let action = format!("/keys/{key_id}#why");
    let submit = move |event: SubmitEvent| {
        let Some(typed) = typed(&event) else {
            return;
        };
        event.prevent_default();
        let form = ExplainForm {
            method: typed.text("method").to_owned(),
            path: typed.text("path").to_owned(),
            address: typed.text("address").to_owned(),
            time: typed.text("time").to_owned(),
        };
        let options = NavigateOptions {
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&link(&key_id, &list.get_value(), &form), options);
    };
    let address = view! {
        <input
            class="input mono"
            id="why-address"
            name="address"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            placeholder="Not known"
            value=form.address
            aria-invalid=invalid("address", errors)
            aria-describedby=described("address", None, errors)
        />
        <FieldError name="address" errors/>
    };
    view! {
        <form class="why" method="get" action=action on:submit=submit novalidate>
            <HiddenQueryFields query=list.get_value() without=&[]/>
            <Method chosen=form.method errors/>
            <div class="field why__path">
                <label class="field__label" for="why-path">
                    "Path"
                </label>
                <input
                    class="input mono"
                    id="why-path"
                    name="path"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    value=form.path
                    aria-invalid=invalid("path", errors)
                    aria-describedby=described("path", None, errors)
                />
                <FieldError name="path" errors/>
            </div>
            {field("why-address", "Client address", address)}
            <When time=form.time errors/>
            {submit_button(Look::Secondary, None, "Explain")}
            <input type="hidden" name=TAB value=KeyTab::Why.slug()/>
        </form>
    }
}

#[component]
fn Method(chosen: String, errors: RwSignal<FormErrors>) -> impl IntoView {
    // The URL may hold any method.
    let known = METHODS.contains(&chosen.as_str());
    let more = (!known && !chosen.is_empty()).then(|| chosen.clone());
    let methods = METHODS.into_iter().map(str::to_owned).chain(more);
    let options = methods.map(|method| {
        view! {
            <option value=method.clone() selected=method == chosen>
                {method.clone()}
            </option>
        }
    });
    let select = view! {
        <span class="select">
            <select
                class="mono"
                id="why-method"
                name="method"
                aria-invalid=invalid("method", errors)
                aria-describedby=described("method", None, errors)
            >
                {options.collect_view()}
            </select>
        </span>
        <FieldError name="method" errors/>
    };
    field("why-method", "Method", select)
}

#[component]
fn When(time: String, errors: RwSignal<FormErrors>) -> impl IntoView {
    let time = without_zone(&time).to_owned();
    let input = view! {
        <input
            class="input"
            id="why-time"
            name="time"
            type="datetime-local"
            value=time
            aria-invalid=invalid("time", errors)
            aria-describedby=described("time", Some("why-time-hint"), errors)
        />
        <FieldError name="time" errors/>
        <p class="field__hint" id="why-time-hint">
            "In UTC. Leave it empty to ask about now."
        </p>
    };
    field("why-time", "Time", input)
}

#[component]
fn Answer(explanation: Explanation) -> impl IntoView {
    let Explanation { code, checks, at, .. } = explanation;
    // The first check that fails decides.
    let decides = checks
        .iter()
        .position(|checked| checked.result == explain::CheckResult::Failed);
    let (status, problem) = code.http();
    // The dot is that of a key that works, or of one that never will.
    let (dot, decision) = if code == Code::Valid {
        ("active", "Allowed")
    } else {
        ("failed", "Denied")
    };
    view! {
        <ol class="checks" role="list">
            {checks
                .into_iter()
                .enumerate()
                .map(|(index, checked)| view! { <Line checked decides=decides == Some(index)/> })
                .collect_view()}
        </ol>
        <dl class="details">
            <dt>"Decision"</dt>
            <dd>
                {badge(dot, decision, None)}
            </dd>
            <dt>"Verify answers"</dt>
            <dd class="mono">{code.as_str()}</dd>
            <dt>"Authorize sends"</dt>
            <dd class="mono">
                {match problem {
                    Some(problem) => format!("{status} {problem}"),
                    None => status.to_string(),
                }}
            </dd>
            <dt>"At"</dt>
            <dd class="num">{exact(at)}</dd>
        </dl>
    }
}

#[component]
fn Line(checked: Checked, decides: bool) -> impl IntoView {
    let (class, icon, word) = match checked.result {
        explain::CheckResult::Passed => ("check", IconKind::Check, "Passed"),
        explain::CheckResult::Failed if decides => {
            ("check check--failed check--decides", IconKind::Close, "Denied here")
        }
        explain::CheckResult::Failed => ("check check--failed", IconKind::Close, "Failed"),
    };
    view! {
        <li class=class>
            <span class="check__mark">
                <Icon kind=icon/>
            </span>
            <strong>{checked.check.title()}</strong>
            <span class="check__word">{word}</span>
            <p>{checked.reason}</p>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_read_back_from_its_url() {
        let form = ExplainForm {
            method: "POST".to_owned(),
            path: "/a b?c=1&d".to_owned(),
            address: "2001:db8::7".to_owned(),
            time: "2026-12-01T12:00".to_owned(),
        };
        let list = KeyQuery {
            search: "shop".to_owned(),
            ..KeyQuery::default()
        };
        let link = link("key_0123456789", &list, &form);
        let query = link.strip_prefix("/keys/key_0123456789?").unwrap();
        let mut params = ParamsMap::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap();
            params.insert(name.to_owned(), leptos_router::location::Url::unescape(value));
        }
        assert_eq!(question_in_url(&params), Some(form));
        assert_eq!(key_query(&params), list, "the URL keeps the query of the list");
        assert_eq!(question_in_url(&ParamsMap::new()), None);
    }
}
