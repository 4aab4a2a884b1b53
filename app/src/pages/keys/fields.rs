//! The fields that the forms of a key share, in their order. Their names and meanings are declared in
//! [`model::key_fields`].

use leptos::prelude::*;
use model::end_date::{EXPIRES, EXPIRES_ON, KEEP, UTC_OFFSET};
use model::form::FormErrors;
use model::form_values::FormValues;
use model::key_fields::KeyField;
use model::profile::ProfileName;
use model::suggest::Choice;
use model::time::{DAY, Timestamp};

use super::limit_fold::LimitFold;
use crate::ui::choice::{Select, option, select};
use crate::ui::combobox::Combobox;
use crate::ui::day::{day, iso_day, zone};
use crate::ui::field::{FieldError, TextField, described, invalid, labelled, labelled_as, text_area, text_field};
use crate::ui::find::FindOption;

/// The data with which a form is drawn.
#[derive(Clone, Debug)]
pub(super) struct KeyForm {
    /// The values of the fields.
    pub(super) values: FormValues,
    pub(super) profiles: Vec<ProfileName>,
    pub(super) current: EndNow,
    pub(super) now: Timestamp,
    pub(super) errors: RwSignal<FormErrors>,
}

#[component]
pub(super) fn KeyFields(
    form: KeyForm,
    /// Whether the name has the focus when the dialog opens.
    focus: bool,
    /// A field that only this form has, beside the end date.
    beside: AnyView,
    /// Fields that only this form has, below the end date.
    #[prop(optional)]
    below: Option<AnyView>,
) -> impl IntoView {
    let KeyForm {
        values,
        profiles,
        current,
        now,
        errors,
    } = form;
    let text = |field: KeyField| values.text(field.name()).to_owned();
    view! {
        <NameField name=text(KeyField::Name) focus errors/>
        {line(KeyField::Description, "What the key is for, in a sentence.", &values, errors)}
        <div class="field-row">
            {beside} <Expires expires=text(KeyField::Expires) on=values.text(EXPIRES_ON).to_owned() now current errors/>
        </div>
        {below}
        <div class="field-row">
            <ProfileField chosen=text(KeyField::BiasProfile) profiles errors/> <CustomerField typed=text(KeyField::Customer) errors/>
        </div>
        <div class="field-row">
            {line(KeyField::Tags, "Words to find it by, such as billing, team:shop.", &values, errors)}
            {line(KeyField::Location, "Such as the name of a secret, to find it when its token changes.", &values, errors)}
        </div>
        <LimitFold values=values.clone() errors/>
        {area(
            KeyField::Metadata,
            "A JSON object of up to 4 KiB, which your API gets with each verified request.",
            &values,
            errors,
        )}
    }
}

/// A text of one line.
fn line(field: KeyField, hint: &'static str, values: &FormValues, errors: RwSignal<FormErrors>) -> AnyView {
    text_field(TextField {
        name: field.name(),
        id: Some(field.id()),
        label: field.label(),
        hint: Some(hint),
        autocomplete: Some("off"),
        verbatim: field == KeyField::Tags,
        value: Some(values.text(field.name()).to_owned()),
        errors: Some(errors),
        ..TextField::default()
    })
}

pub(super) fn area(field: KeyField, hint: &'static str, values: &FormValues, errors: RwSignal<FormErrors>) -> AnyView {
    text_area(
        field.id(),
        field.name(),
        field.label(),
        hint,
        values.text(field.name()),
        errors,
    )
}

/// The customer to whom the key belongs. People write its external ID or its ID.
#[component]
fn CustomerField(typed: String, errors: RwSignal<FormErrors>) -> impl IntoView {
    const NAME: &str = KeyField::Customer.name();
    let input = view! {
        <Combobox name=NAME choice=Choice::Customer label="Customers" value=typed placeholder="None" errors/>
    };
    labelled(NAME, KeyField::Customer.label(), None, Some(errors), input)
}

/// Hidden fields with the values that the form showed first.
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(super) fn ShownFields(values: FormValues) -> impl IntoView {
    KeyField::ALL
        .into_iter()
        .filter_map(|field| Some((field.shown_name(), values.get(field.shown_name())?.to_owned())))
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view()
}

