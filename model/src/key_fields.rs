//! What people set on a key, when it is made and later. Each field is declared here once: its name in forms, its label,
//! its rule, and how its value stands in a form and reads in words. Forms, merging with another person's changes, the
//! audit log and the screens follow from this list.

use serde::{Deserialize, Serialize};

use crate::address::AllowedAddresses;
use crate::end_date::{self, EndDate};
use crate::form::{FormErrors, Mistake};
use crate::form_values::FormValues;
use crate::id::ProfileId;
use crate::key;
use crate::limit::{HIGHEST, Limits, Window};
use crate::profile::{Difference, ProfileName};
use crate::time::Timestamp;

/// The values of all fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySettings {
    pub name: String,
    pub profile: Option<ProfileId>,
    /// Whether requests are accepted; `None` where that cannot be chosen.
    pub active: Option<bool>,
    pub expires_at: Option<Timestamp>,
    pub limits: Limits,
    pub addresses: AllowedAddresses,
}

/// One field of a key's forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyField {
    Name,
    BiasProfile,
    Status,
    Expires,
    Limit(Window),
    AllowedAddresses,
}

/// What the fields' rules and texts need besides the values.
#[derive(Clone, Copy, Debug)]
pub struct FieldContext<'a> {
    pub profiles: &'a [ProfileName],
    pub now: Timestamp,
    /// Whether the key is being created, so that there is no end date yet that could stay.
    pub new: bool,
}

