//! The title of a page, which the browser shows in its tab: the title of the innermost view that has one.
//!
//! On the server, `leptos_meta` writes it into the head of the HTML. In the browser, its formatters and effects are not needed.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// Gives the page a title while the view with this component is shown.
#[component]
pub(crate) fn Title(#[prop(into)] text: TextProp) -> impl IntoView {
    #[cfg(feature = "ssr")]
    server::write(text);
    #[cfg(not(feature = "ssr"))]
    browser::show(text);
}

/// Makes titles possible. The application calls this function once.
pub(crate) fn provide() {
    #[cfg(feature = "ssr")]
    server::provide();
}

/// The title with the name of the product.
fn with_product(mut text: String) -> String {
    text.push_str(if text.is_empty() { "Latchkey" } else { " · Latchkey" });
    text
}

#[cfg(feature = "ssr")]
mod server {
    use leptos::text_prop::TextProp;
    use leptos_meta::{Title, TitleProps, provide_meta_context};

    /// `leptos_meta` keeps the text for the head. Its view would be empty.
    pub(super) fn write(text: TextProp) {
        drop(Title(TitleProps::builder().text(text).build()));
    }

    pub(super) fn provide() {
        provide_meta_context();
        drop(Title(TitleProps::builder().formatter(escaped).build()));
    }

    /// `leptos_meta` writes the title unescaped into the HTML, and it may contain a name that a person has chosen.
    fn escaped(text: String) -> String {
        let title = super::with_product(text);
        title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    }
}

#[cfg(not(feature = "ssr"))]
mod browser {
    use std::cell::{Cell, RefCell};

    use leptos::prelude::*;
    use leptos::text_prop::TextProp;

    thread_local! {
        /// The titles of the views that are shown, by number. A view is drawn after the view around it and gets a larger number.
        static TITLES: RefCell<Vec<(u32, String)>> = const { RefCell::new(Vec::new()) };
        static COUNT: Cell<u32> = const { Cell::new(0) };
    }

    pub(super) fn show(text: TextProp) {
        let number = COUNT.get();
        COUNT.set(number + 1);
        Effect::new(move |_| change(number, Some(text.get().into_owned())));
        on_cleanup(move || change(number, None));
    }

    /// Replaces or removes the title of a view. A page without any keeps its last one until the next view is drawn.
    fn change(number: u32, text: Option<String>) {
        let last = TITLES.with_borrow_mut(|titles| {
            titles.retain(|(other, _)| *other != number);
            if let Some(text) = text {
                let place = titles.partition_point(|(other, _)| *other < number);
                titles.insert(place, (number, text));
            }
            titles.last().map(|(_, text)| text.clone())
        });
        if let Some(text) = last {
            document().set_title(&super::with_product(text));
        }
    }
}
