//! A page that there is not.

use leptos::prelude::*;
use leptos_meta::Title;

use super::Outside;

#[component]
pub(crate) fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <Title text="Not found"/>
        <Outside>
            <section class="auth__card">
                <div>
                    <h1>"There is no such page"</h1>
                    <p>"The link may be old, or mistyped."</p>
                </div>
                <a class="button button--primary" href="/">
                    "Go to the AI Console"
                </a>
            </section>
        </Outside>
    }
}