impl KeyField {
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::BiasProfile,
        Self::Status,
        Self::Expires,
        Self::Limit(Window::Second),
        Self::Limit(Window::Minute),
        Self::Limit(Window::Day),
        Self::AllowedAddresses,
    ];

    /// Its name in forms.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::BiasProfile => "bias_profile",
            Self::Status => "status",
            Self::Expires => end_date::EXPIRES,
            Self::Limit(Window::Second) => "limit_second",
            Self::Limit(Window::Minute) => "limit_minute",
            Self::Limit(Window::Day) => "limit_day",
            Self::AllowedAddresses => "allowed_addresses",
        }
    }

    /// The name of the hidden field that notes what the form showed at first.
    pub const fn shown_name(self) -> &'static str {
        match self {
            Self::Name => "was_name",
            Self::BiasProfile => "was_bias_profile",
            Self::Status => "was_status",
            Self::Expires => "was_end",
            Self::Limit(Window::Second) => "was_limit_second",
            Self::Limit(Window::Minute) => "was_limit_minute",
            Self::Limit(Window::Day) => "was_limit_day",
            Self::AllowedAddresses => "was_allowed_addresses",
        }
    }

    /// Its id in pages.
    pub const fn id(self) -> &'static str {
        match self {
            Self::BiasProfile => "bias-profile",
            Self::AllowedAddresses => "allowed-addresses",
            Self::Name | Self::Status | Self::Expires | Self::Limit(_) => self.name(),
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::BiasProfile => "Bias Profile",
            Self::Status => "Status",
            Self::Expires => "Expires",
            Self::Limit(Window::Second) => "Requests a second",
            Self::Limit(Window::Minute) => "Requests a minute",
            Self::Limit(Window::Day) => "Requests a day",
            Self::AllowedAddresses => "Allowed addresses",
        }
    }

    /// Its heading where the value is told in words. The three limits share one heading.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Limit(_) => "Rate limit",
            _ => self.label(),
        }
    }

    /// What a form shows in the field.
    fn text(self, settings: &KeySettings) -> String {
        match self {
            Self::Expires => end_date::KEEP.to_owned(),
            Self::AllowedAddresses => settings.addresses.lines(),
            Self::Name | Self::BiasProfile | Self::Status | Self::Limit(_) => self.comparable_text(settings),
        }
    }

    /// The value as a text. Different values have different texts.
    fn comparable_text(self, settings: &KeySettings) -> String {
        match self {
            Self::Name => settings.name.clone(),
            Self::BiasProfile => settings.profile.as_ref().map(ToString::to_string).unwrap_or_default(),
            Self::Status => match settings.active {
                Some(true) => "active".to_owned(),
                Some(false) => "inactive".to_owned(),
                None => String::new(),
            },
            Self::Expires => settings.expires_at.map(|end| end.0.to_string()).unwrap_or_default(),
            Self::Limit(window) => settings
                .limits
                .of(window)
                .map(|limit| limit.to_string())
                .unwrap_or_default(),
            Self::AllowedAddresses => settings.addresses.to_string(),
        }
    }

    /// Whether what was typed is what the form showed.
    fn is_untouched(self, typed: &str, shown: &str) -> bool {
        match self {
            Self::Name | Self::BiasProfile | Self::Status => typed == shown,
            Self::Expires => matches!(typed, "" | end_date::KEEP),
            Self::Limit(_) => typed.trim() == shown,
            // Networks in another order, or with other separators, are the same networks.
            Self::AllowedAddresses => {
                let read = AllowedAddresses::read(typed);
                read.is_ok() && read == AllowedAddresses::read(shown)
            }
        }
    }

    /// Reads what was typed into `settings`. A value that the form does not have stays as it is.
    fn read(self, form: &FormValues, context: &FieldContext<'_>, settings: &mut KeySettings) -> Result<(), Mistake> {
        let wrong = |message: String| (self.name(), message);
        match (self, form.get(self.name())) {
            (Self::Name, typed) => settings.name = key::name(typed.unwrap_or_default()).map_err(wrong)?,
            (_, None) => {}
            (Self::BiasProfile, Some(id)) => settings.profile = profile(id, context.profiles).map_err(wrong)?,
            (Self::Status, Some(typed)) => {
                settings.active = match typed {
                    "" => settings.active,
                    "active" => Some(true),
                    "inactive" => Some(false),
                    _ => return Err(wrong("Choose Active or Inactive.".to_owned())),
                }
            }
            (Self::Expires, Some(typed)) => match end_date::read(form, context.now)? {
                EndDate::Set(end) => settings.expires_at = end,
                EndDate::Keep if context.new && !typed.is_empty() => {
                    return Err(wrong(end_date::CHOOSE.to_owned()));
                }
                EndDate::Keep => {}
            },
            (Self::Limit(window), Some(typed)) => {
                let limit = limit(typed).map_err(|message| wrong(format!("{}: {message}", self.label())))?;
                settings.limits.set(window, limit);
            }
            (Self::AllowedAddresses, Some(typed)) => {
                settings.addresses = AllowedAddresses::read(typed).map_err(wrong)?;
            }
        }
        Ok(())
    }

    /// The value in words, for the audit log. `None` for a field whose changes have an event of their own.
    fn in_words(self, settings: &KeySettings, profiles: &[ProfileName]) -> Option<String> {
        match self {
            Self::Name => Some(settings.name.clone()),
            Self::BiasProfile => Some(profile_name(settings.profile.as_ref(), profiles)),
            Self::Status => None,
            Self::Expires => Some(end_in_words(settings.expires_at)),
            Self::Limit(_) => Some(settings.limits.in_words()),
            Self::AllowedAddresses => Some(settings.addresses.in_words()),
        }
    }

    /// The value as the key's own screen lists it; empty where nothing is set. `None` for a field that the list of keys
    /// shows as well.
    fn lines(self, settings: &KeySettings) -> Option<Vec<String>> {
        match self {
            Self::Name | Self::BiasProfile | Self::Status | Self::Expires => None,
            Self::Limit(_) if settings.limits.is_none() => Some(Vec::new()),
            Self::Limit(_) => Some(vec![settings.limits.in_words()]),
            Self::AllowedAddresses => Some(settings.addresses.networks().iter().map(ToString::to_string).collect()),
        }
    }

    /// A sentence with the present value, for a person whose form showed another one.
    fn change_sentence(self, shown: &str, now: &KeySettings, profiles: &[ProfileName]) -> String {
        match self {
            Self::Name => format!("The name is now “{}” (it was “{shown}”).", now.name),
            Self::BiasProfile => format!(
                "The bias profile is now {}.",
                profile_name(now.profile.as_ref(), profiles)
            ),
            Self::Status => {
                let title = match now.active {
                    Some(true) => "Active",
                    Some(false) => "Inactive",
                    None => "another",
                };
                format!("The status is now {title}.")
            }
            Self::Expires => format!("It now expires: {}.", end_in_words(now.expires_at)),
            Self::Limit(window) => match now.limits.of(window) {
                Some(limit) => format!("{} is now: {limit}.", self.label()),
                None => format!("{} is now: not limited.", self.label()),
            },
            Self::AllowedAddresses => format!("Allowed addresses are now: {}.", now.addresses.in_words()),
        }
    }
}

