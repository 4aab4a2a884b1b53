//! The categories of a profile: editable in the form, and read-only on the screen.

use leptos::prelude::*;
use model::form::FormErrors;
use model::profile::{Action, Category, SCORE_MAX, Setting};
use model::profile_form::{ProfileForm, threshold_field};

use super::bands::{Bands, Legend, in_words};
use super::presets::{CategoryRow, Presets};
use crate::ui::choice::{self, Select, select};
use crate::ui::field::{FieldError, invalid};

/// The categories in the form. The form sends the threshold and the action of every category, even if it is off, since the order
/// tells the server to which category they belong.
#[component]
pub(super) fn Categories(form: ProfileForm, errors: RwSignal<FormErrors>) -> impl IntoView {
    let ProfileForm {
        on,
        threshold,
        action,
        all_threshold,
        all_action,
        ..
    } = form;
    let handles = StoredValue::new(Vec::with_capacity(Category::ALL.len()));
    let mut thresholds = threshold.into_iter();
    let mut actions = action.into_iter();
    let rows = Category::ALL.into_iter().map(|category| {
        let on = on.iter().any(|slug| slug == category.slug());
        let threshold = thresholds.next().unwrap_or_default();
        let action = actions.next().unwrap_or_default();
        let handle = CategoryRow {
            node: NodeRef::new(),
            threshold: RwSignal::new(threshold.clone()),
        };
        handles.update_value(|handles| handles.push(handle));
        view! { <Row category on threshold action errors handle/> }
    });
    let rows = rows.collect_view();
    view! {
        <fieldset class="group" aria-describedby="categories-hint">
            <legend>"Categories"</legend>
            <Presets rows=handles threshold=all_threshold action=all_action errors/>
            <Legend/>
            <ul class="checklist categories" role="list">
                {rows}
            </ul>
            <p class="field__hint" id="categories-hint">
                "The action is taken from the threshold on. What is not ticked is not looked at."
            </p>
        </fieldset>
    }
}

#[component]
fn Row(
    category: Category,
    on: bool,
    threshold: String,
    action: String,
    errors: RwSignal<FormErrors>,
    handle: CategoryRow,
) -> impl IntoView {
    let title = category.title();
    let field = threshold_field(category);
    let typed = handle.threshold;
    let score = Memo::new(move |_| score(&typed.read()));
    let band = format!("{field}-band");
    let described = {
        let band = band.clone();
        move || match errors.read().of(field) {
            Some(_) => format!("{field}-error"),
            None => band.clone(),
        }
    };
    let actions = Action::ALL.into_iter();
    let action = select(
        Select {
            name: "action",
            label: Some(format!("{title} action")),
            class: Some("select category__action"),
            ..Select::default()
        },
        actions
            .map(|option| choice::option(option.slug(), option.title(), option.slug() == action))
            .collect_view(),
    );
    view! {
        <li class="category" node_ref=handle.node>
            <label class="choice category__name">
                <input type="checkbox" name="on" value=category.slug() checked=on/>
                <span>{title}</span>
            </label>
            <span class="category__scale">
                <Bands threshold=score/>
                <span class="vh" id=band>
                    {move || score.get().map_or_else(|| "no score".to_owned(), in_words)}
                </span>
            </span>
            <input
                class="input num category__threshold"
                id=field
                name="threshold"
                type="number"
                min="0"
                max=SCORE_MAX.to_string()
                step="1"
                required
                value=threshold
                aria-label=format!("{title} threshold")
                aria-invalid=invalid(field, errors)
                aria-describedby=described
                on:input=move |event| typed.set(event_target_value(&event))
            />
            {action}
            <FieldError name=field errors/>
        </li>
    }
}

/// Reads a score from the typed text.
fn score(typed: &str) -> Option<u8> {
    typed.trim().parse().ok().filter(|score| *score <= SCORE_MAX)
}

/// The categories of a version, read-only.
#[component]
pub(super) fn Settings(settings: Vec<Setting>) -> impl IntoView {
    view! {
        <ul class="settings" role="list">
            {settings.into_iter().map(|setting| view! { <SettingLine setting/> }).collect_view()}
        </ul>
        <Legend/>
    }
}

#[component]
fn SettingLine(setting: Setting) -> impl IntoView {
    let summary = setting.summary();
    let (class, scale) = if setting.on {
        let threshold = setting.threshold;
        let scale = view! {
            <Bands threshold=Signal::stored(Some(threshold))/>
            <span class="vh">{in_words(threshold)}</span>
        };
        ("setting", scale.into_any())
    } else {
        (
            "setting setting--off",
            view! { <Bands threshold=Signal::stored(None)/> }.into_any(),
        )
    };
    view! {
        <li class=class>
            <span class="setting__name">{setting.category.title()}</span>
            <span class="setting__scale">{scale}</span>
            <span class="setting__action num">{summary}</span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_a_whole_number_up_to_100() {
        for (typed, found) in [
            ("0", Some(0)),
            (" 71 ", Some(71)),
            ("100", Some(100)),
            ("101", None),
            ("-1", None),
            ("7.5", None),
            ("", None),
        ] {
            assert_eq!(score(typed), found, "{typed:?}");
        }
    }
}
