//! Fields of forms: the label, the control, its error and its hint.

use leptos::html;
use leptos::prelude::*;
use model::form::FormErrors;

use super::icon::{Icon, IconKind};

/// A text field. A property that is `None` or `false` adds no attribute.
#[derive(Debug, Default)]
pub(crate) struct TextField {
    /// The name under which the form sends the field.
    pub(crate) name: &'static str,
    /// The id, if it is not the name.
    pub(crate) id: Option<&'static str>,
    pub(crate) label: &'static str,
    pub(crate) hint: Option<&'static str>,
    pub(crate) errors: Option<RwSignal<FormErrors>>,
    pub(crate) value: Option<String>,
    /// The class, if it is not `input`.
    pub(crate) class: Option<&'static str>,
    /// The type of the input, such as `email` or `password`.
    pub(crate) kind: Option<&'static str>,
    pub(crate) inputmode: Option<&'static str>,
    pub(crate) autocomplete: Option<&'static str>,
    /// Whether programs read the value, so that browsers must neither capitalise it nor check its spelling.
    pub(crate) verbatim: bool,
    pub(crate) maxlength: Option<usize>,
    pub(crate) required: bool,
    pub(crate) autofocus: bool,
    pub(crate) node: Option<NodeRef<html::Input>>,
}

pub(crate) fn text_field(field: TextField) -> AnyView {
    let TextField {
        name,
        id,
        label,
        hint,
        errors,
        value,
        class,
        kind,
        inputmode,
        autocomplete,
        verbatim,
        maxlength,
        required,
        autofocus,
        node,
    } = field;
    let id = id.unwrap_or(name);
    let input = view! {
        <input
            class=class.unwrap_or("input")
            node_ref=node.unwrap_or_default()
            id=id
            name=name
            type=kind
            inputmode=inputmode
            autocomplete=autocomplete
            autocapitalize=verbatim.then_some("none")
            spellcheck=verbatim.then_some("false")
            maxlength=maxlength.map(|length| length.to_string())
            required=required
            autofocus=autofocus
            value=value
            aria-invalid=move || errors.and_then(|errors| invalid(name, errors)())
            aria-describedby=move || description(id, name, hint.is_some(), errors)
        />
    };
    labelled_as(id, name, label, hint, errors, input.into_any())
}

/// A field of several lines for a text that programs read, such as JSON. It grows with its text.
pub(crate) fn text_area(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    value: &str,
    errors: RwSignal<FormErrors>,
) -> AnyView {
    let rows = value.lines().count().clamp(2, 6);
    let area = view! {
        <textarea
            class="input mono input--lines"
            id=id
            name=name
            rows=rows.to_string()
            autocapitalize="none"
            autocomplete="off"
            spellcheck="false"
            aria-invalid=invalid(name, errors)
            aria-describedby=move || description(id, name, true, Some(errors))
            inner_html=escaped(value)
        ></textarea>
    };
    labelled_as(id, name, label, Some(hint), Some(errors), area.into_any())
}

/// A label, a control with the id `name`, its error, and its hint with the id `{name}-hint`.
pub(crate) fn labelled(
    name: &'static str,
    label: &'static str,
    hint: Option<&'static str>,
    errors: Option<RwSignal<FormErrors>>,
    control: impl IntoAny,
) -> AnyView {
    labelled_as(name, name, label, hint, errors, control.into_any())
}

/// [`labelled`], for a control whose id is not its name. The hint has the id `{id}-hint`.
pub(crate) fn labelled_as(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    hint: Option<&'static str>,
    errors: Option<RwSignal<FormErrors>>,
    control: AnyView,
) -> AnyView {
    let errors = errors.map(|errors| view! { <FieldError name errors/> });
    let hint = hint.map(|hint| {
        view! {
            <p class="field__hint" id=format!("{id}-hint")>
                {hint}
            </p>
        }
    });
    field(
        id,
        label,
        view! {
            {control}
            {errors}
            {hint}
        },
    )
}

/// A label, and below it the content, which has the control with the id `id`.
pub(crate) fn field(id: &'static str, label: impl Into<Oco<'static, str>>, content: impl IntoAny) -> AnyView {
    draw_field(id, label.into(), content.into_any())
}

fn draw_field(id: &'static str, label: Oco<'static, str>, content: AnyView) -> AnyView {
    view! {
        <div class="field">
            <label class="field__label" for=id>
                {label}
            </label>
            {content}
        </div>
    }
    .into_any()
}

fn description(id: &str, name: &str, hint: bool, errors: Option<RwSignal<FormErrors>>) -> Option<String> {
    match errors {
        Some(errors) if errors.read().of(name).is_some() => Some(format!("{name}-error")),
        _ => hint.then(|| format!("{id}-hint")),
    }
}

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

/// The value of `aria-invalid`: `true` while the field has an error.
pub(crate) fn invalid(name: &'static str, errors: RwSignal<FormErrors>) -> impl Fn() -> Option<&'static str> {
    move || errors.read().of(name).map(|_| "true")
}

/// The value of `aria-describedby`: the id of the error, or the id of the hint while the field has no error.
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

/// Sets the value of a field when its form is drawn again in the same place, since the person may have typed into the field. Text
/// that was typed before the page was interactive stays.
pub(crate) fn reset_value_on_redraw(field: NodeRef<html::Input>, value: String) {
    Effect::new(move |_| {
        let page = document().document_element();
        let interactive = page.is_some_and(|page| page.has_attribute("data-hydrated"));
        if let Some(field) = field.get().filter(|field| interactive && field.value() != value) {
            field.set_value(&value);
        }
    });
}

/// Escapes text for HTML. The text of a `<textarea>` is set by `inner_html`, since Leptos writes its children unescaped.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_described_by_its_hint_or_by_its_error() {
        let owner = Owner::new();
        owner.set();
        let errors = RwSignal::new(FormErrors::default());
        let draw = || {
            let field = text_field(TextField {
                name: "allowed_name",
                id: Some("allowed-name"),
                label: "Name",
                hint: Some("Like staging."),
                errors: Some(errors),
                ..TextField::default()
            });
            field.to_html()
        };
        let html = draw();
        for part in [
            "for=\"allowed-name\"",
            "id=\"allowed-name\"",
            "name=\"allowed_name\"",
            "aria-describedby=\"allowed-name-hint\"",
            "id=\"allowed-name-hint\"",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("required") && !html.contains("aria-invalid"), "{html}");
        errors.update(|errors| errors.add("allowed_name", "Choose another.".to_owned()));
        let html = draw();
        for part in [
            "aria-invalid=\"true\"",
            "aria-describedby=\"allowed_name-error\"",
            "id=\"allowed_name-error\"",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn text_cannot_leave_its_field() {
        assert_eq!(escaped("a < b && </textarea>"), "a &lt; b &amp;&amp; &lt;/textarea&gt;");
    }
}
