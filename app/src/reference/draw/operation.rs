//! An operation: what it does, a request, and what can be sent and answered.

use leptos::prelude::*;

use super::super::description::{Answer, Header, Operation, Refusal};
use super::super::markup::{inline, link, paragraphs};
use super::super::requests::Language;
use super::super::schema::Field;
use crate::ui::icon::{Icon, IconKind};

pub(super) fn operation(operation: &Operation) -> AnyView {
    let title = format!("{}-title", operation.id);
    let fields_of = |words: &'static str, fields: &[Field]| {
        (!fields.is_empty()).then(|| {
            view! {
                <h4>{words}</h4>
                {fields_list(fields, FieldPlace::Request)}
            }
        })
    };
    view! {
        <article class="entry" id=operation.id.clone() aria-labelledby=title>
            <h3 id=title.clone()>{link(&operation.id, operation.summary.clone())}</h3>
            <p class="entry__path mono">
                <strong>{operation.method.clone()}</strong>
                " "
                {operation.path.clone()}
            </p>
            {paragraphs(&operation.about)}
            {request(operation)}
            {fields_of("Parameters", &operation.parameters)}
            {fields_of("Body", &operation.body)}
            <h4>"Answers"</h4>
            {answers(&operation.answers)}
            {refusals(&operation.refusals)}
        </article>
    }
    .into_any()
}

/// Where fields are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldPlace {
    Request,
    Answer,
}

impl FieldPlace {
    /// The word beside a field, where there is something to say.
    fn mark(self, required: bool) -> Option<&'static str> {
        match (self, required) {
            (Self::Request, true) => Some("required"),
            (Self::Answer, false) => Some("may be missing"),
            _ => None,
        }
    }
}

/// The request in all languages, of which the style sheet shows one.
fn request(operation: &Operation) -> AnyView {
    let id = operation.id.clone();
    let all = Language::ALL.map(|language| {
        let slug = language.slug();
        view! {
            <pre class=format!("token__value code code--{slug}") id=format!("{id}-{slug}")>
                {language.write(&operation.request)}
            </pre>
        }
    });
    view! {
        <div class="token">
            {all.collect_view()}
            <button class="token__copy says-copied needs-scripts" type="button" data-copy=id>
                <Icon kind=IconKind::Copy/>
                <span class="entry__copy">"Copy"</span>
                <span class="vh">{format!(" request: {}", operation.summary)}</span>
            </button>
        </div>
    }
    .into_any()
}

/// Fields with their types, bounds and meanings. A request says which ones it must have, an answer which ones may be missing.
pub(super) fn fields_list(fields: &[Field], place: FieldPlace) -> AnyView {
    let all = fields.iter().map(|field| {
        let bounds = field
            .bounds
            .iter()
            .map(|bound| view! { <span class="fields__bound">" · " {inline(bound)}</span> });
        view! {
            <div>
                <dt>
                    <code class="mono">{field.name.clone()}</code>
                    {place.mark(field.required).map(|words| view! { <span class="fields__mark">{words}</span> })}
                </dt>
                <dd>
                    <span class="fields__kind">{field.kind.clone()} {bounds.collect_view()}</span>
                    {(!field.about.is_empty()).then(|| view! { <p>{inline(&field.about)}</p> })}
                </dd>
            </div>
        }
    });
    view! { <dl class="fields">{all.collect_view()}</dl> }.into_any()
}

fn answers(answers: &[Answer]) -> AnyView {
    let all = answers.iter().map(|answer| {
        let content = answer.content.as_ref().map(|content| {
            let kind = content.kind.clone();
            let object = content.object.as_deref().map(|object| link(object, object.to_owned()));
            view! { <span class="fields__kind">{kind} {object}</span> }
        });
        let example = answer.content.as_ref().map(|content| example(content.example.clone()));
        view! {
            <div>
                <dt>
                    <code class="mono">{answer.status.clone()}</code>
                </dt>
                <dd>
                    {content}
                    <p>{inline(&answer.about)}</p>
                    {headers(&answer.headers)}
                    {example}
                </dd>
            </div>
        }
    });
    view! { <dl class="fields">{all.collect_view()}</dl> }.into_any()
}

/// A body of an answer, which is folded.
pub(super) fn example(text: String) -> AnyView {
    view! {
        <details class="fold">
            <summary>"Example"</summary>
            <pre class="entry__example mono">{text}</pre>
        </details>
    }
    .into_any()
}

/// The headers of an answer. Those that many answers have lead to their description.
pub(super) fn headers(headers: &[Header]) -> AnyView {
    if headers.is_empty() {
        return ().into_any();
    }
    let (own, shared): (Vec<_>, Vec<_>) = headers.iter().partition(|header| header.about.is_some());
    let own = own.into_iter().map(|header| {
        let about = header.about.clone().unwrap_or_default();
        view! {
            <li>
                <code class="mono">{header.name.clone()}</code>
                " "
                {inline(&about)}
            </li>
        }
    });
    let shared = shared.into_iter().map(|header| {
        let name = view! { <code class="mono">{header.name.clone()}</code> };
        view! { <li class="headers__shared">{link(&format!("header-{}", header.name), name)}</li> }
    });
    view! {
        <ul class="headers" role="list" aria-label="Headers">
            {own.collect_view()}
            {shared.collect_view()}
        </ul>
    }
    .into_any()
}

fn refusals(refusals: &[Refusal]) -> AnyView {
    let codes = refusals
        .iter()
        .flat_map(|refusal| refusal.codes.iter().map(|code| (&refusal.status, code)));
    let all = codes.map(|(status, code)| {
        let words = view! {
            <span class="num">{status.clone()}</span>
            " "
            {code.clone()}
        };
        view! { <li>{link(code, words)}</li> }
    });
    view! {
        <h4>"Refused with"</h4>
        <ul class="refusals mono" role="list">
            {all.collect_view()}
        </ul>
    }
    .into_any()
}
