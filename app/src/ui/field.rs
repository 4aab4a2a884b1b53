//! Parts of forms.

use leptos::html;
use leptos::prelude::*;
use model::form::FormErrors;

use super::icon::{Icon, IconKind};

/// The error of one field, with the id `{name}-error`.
#[component]
pub(crate) fn FieldError(name: &'static str, errors: RwSignal<FormErrors>) -> impl IntoView {
    move || {
        errors.read().of(name).map(|message| {
            view! {
                <p class="field__error" id=format!("{name}-error")>
                    <Icon kind=IconKind::Alert/>
                    {message}
                </p>
            }
        })
    }
}

/// `true` for `aria-invalid` while the field has an error.
pub(crate) fn invalid(name: &'static str, errors: RwSignal<FormErrors>) -> impl Fn() -> Option<&'static str> {
    move || errors.read().of(name).map(|_| "true")
}

/// The id of the error for `aria-describedby`, or of the hint while there is none.
pub(crate) fn described(
    name: &'static str,
    hint: Option<&'static str>,
    errors: RwSignal<FormErrors>,
) -> impl Fn() -> Option<String> {
    move || match errors.read().of(name) {
        Some(_) => Some(format!("{name}-error")),
        None => hint.map(str::to_owned),
    }
}

/// Has a field show another value where its form is drawn again in its place. Somebody may have typed into it since. What
/// was typed before the page was interactive stays.
pub(crate) fn show_again(field: NodeRef<html::Input>, value: String) {
    Effect::new(move |_| {
        let page = document().document_element();
        let interactive = page.is_some_and(|page| page.has_attribute("data-hydrated"));
        if let Some(field) = field.get().filter(|field| interactive && field.value() != value) {
            field.set_value(&value);
        }
    });
}

/// Text as it stands in HTML. Leptos writes the children of a `<textarea>` as they are, so its text is set by
/// `inner_html`, escaped.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_field() {
        assert_eq!(escaped("a < b && </textarea>"), "a &lt; b &amp;&amp; &lt;/textarea&gt;");
    }
}
