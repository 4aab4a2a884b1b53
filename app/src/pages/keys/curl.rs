//! A curl line for a request that a key may make.

use leptos::prelude::*;
use model::endpoint::Pattern;

use crate::shared::Shared;
use crate::ui::copy::CopyButton;

/// A curl line that does not contain the token, since shells keep a history.
#[component]
pub(super) fn Curl(example: Option<Pattern>, shared: Shared) -> impl IntoView {
    example.map(|example| {
        view! {
            <Suspense fallback=|| ()>
                {move || {
                    let example = example.clone();
                    Suspend::new(async move {
                        let origin = shared.frame.await.map(|frame| frame.origin).unwrap_or_default();
                        let line = format!(
                            "curl -i -X {} \\\n  -H \"Authorization: Bearer $LATCHKEY_TOKEN\" \\\n{origin}/v1/authorize{}",
                            example.method,
                            example.path,
                        );
                        view! {
                            <div class="token">
                                <pre class="token__value" id="curl" tabindex="0" role="region" aria-label="Example request">
                                    {line}
                                </pre>
                                <CopyButton source="curl" what="curl line" on_copied=|()| ()/>
                            </div>
                        }
                    })
                }}
            </Suspense>
        }
    })
}