impl KeySettings {
    /// The fields of a form for a key with these settings.
    pub fn values(&self) -> FormValues {
        let mut form = FormValues::default();
        for field in KeyField::ALL {
            form.add(field.name(), field.text(self));
        }
        form
    }

    /// Notes in a form's hidden fields that it shows these settings.
    pub fn note_in(&self, form: &mut FormValues) {
        for field in KeyField::ALL {
            form.set(field.shown_name(), field.comparable_text(self));
        }
    }

    /// Reads what was typed. A value that the form does not have stays as it is.
    pub fn read(&mut self, form: &FormValues, context: &FieldContext<'_>) -> FormErrors {
        let mut errors = FormErrors::default();
        for field in KeyField::ALL {
            if let Err((name, message)) = field.read(form, context, self) {
                errors.add(name, message);
            }
        }
        errors
    }

    /// Updates a form that showed other settings: a field that the person left alone gets the value of these settings,
    /// a field that the person changed stays.
    pub fn merge_into(&self, form: &mut FormValues) {
        for field in KeyField::ALL {
            let left = match (form.get(field.name()), form.get(field.shown_name())) {
                (Some(typed), Some(shown)) => field.is_untouched(typed, shown),
                (None, _) => true,
                (Some(_), None) => false,
            };
            if left {
                form.set(field.name(), field.text(self));
            }
        }
        // The form does not ask for a status that can no longer be chosen.
        if self.active.is_none() {
            form.set(KeyField::Status.name(), "");
        }
        self.note_in(form);
    }

    /// One sentence for each value that now differs from what the form showed. A status that could not be chosen at
    /// that time is left out: such a key became ACTIVE by itself, and nobody changed it.
    pub fn changes_since_shown(&self, form: &FormValues, profiles: &[ProfileName]) -> Vec<String> {
        KeyField::ALL
            .into_iter()
            .filter_map(|field| Some((field, form.get(field.shown_name())?)))
            .filter(|(field, shown)| {
                !(*field == KeyField::Status && shown.is_empty()) && field.comparable_text(self) != *shown
            })
            .map(|(field, shown)| field.change_sentence(shown, self, profiles))
            .collect()
    }

    /// What the key's own screen lists besides what the list of keys shows.
    pub fn lines(&self) -> Vec<(KeyField, Vec<String>)> {
        let mut all: Vec<(KeyField, Vec<String>)> = Vec::new();
        for field in KeyField::ALL {
            let is_next = all.last().is_none_or(|(last, _)| last.heading() != field.heading());
            if let (true, Some(lines)) = (is_next, field.lines(self)) {
                all.push((field, lines));
            }
        }
        all
    }

    /// What newer settings change, in words.
    pub fn differences(&self, newer: &Self, profiles: &[ProfileName]) -> Vec<Difference> {
        let mut all: Vec<Difference> = Vec::new();
        for field in KeyField::ALL {
            if field.comparable_text(self) == field.comparable_text(newer) {
                continue;
            }
            let (Some(before), Some(after)) = (field.in_words(self, profiles), field.in_words(newer, profiles)) else {
                continue;
            };
            let heading = field.heading();
            if all.last().is_none_or(|(last, ..)| last != heading) {
                all.push((heading.to_owned(), before, after));
            }
        }
        all
    }
}

/// The profile with this ID; an empty ID is none.
fn profile(id: &str, profiles: &[ProfileName]) -> Result<Option<ProfileId>, String> {
    if id.is_empty() {
        return Ok(None);
    }
    match profiles.iter().find(|profile| profile.id.as_str() == id) {
        Some(profile) => Ok(Some(profile.id.clone())),
        None => Err("This bias profile was deleted. Choose another, or None.".to_owned()),
    }
}

