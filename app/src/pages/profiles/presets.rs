//! The buttons of the form that fill in all categories at once. With scripts, they do so in place; without, the server answers with the
//! form that is filled in. Either way, nothing is saved, and everything else stays as it was typed.

use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;
use model::form::FormErrors;
use model::profile::{Action, Category, SCORE_MAX};
use model::profile_fill::{ALL_ACTION, ALL_THRESHOLD, Fill, Filling, Preset};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlSelectElement};

use crate::ui::button::Look;
use crate::ui::choice::{self, Select, select};
use crate::ui::field::{FieldError, invalid};

/// The row of a category in the form.
#[derive(Clone, Copy)]
pub(super) struct CategoryRow {
    pub(super) node: NodeRef<html::Li>,
    /// The text in the field of its threshold.
    pub(super) threshold: RwSignal<String>,
}

impl CategoryRow {
    fn fill(self, filling: Filling) {
        let threshold = filling.threshold.to_string();
        let Some(row) = self.node.get_untracked() else {
            return;
        };
        if filling.turn_on
            && let Some(on) = find::<HtmlInputElement>(&row, "[name=on]")
        {
            on.set_checked(true);
        }
        if let Some(field) = find::<HtmlInputElement>(&row, "[name=threshold]") {
            field.set_value(&threshold);
        }
        if let Some(action) = find::<HtmlSelectElement>(&row, "select") {
            action.set_value(filling.action.slug());
        }
        self.threshold.set(threshold);
    }
}

/// The buttons, and the fields with the values for all categories.
#[component]
pub(super) fn Presets(
    rows: StoredValue<Vec<CategoryRow>>,
    /// What was typed for all categories.
    threshold: String,
    action: String,
    errors: RwSignal<FormErrors>,
) -> impl IntoView {
    let said = RwSignal::new(String::new());
    let fill = move |fill: Fill, event: MouseEvent| {
        let Some(form) = form_of(&event) else {
            return;
        };
        event.prevent_default();
        let typed = |name: &str| {
            let field = form.query_selector(&format!("[name={name}]")).ok().flatten()?;
            match field.dyn_into::<HtmlInputElement>() {
                Ok(field) => Some(field.value()),
                Err(other) => Some(other.dyn_into::<HtmlSelectElement>().ok()?.value()),
            }
        };
        let typed = |name: &str| typed(name).unwrap_or_default();
        let read = fill.read(&typed(ALL_THRESHOLD), &typed(ALL_ACTION));
        errors.update(|errors| {
            errors
                .fields
                .retain(|(name, _)| name != ALL_THRESHOLD && name != ALL_ACTION);
            if let Err(wrong) = &read {
                errors.fields.extend(wrong.fields.iter().cloned());
            }
        });
        let Ok(filling) = read else { return };
        rows.with_value(|rows| rows.iter().for_each(|row| row.fill(filling)));
        // What was wrong with a threshold is not any more.
        errors.update(|errors| errors.fields.retain(|(name, _)| !name.starts_with("threshold-")));
        said.set(filling.sentence());
    };
    let presets = Preset::ALL.map(|preset| button(Fill::Preset(preset), preset.title(), fill));
    let chosen = if action.is_empty() {
        Action::Flag.slug().to_owned()
    } else {
        action
    };
    let actions = Action::ALL.into_iter();
    let action = select(
        Select {
            name: ALL_ACTION,
            label: Some("Action for all".to_owned()),
            class: Some("select category__action"),
            ..Select::default()
        },
        actions
            .map(|option| choice::option(option.slug(), option.title(), option.slug() == chosen))
            .collect_view(),
    );
    let described = move || {
        errors
            .read()
            .of(ALL_THRESHOLD)
            .map(|_| format!("{ALL_THRESHOLD}-error"))
    };
    view! {
        <div class="fill" role="group" aria-label="Presets" aria-describedby="fill-hint">
            <div class="fill__presets">{presets.into_iter().collect_view()}</div>
            <p class="field__hint" id="fill-hint">
                "Lenient flags high scores, Balanced moderate ones too, and Strict blocks both. You can change each category afterwards."
            </p>
        </div>
        <div class="fill fill--all" role="group" aria-label="Set all">
            <span class="fill__label">{format!("All {}", Category::ALL.len())}</span>
            <input
                class="input num category__threshold"
                name=ALL_THRESHOLD
                type="number"
                min="0"
                max=SCORE_MAX.to_string()
                step="1"
                value=if threshold.is_empty() { "71".to_owned() } else { threshold }
                aria-label="Threshold for all"
                aria-invalid=invalid(ALL_THRESHOLD, errors)
                aria-describedby=described
            />
            {action}
            {button(Fill::All, "Set all", fill)}
            <FieldError name=ALL_THRESHOLD errors/>
            <FieldError name=ALL_ACTION errors/>
        </div>
        <p class="vh" role="status">
            {said}
        </p>
    }
}

fn button(fill: Fill, words: &'static str, press: impl Fn(Fill, MouseEvent) + 'static) -> AnyView {
    view! {
        <button
            class=Look::Secondary.class()
            name=Fill::FIELD
            value=fill.slug()
            on:click=move |event| press(fill, event)
        >
            {words}
        </button>
    }
    .into_any()
}

/// The form of the button that was pressed.
fn form_of(event: &MouseEvent) -> Option<Element> {
    let pressed = event.current_target()?.dyn_into::<Element>().ok()?;
    pressed.closest("form").ok().flatten()
}

fn find<T: JsCast>(row: &Element, selector: &str) -> Option<T> {
    let found = row.query_selector(selector).ok().flatten()?;
    found.dyn_into::<T>().ok()
}
