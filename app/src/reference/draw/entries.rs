//! Objects, headers and error codes, each with a place to which others link.

use leptos::prelude::*;

use super::super::description::{Description, ErrorCode, Object};
use super::super::markup::{inline, link};
use super::operation::{FieldPlace, example, fields_list, headers as header_list};

/// An object that answers have.
pub(super) fn object(object: &Object) -> AnyView {
    let title = format!("{}-title", object.name);
    let base = object.base.as_deref().map(|base| {
        view! { <p>"All fields of " {link(base, base.to_owned())} ", and:"</p> }
    });
    view! {
        <article class="entry" id=object.name.clone() aria-labelledby=title>
            <h3 id=title.clone()>
                {link(&object.name, object.name.clone())}
                <span class="entry__sort">"object"</span>
            </h3>
            <p>{inline(&object.about)}</p>
            {base}
            {fields_list(&object.fields, FieldPlace::Answer)}
        </article>
    }
    .into_any()
}

/// The headers that many answers have.
pub(super) fn headers(headers: &[(String, String)]) -> AnyView {
    let all = headers.iter().map(|(name, about)| {
        view! {
            <div id=format!("header-{name}")>
                <dt>
                    <code class="mono">{name.clone()}</code>
                </dt>
                <dd>
                    <p>{inline(about)}</p>
                </dd>
            </div>
        }
    });
    view! {
        <section class="reference__group" id="headers" aria-labelledby="headers-title">
            <h2 id="headers-title">"Headers"</h2>
            <p>"Headers that many answers have."</p>
            <dl class="fields">{all.collect_view()}</dl>
        </section>
    }
    .into_any()
}

/// An entry for each error code.
pub(super) fn errors(description: &Description) -> AnyView {
    view! {
        <section class="reference__group" id="errors" aria-labelledby="errors-title">
            <h2 id="errors-title">"Errors"</h2>
            <p>
                "Every refused request is answered with " <code class="mono">"application/problem+json"</code>
                " (RFC 9457). Codes never change; sentences may."
            </p>
            {description.problems.iter().map(object).collect_view()}
            {description.errors.iter().map(error).collect_view()}
        </section>
    }
    .into_any()
}

fn error(error: &ErrorCode) -> AnyView {
    let title = format!("{}-title", error.code);
    let meanings = error.meanings.iter().map(|meaning| {
        view! {
            <div>
                <dt>
                    <code class="mono">{meaning.status.clone()}</code>
                </dt>
                <dd>
                    <span class="fields__kind">{meaning.api}</span>
                    <p>{inline(&meaning.about)}</p>
                    {header_list(&meaning.headers)}
                    {example(meaning.example.clone())}
                </dd>
            </div>
        }
    });
    view! {
        <article class="entry" id=error.code.clone() aria-labelledby=title>
            <h3 class="mono" id=title.clone()>
                {link(&error.code, error.code.clone())}
            </h3>
            <dl class="fields">{meanings.collect_view()}</dl>
        </article>
    }
    .into_any()
}
