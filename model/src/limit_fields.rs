//! The fields Rate limit and Allowed addresses of a key's forms: what was typed, and what is wrong with it.

use serde::{Deserialize, Serialize};

use crate::address::AllowedAddresses;
use crate::form::FormErrors;
use crate::limit::{HIGHEST, Limits, Window};

/// The field of the allowed addresses.
pub const ADDRESSES: &str = "allowed_addresses";

/// The fields as they were typed. `None` is a field that the form does not have: it leaves that as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitFields {
    /// Requests a second; empty for no limit.
    #[serde(default)]
    pub limit_second: Option<String>,
    #[serde(default)]
    pub limit_minute: Option<String>,
    #[serde(default)]
    pub limit_day: Option<String>,
    /// One network a line; empty for everywhere.
    #[serde(default)]
    pub allowed_addresses: Option<String>,
}

/// What the fields showed at first. `None` is a field that was not shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownLimits {
    #[serde(default)]
    pub was_limit_second: Option<String>,
    #[serde(default)]
    pub was_limit_minute: Option<String>,
    #[serde(default)]
    pub was_limit_day: Option<String>,
    /// Apart by blanks.
    #[serde(default)]
    pub was_allowed_addresses: Option<String>,
}

impl Window {
    /// Its field in forms.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Second => "limit_second",
            Self::Minute => "limit_minute",
            Self::Day => "limit_day",
        }
    }

    /// The label of that field.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Second => "Requests a second",
            Self::Minute => "Requests a minute",
            Self::Day => "Requests a day",
        }
    }
}

impl LimitFields {
    /// The fields for a key as it is.
    pub fn of(limits: Limits, addresses: &AllowedAddresses) -> Self {
        let typed = |window| Some(number(limits, window));
        Self {
            limit_second: typed(Window::Second),
            limit_minute: typed(Window::Minute),
            limit_day: typed(Window::Day),
            allowed_addresses: Some(addresses.lines()),
        }
    }

    /// What was typed for a window.
    const fn typed(&self, window: Window) -> Option<&String> {
        match window {
            Window::Second => self.limit_second.as_ref(),
            Window::Minute => self.limit_minute.as_ref(),
            Window::Day => self.limit_day.as_ref(),
        }
    }

