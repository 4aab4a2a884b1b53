//! The fields that the forms of a key share: name, bias profile, end date.

use leptos::prelude::*;
use model::end_date::EndDateField;
use model::form::FormErrors;
use model::profile::ProfileName;
use model::time::{DAY, Timestamp};

use crate::ui::day::{day, iso_day, zone};
use crate::ui::field::{FieldError, described, invalid};
use crate::ui::find::FindOption;

#[component]
pub(super) fn NameField(name: String, focus: bool, errors: RwSignal<FormErrors>) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for="name">
                "Name"
            </label>
            <input
                class="input"
                id="name"
                name="name"
                autocomplete="off"
                autofocus=focus
                required
                value=name
                aria-invalid=invalid("name", errors)
                aria-describedby=described("name", Some("name-hint"), errors)
            />
            <FieldError name="name" errors/>
            <p class="field__hint" id="name-hint">
                "Only to recognise the key; it changes nothing about what the key can do."
            </p>
        </div>
    }
}

#[component]
pub(super) fn ProfileField(chosen: String, profiles: Vec<ProfileName>, errors: RwSignal<FormErrors>) -> impl IntoView {
    let many = profiles.len();
    view! {
        <div class="field">
            <label class="field__label" for="bias-profile">
                "Bias Profile"
            </label>
            <span class="select">
                <select
                    id="bias-profile"
                    name="bias_profile"
                    aria-invalid=invalid("bias_profile", errors)
                    aria-describedby=described("bias_profile", None, errors)
                >
                    <option value="">"None"</option>
                    {profiles
                        .into_iter()
                        .map(move |profile| {
                            let selected = profile.id.as_str() == chosen;
                            view! {
                                <option value=profile.id.to_string() selected=selected>
                                    {profile.name}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </span>
            <FindOption select="bias-profile" label="Find a bias profile" many/>
            <FieldError name="bias_profile" errors/>
        </div>
    }
}

/// How a key ends that is edited, which can stay so.
#[derive(Clone, Copy, Debug)]
pub(super) enum EndNow {
    NoKeyYet,
    Never,
    At(Timestamp),
}

/// When the key ends.
#[component]
pub(super) fn Expires(
    field: EndDateField,
    now: Timestamp,
    current: EndNow,
    errors: RwSignal<FormErrors>,
) -> impl IntoView {
    let EndDateField {
        expires, expires_on, ..
    } = field;
    let on = |words: &'static str, end: Timestamp| {
        let day = day(end);
        Signal::derive(move || format!("{words}, {}", day.get()))
    };
    let words = |words: &str| Signal::stored(words.to_owned());
    let mut choices = vec![
        ("never", words("Never")),
        ("30", on("In 30 days", now.plus(30 * DAY))),
        ("90", on("In 90 days", now.plus(90 * DAY))),
        ("date", words("On a date")),
    ];
    match current {
        EndNow::At(end) => choices.insert(0, ("keep", on("As it is", end))),
        // Never is as it is.
        EndNow::Never => choices[0].0 = "keep",
        EndNow::NoKeyYet => {}
    }
    let zone = zone();
    view! {
        <div class="field">
            <label class="field__label" for="expires">
                "Expires"
            </label>
            <span class="select">
                <select
                    id="expires"
                    name="expires"
                    aria-invalid=invalid("expires", errors)
                    aria-describedby=described("expires", None, errors)
                >
                    {choices
                        .into_iter()
                        .map(|(value, label)| {
                            view! {
                                <option value=value selected=expires == value>
                                    {label}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </span>
            <FieldError name="expires" errors/>
        </div>
        <div class="field field--date">
            <label class="field__label" for="expires-on">
                "Last day"
            </label>
            <input
                class="input"
                id="expires-on"
                name="expires_on"
                type="date"
                min=iso_day(now)
                value=expires_on
                aria-invalid=invalid("expires_on", errors)
                aria-describedby=described("expires_on", Some("expires-on-hint"), errors)
            />
            <FieldError name="expires_on" errors/>
            <p class="field__hint" id="expires-on-hint">
                // A form that is sent before the scripts are there means UTC.
                {move || format!("The key works until the end of this day ({}).", zone.get())}
            </p>
        </div>
    }
}
