//! How to use a key: texts to paste, of which the style sheet shows one. Choosing another needs no scripts. Below them, the answer
//! that another endpoint gives to the key.

use leptos::prelude::*;
use model::snippet::{Example, SnippetContext, SnippetKind};

use crate::shared::Shared;
use crate::ui::copy_block::CopyBlock;

#[component]
pub(super) fn Snippets(
    example: Example,
    shared: Shared,
    /// The beginning of the ids of the texts.
    prefix: &'static str,
    /// The token, in the dialog that shows it. Only the line of a `.env` file contains it: shells keep a history, and code is shared.
    #[prop(optional_no_strip)]
    token: Option<String>,
    /// Called after a text with the token was copied.
    #[prop(default = Callback::new(|()| ()), into)]
    on_token_copied: Callback<()>,
) -> impl IntoView {
    view! {
        <Suspense fallback=|| ()>
            {move || {
                let (example, token) = (example.clone(), token.clone());
                Suspend::new(async move {
                    let origin = shared.frame.await.map(|frame| frame.origin).unwrap_or_default();
                    let context = SnippetContext {
                        origin: &origin,
                        method: &example.method,
                        path: &example.path,
                        token: token.as_deref(),
                    };
                    let each = SnippetKind::ALL.map(|kind| {
                        let has_token = kind == SnippetKind::DotEnv && context.token.is_some();
                        let on_copied = Callback::new(move |()| {
                            if has_token {
                                on_token_copied.run(());
                            }
                        });
                        view! { <Snippet kind prefix text=kind.write(&context) on_copied/> }
                    });
                    view! {
                        <div class="snippets" role="group" aria-label="Use it with">
                            {each.into_iter().collect_view()}
                        </div>
                        <Refused example/>
                    }
                })
            }}
        </Suspense>
    }
}

#[component]
fn Snippet(kind: SnippetKind, prefix: &'static str, text: String, on_copied: Callback<()>) -> impl IntoView {
    let id = format!("{prefix}-{}", kind.slug());
    view! {
        <label class="language">
            <input type="radio" name=prefix value=kind.slug() checked=kind == SnippetKind::Curl/>
            {kind.title()}
        </label>
        <CopyBlock
            id
            class="token snippet"
            label=format!("Example: {}", kind.title())
            what=kind.copied_words()
            text
            on_copied
        />
    }
}

/// The answer to a request that the key may not make.
#[component]
fn Refused(example: Example) -> impl IntoView {
    let request = match example.refused.request {
        Some(request) => view! {
            <span class="mono">{request}</span>
            ", for example, belongs to another endpoint. The answer is 403:"
        }
        .into_any(),
        None => "This key may call all endpoints. A path of no endpoint is answered with 403:".into_any(),
    };
    view! {
        <p class="snippets__refused">{request}</p>
        <div class="token">
            <pre class="token__value" tabindex="0" role="region" aria-label="Answer 403">
                {example.refused.body}
            </pre>
        </div>
    }
}
