//! Lines to paste in a frame, with a button that copies them.

use leptos::prelude::*;

use super::copy::CopyButton;

#[component]
pub(crate) fn CopyBlock(
    /// The id of the text.
    #[prop(into)]
    id: String,
    #[prop(default = "token")] class: &'static str,
    /// The accessible name of the text.
    #[prop(into)]
    label: String,
    /// The rest of the button's accessible name: `Copy` + ` curl line`.
    what: &'static str,
    text: String,
    /// Called after the text was copied.
    #[prop(default = Callback::new(|()| ()), into)]
    on_copied: Callback<()>,
) -> impl IntoView {
    view! {
        <div class=class>
            <pre class="token__value" id=id.clone() tabindex="0" role="region" aria-label=label>
                {text}
            </pre>
            <CopyButton source=id what on_copied/>
        </div>
    }
}
