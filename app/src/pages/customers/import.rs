//! `/customers/import`: customers from a file. The server draws the content, see `crate::customer_import`; it is a plain form, with and
//! without scripts.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;

use super::PATH;
use crate::ui::head::page_head;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::title::Title;

#[component]
pub(crate) fn ImportCustomers() -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    // Only the server has the content. Links to this screen load the page, but the browser's Back may draw it here.
    Effect::new(move |_| {
        if node.get().is_some_and(|node| node.child_element_count() == 0) {
            let _ = location().reload();
        }
    });
    let title = view! {
        <h1>"Import Customers"</h1>
        <p>"You see first what would happen to each customer, and then decide."</p>
    };
    view! {
        <Title text="Import Customers"/>
        <a class="back" href=PATH>
            <Icon kind=IconKind::ArrowLeft/>
            "Customers"
        </a>
        {page_head(title, ())}
        <div node_ref=node inner_html=content()></div>
    }
}

/// The content, on the server. The browser keeps what the server has sent.
fn content() -> Arc<str> {
    #[cfg(feature = "ssr")]
    if let Some(content) = use_context::<crate::customer_import::ImportContent>() {
        if content.is_forbidden {
            crate::ui::state::answer_forbidden();
        }
        return content.html;
    }
    "".into()
}