    /// The fields with their names, as far as the form has them.
    pub fn each(self) -> impl Iterator<Item = (&'static str, String)> {
        let all = [
            (Window::Second.field(), self.limit_second),
            (Window::Minute.field(), self.limit_minute),
            (Window::Day.field(), self.limit_day),
            (ADDRESSES, self.allowed_addresses),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// The limits that the fields ask for, where the key `has` these. `None` where something is wrong, which is then
    /// among the errors.
    pub fn limits(&self, has: Limits, errors: &mut FormErrors) -> Option<Limits> {
        let mut read = |window: Window| match self.typed(window) {
            None => Some(has.of(window)),
            Some(text) => limit(text)
                .map_err(|message| errors.add(window.field(), format!("{}: {message}", window.label())))
                .ok(),
        };
        let (second, minute, day) = (read(Window::Second), read(Window::Minute), read(Window::Day));
        Some(Limits {
            second: second?,
            minute: minute?,
            day: day?,
        })
    }

    /// The same for the allowed addresses.
    pub fn addresses(&self, has: &AllowedAddresses, errors: &mut FormErrors) -> Option<AllowedAddresses> {
        match &self.allowed_addresses {
            None => Some(has.clone()),
            Some(text) => AllowedAddresses::read(text)
                .map_err(|message| errors.add(ADDRESSES, message))
                .ok(),
        }
    }

    /// Brings the fields up to a key that is `now` another than they showed: what the person left follows the key.
    pub(crate) fn follow(&mut self, was: &ShownLimits, now: &ShownLimits) {
        for (typed, was, is) in [
            (&mut self.limit_second, &was.was_limit_second, &now.was_limit_second),
            (&mut self.limit_minute, &was.was_limit_minute, &now.was_limit_minute),
            (&mut self.limit_day, &was.was_limit_day, &now.was_limit_day),
        ] {
            if typed.as_deref().map(str::trim) == was.as_deref() {
                typed.clone_from(is);
            }
        }
        let read = |text: &Option<String>| AllowedAddresses::read(text.as_deref()?).ok();
        let (typed, was) = (read(&self.allowed_addresses), read(&was.was_allowed_addresses));
        // Networks in another order, or one a line, are the same.
        if let (true, Some(is)) = (typed.is_some() && typed == was, read(&now.was_allowed_addresses)) {
            self.allowed_addresses = Some(is.lines());
        }
    }
}

impl ShownLimits {
    pub fn of(limits: Limits, addresses: &AllowedAddresses) -> Self {
        let shown = |window| Some(number(limits, window));
        Self {
            was_limit_second: shown(Window::Second),
            was_limit_minute: shown(Window::Minute),
            was_limit_day: shown(Window::Day),
            was_allowed_addresses: Some(addresses.to_string()),
        }
    }

    /// The fields with their names, as far as they were shown.
    pub fn each(self) -> impl Iterator<Item = (&'static str, String)> {
        let all = [
            ("was_limit_second", self.was_limit_second),
            ("was_limit_minute", self.was_limit_minute),
            ("was_limit_day", self.was_limit_day),
            ("was_allowed_addresses", self.was_allowed_addresses),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// What is another `now` than it was shown, a sentence each.
    pub fn changes(&self, now: &Self) -> Vec<String> {
        let mut all = Vec::new();
        for (was, is, window) in [
            (&self.was_limit_second, &now.was_limit_second, Window::Second),
            (&self.was_limit_minute, &now.was_limit_minute, Window::Minute),
            (&self.was_limit_day, &now.was_limit_day, Window::Day),
        ] {
            if let (Some(was), Some(is)) = (was, is)
                && was != is
            {
                let label = window.label();
                let is = if is.is_empty() { "not limited" } else { is };
                all.push(format!("{label} is now: {is}."));
            }
        }
        if let (Some(was), Some(is)) = (&self.was_allowed_addresses, &now.was_allowed_addresses)
            && was != is
        {
            let is = if is.is_empty() {
                "everywhere".to_owned()
            } else {
                is.replace(' ', ", ")
            };
            all.push(format!("Allowed addresses are now: {is}."));
        }
        all
    }

    /// With `now` in the place of what was not shown: a form that knows nothing of these fields shows no other key.
    #[must_use]
    pub fn or(self, now: &Self) -> Self {
        let filled = |shown: Option<String>, now: &Option<String>| shown.or_else(|| now.clone());
        Self {
            was_limit_second: filled(self.was_limit_second, &now.was_limit_second),
            was_limit_minute: filled(self.was_limit_minute, &now.was_limit_minute),
            was_limit_day: filled(self.was_limit_day, &now.was_limit_day),
            was_allowed_addresses: filled(self.was_allowed_addresses, &now.was_allowed_addresses),
        }
    }
}

/// A limit as its field shows it.
fn number(limits: Limits, window: Window) -> String {
    limits.of(window).map(|limit| limit.to_string()).unwrap_or_default()
}

/// A limit as it was typed. Only digits: `1,000` and `1.000` are not the same number everywhere.
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

    const HAS: Limits = Limits {
        second: Some(10),
        minute: None,
        day: Some(1_000),
    };

    fn addresses(text: &str) -> AllowedAddresses {
        AllowedAddresses::read(text).unwrap()
    }

    fn second(text: &str) -> LimitFields {
        LimitFields {
            limit_second: Some(text.to_owned()),
            ..LimitFields::default()
        }
    }

    /// What is read from the field of a second, or the message at it.
    fn read(text: &str) -> Result<Option<u32>, String> {
        let mut errors = FormErrors::default();
        match second(text).limits(Limits::NONE, &mut errors) {
            Some(limits) => Ok(limits.second),
            None => Err(errors.of("limit_second").unwrap()),
        }
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
            assert_eq!(read(text), Ok(limit), "{text:?}");
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
            let message = read(nonsense).unwrap_err();
            assert!(
                message.starts_with("Requests a second: write a whole number"),
                "{message}"
            );
        }
    }

    #[test]
    fn what_a_form_does_not_have_stays_as_it_is() {
        let mut errors = FormErrors::default();
        let from = addresses("10.0.0.0/8");
        let absent = LimitFields::default();
        assert_eq!(absent.limits(HAS, &mut errors), Some(HAS));
        assert_eq!(absent.addresses(&from, &mut errors), Some(from.clone()));
        let emptied = LimitFields {
            allowed_addresses: Some(String::new()),
            ..second("")
        };
        let limits = emptied.limits(HAS, &mut errors).unwrap();
        assert_eq!((limits.second, limits.day), (None, Some(1_000)));
        assert_eq!(emptied.addresses(&from, &mut errors), Some(AllowedAddresses::default()));
        assert!(errors.is_empty());
    }

    #[test]
    fn what_was_left_alone_follows_the_key_and_what_was_typed_stays() {
        let was = ShownLimits::of(HAS, &addresses("10.0.0.0/8 192.0.2.0/24"));
        let now_limits = Limits {
            second: Some(20),
            day: None,
            ..HAS
        };
        let now = ShownLimits::of(now_limits, &addresses("2001:db8::/32"));
        let mut fields = LimitFields::of(HAS, &addresses("192.0.2.0/24 10.0.0.0/8"));
        fields.limit_day = Some("5".to_owned());
        fields.follow(&was, &now);
        assert_eq!(fields.limit_second.as_deref(), Some("20"));
        assert_eq!(fields.limit_day.as_deref(), Some("5"));
        assert_eq!(fields.allowed_addresses.as_deref(), Some("2001:db8::/32"));

        fields.allowed_addresses = Some("nonsense".to_owned());
        fields.follow(&now, &was);
        assert_eq!(fields.allowed_addresses.as_deref(), Some("nonsense"));
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(
            second in proptest::option::of(1..=HIGHEST),
            minute in proptest::option::of(1..=HIGHEST),
            day in proptest::option::of(1..=HIGHEST),
            networks in proptest::collection::vec((any::<u32>(), 0..=32_u8), 0..5),
        ) {
            let limits = Limits { second, minute, day };
            let text: Vec<String> = networks
                .into_iter()
                .map(|(bits, length)| format!("{}/{length}", std::net::Ipv4Addr::from_bits(bits)))
                .collect();
            let from = addresses(&text.join(" "));
            let mut errors = FormErrors::default();
            let fields = LimitFields::of(limits, &from);
            prop_assert_eq!(fields.limits(Limits::NONE, &mut errors), Some(limits));
            prop_assert_eq!(fields.addresses(&AllowedAddresses::default(), &mut errors), Some(from));
        }

        #[test]
        fn any_text_is_a_limit_or_a_mistake(text in any::<String>()) {
            let mut errors = FormErrors::default();
            let read = second(&text).limits(Limits::NONE, &mut errors);
            prop_assert_eq!(read.is_none(), errors.of("limit_second").is_some());
        }
    }
}