fn profile_name(id: Option<&ProfileId>, profiles: &[ProfileName]) -> String {
    let Some(id) = id else {
        return "None".to_owned();
    };
    let known = profiles.iter().find(|profile| profile.id == *id);
    known.map_or_else(|| id.to_string(), |profile| profile.name.clone())
}

fn end_in_words(end: Option<Timestamp>) -> String {
    end.map_or_else(|| "never".to_owned(), Timestamp::exact)
}

/// Reads a limit. Only digits are allowed: `1,000` and `1.000` do not mean the same number everywhere.
fn limit(text: &str) -> Result<Option<u32>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u32>() {
        Ok(limit) if digits && (1..=HIGHEST).contains(&limit) => Ok(Some(limit)),
        _ => Err("write a whole number, 1 to 1,000,000,000, digits only.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CONTEXT: FieldContext<'_> = FieldContext {
        profiles: &[],
        now: Timestamp(1_795_326_180_000), // 2026-11-22T05:43:00Z
        new: false,
    };

    fn shop() -> KeySettings {
        KeySettings {
            name: "Shop".to_owned(),
            active: Some(true),
            limits: Limits {
                second: Some(10),
                minute: None,
                day: Some(1_000),
            },
            addresses: addresses("10.0.0.0/8 192.0.2.0/24"),
            ..KeySettings::default()
        }
    }

    /// The form for a key as it is first shown.
    fn form(settings: &KeySettings) -> FormValues {
        let mut form = settings.values();
        settings.note_in(&mut form);
        form
    }

    fn addresses(text: &str) -> AllowedAddresses {
        AllowedAddresses::read(text).unwrap()
    }

    /// What is read from the field “Requests a second”, or the error message of that field.
    fn second(text: &str) -> Result<Option<u32>, String> {
        let mut settings = shop();
        let errors = settings.read(&FormValues::from([("name", "Shop"), ("limit_second", text)]), &CONTEXT);
        errors.of("limit_second").map_or(Ok(settings.limits.second), Err)
    }

    #[test]
    fn each_field_has_names_and_a_label_of_its_own() {
        let mut seen = std::collections::BTreeSet::new();
        for field in KeyField::ALL {
            assert!(
                seen.insert(field.name()) && seen.insert(field.shown_name()),
                "{field:?}"
            );
            assert!(seen.insert(field.label()), "{field:?}");
        }
    }

    /// Compares [`shop`] with a key that has another value in each field. Fails for a field that is missing here or in
    /// [`KeyField::ALL`].
    #[test]
    fn every_setting_has_a_field_that_reads_notes_and_tells_it() {
        let other = KeySettings {
            name: "Store".to_owned(),
            profile: Some(ProfileId::from_stored("prof_0000000000".to_owned())),
            active: Some(false),
            expires_at: Some(CONTEXT.now.plus(30 * crate::time::DAY)),
            limits: Limits {
                second: None,
                minute: Some(60),
                day: None,
            },
            addresses: AllowedAddresses::default(),
        };
        let profiles = [ProfileName {
            id: ProfileId::from_stored("prof_0000000000".to_owned()),
            name: "Strict".to_owned(),
            version: 1,
        }];
        let context = FieldContext {
            profiles: &profiles,
            ..CONTEXT
        };
        let mut typed = other.values();
        typed.set("expires", "30");
        let mut read = shop();
        assert!(read.read(&typed, &context).is_empty());
        assert_eq!(read, other, "each field is read");

        assert_eq!(
            other.changes_since_shown(&form(&shop()), &profiles).len(),
            KeyField::ALL.len(),
            "each field is compared with what was shown"
        );
        let mut merged = form(&shop());
        other.merge_into(&mut merged);
        assert_eq!(merged, form(&other), "each field that was left alone follows");
        let told: Vec<String> = shop()
            .differences(&other, &profiles)
            .into_iter()
            .map(|(what, ..)| what)
            .collect();
        assert_eq!(
            told,
            ["Name", "Bias Profile", "Expires", "Rate limit", "Allowed addresses"]
        );
    }

    #[test]
    fn a_limit_is_a_whole_number_or_nothing() {
        for (text, limit) in [
            ("", None),
            (" ", None),
            ("1", Some(1)),
            (" 60 ", Some(60)),
            ("007", Some(7)),
            ("1000000000", Some(HIGHEST)),
        ] {
            assert_eq!(second(text), Ok(limit), "{text:?}");
        }
        for nonsense in [
            "0",
            "-1",
            "+1",
            "1.5",
            "1,000",
            "1 000",
            "1e3",
            "ten",
            "٣",
            "1000000001",
            "99999999999999999999",
        ] {
            let message = second(nonsense).unwrap_err();
            assert!(
                message.starts_with("Requests a second: write a whole number"),
                "{message}"
            );
        }
    }

    #[test]
    fn what_a_form_does_not_have_stays_as_it_is() {
        let mut settings = shop();
        assert!(
            settings
                .read(&FormValues::from([("name", "Shop")]), &CONTEXT)
                .is_empty()
        );
        assert_eq!(settings, shop());
        let emptied = FormValues::from([("name", "Shop"), ("limit_second", ""), ("allowed_addresses", "")]);
        assert!(settings.read(&emptied, &CONTEXT).is_empty());
        assert_eq!((settings.limits.second, settings.limits.day), (None, Some(1_000)));
        assert_eq!(settings.addresses, AllowedAddresses::default());
    }

    #[test]
    fn what_was_left_alone_follows_the_key_and_what_was_typed_stays() {
        let mut typed = form(&shop());
        typed.set("name", "My shop");
        typed.set("limit_day", "5");
        typed.set("allowed_addresses", "192.0.2.0/24\r\n10.0.0.0/8");
        let now = KeySettings {
            name: "Their shop".to_owned(),
            active: Some(false),
            limits: Limits {
                second: Some(20),
                ..Limits::NONE
            },
            addresses: addresses("2001:db8::/32"),
            ..shop()
        };
        now.merge_into(&mut typed);
        for (field, value) in [
            ("name", "My shop"),
            ("was_name", "Their shop"),
            ("status", "inactive"),
            ("limit_second", "20"),
            ("limit_day", "5"),
            ("allowed_addresses", "2001:db8::/32"),
        ] {
            assert_eq!(typed.get(field), Some(value), "{field}");
        }
        typed.set("allowed_addresses", "nonsense");
        shop().merge_into(&mut typed);
        assert_eq!(typed.text("allowed_addresses"), "nonsense");
    }

    #[test]
    fn a_status_that_could_not_be_chosen_was_changed_by_nobody() {
        let waiting = KeySettings { active: None, ..shop() };
        assert_eq!(shop().changes_since_shown(&form(&waiting), &[]), Vec::<String>::new());
        let mut typed = form(&shop());
        waiting.merge_into(&mut typed);
        assert_eq!(
            typed.text("status"),
            "",
            "the form does not ask for a status that can no longer be chosen"
        );
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(
            second in proptest::option::of(1..=HIGHEST),
            minute in proptest::option::of(1..=HIGHEST),
            day in proptest::option::of(1..=HIGHEST),
            networks in proptest::collection::vec((any::<u32>(), 0..=32_u8), 0..5),
        ) {
            let text: Vec<String> = networks
                .into_iter()
                .map(|(bits, length)| format!("{}/{length}", std::net::Ipv4Addr::from_bits(bits)))
                .collect();
            let settings = KeySettings {
                name: "Shop".to_owned(),
                limits: Limits { second, minute, day },
                addresses: addresses(&text.join(" ")),
                ..KeySettings::default()
            };
            let mut read = KeySettings::default();
            prop_assert!(read.read(&settings.values(), &CONTEXT).is_empty());
            prop_assert_eq!(read, settings);
        }

        #[test]
        fn any_text_is_a_limit_or_a_mistake(text in any::<String>()) {
            if let Ok(Some(limit)) = second(&text) {
                prop_assert!((1..=HIGHEST).contains(&limit));
            }
        }
    }
}