#[component]
fn NameField(name: String, focus: bool, errors: RwSignal<FormErrors>) -> impl IntoView {
    const FIELD: KeyField = KeyField::Name;
    text_field(TextField {
        name: FIELD.name(),
        id: Some(FIELD.id()),
        label: FIELD.label(),
        hint: Some("Only to recognise the key; it changes nothing about what the key can do."),
        autocomplete: Some("off"),
        autofocus: focus,
        required: true,
        value: Some(name),
        errors: Some(errors),
        ..TextField::default()
    })
}

#[component]
fn ProfileField(chosen: String, profiles: Vec<ProfileName>, errors: RwSignal<FormErrors>) -> impl IntoView {
    const FIELD: KeyField = KeyField::BiasProfile;
    let many = profiles.len();
    let options = profiles.into_iter().map(move |profile| {
        let selected = profile.id.as_str() == chosen;
        view! {
            <option value=profile.id.to_string() selected=selected>
                {profile.name}
            </option>
        }
    });
    let select = select(
        Select {
            id: Some(FIELD.id()),
            name: FIELD.name(),
            errors: Some(errors),
            ..Select::default()
        },
        view! {
            {option("", "None", false)}
            {options.collect_view()}
        },
    );
    let content = view! {
        {select}
        <FindOption select=FIELD.id() label="Find a bias profile" many/>
    };
    labelled_as(
        FIELD.id(),
        FIELD.name(),
        FIELD.label(),
        None,
        Some(errors),
        content.into_any(),
    )
}

/// The present end date of the key, which an edit can keep.
#[derive(Clone, Copy, Debug)]
pub(super) enum EndNow {
    NoKeyYet,
    Never,
    At(Timestamp),
}

/// The field for the end date.
#[component]
fn Expires(
    /// The choice, and the typed day.
    expires: String,
    on: String,
    now: Timestamp,
    current: EndNow,
    errors: RwSignal<FormErrors>,
) -> impl IntoView {
    let words_on = |words: &'static str, end: Timestamp| {
        let day = day(end);
        Signal::derive(move || format!("{words}, {}", day.get()))
    };
    let words = |words: &str| Signal::stored(words.to_owned());
    let mut choices = vec![
        ("never", words("Never")),
        ("30", words_on("In 30 days", now.plus(30 * DAY))),
        ("90", words_on("In 90 days", now.plus(90 * DAY))),
        ("date", words("On a date")),
    ];
    match current {
        EndNow::At(end) => choices.insert(0, (KEEP, words_on("As it is", end))),
        // For a key without an end date, "Never" keeps the end date as it is.
        EndNow::Never => choices[0].0 = KEEP,
        EndNow::NoKeyYet => {}
    }
    let options = choices.into_iter().map(|(value, label)| {
        view! {
            <option value=value selected=expires == value>
                {label}
            </option>
        }
    });
    let select = select(
        Select {
            id: Some(KeyField::Expires.id()),
            name: EXPIRES,
            errors: Some(errors),
            ..Select::default()
        },
        options.collect_view(),
    );
    let zone = zone();
    view! {
        {labelled_as(KeyField::Expires.id(), EXPIRES, KeyField::Expires.label(), None, Some(errors), select)}
        <div class="field field--date">
            <label class="field__label" for="expires-on">
                "Last day"
            </label>
            <input
                class="input"
                id="expires-on"
                name=EXPIRES_ON
                type="date"
                min=iso_day(now)
                value=on
                aria-invalid=invalid(EXPIRES_ON, errors)
                aria-describedby=described(EXPIRES_ON, Some("expires-on-hint"), errors)
            />
            <FieldError name=EXPIRES_ON errors/>
            <p class="field__hint" id="expires-on-hint">
                // In a form that is sent before the scripts run, the day is meant in UTC.
                {move || format!("The key works until the end of this day ({}).", zone.get())}
            </p>
            <input type="hidden" name=UTC_OFFSET/>
        </div>
    }
}
