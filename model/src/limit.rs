//! Rate limits of a key: requests per second, per minute and per day, over all nodes together.

use serde::{Deserialize, Serialize};

use crate::id::{CustomerId, KeyId};
use crate::number::{Separator, grouped_with};
use crate::time::{DAY, MINUTE, SECOND};

/// The highest limit that can be set.
pub const HIGHEST: u32 = 1_000_000_000;

/// How often a key may be used. `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Limits {
    pub second: Option<u32>,
    pub minute: Option<u32>,
    pub day: Option<u32>,
}

/// What has limits: a key, or a customer whose keys share them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LimitSubject {
    Key(KeyId),
    Customer(CustomerId),
}

impl TryFrom<String> for LimitSubject {
    type Error = String;

    fn try_from(id: String) -> Result<Self, String> {
        KeyId::try_from(id)
            .map(Self::Key)
            .or_else(|id| CustomerId::try_from(id).map(Self::Customer))
    }
}

impl From<LimitSubject> for String {
    fn from(subject: LimitSubject) -> Self {
        match subject {
            LimitSubject::Key(id) => id.into(),
            LimitSubject::Customer(id) => id.into(),
        }
    }
}

/// The span of time for which a limit counts requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Window {
    Second,
    Minute,
    Day,
}

impl Window {
    pub const ALL: [Self; 3] = [Self::Second, Self::Minute, Self::Day];

    /// The word in forms, headers and sentences.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Day => "day",
        }
    }

    /// The name of its field in forms.
    pub const fn field_name(self) -> &'static str {
        match self {
            Self::Second => "limit_second",
            Self::Minute => "limit_minute",
            Self::Day => "limit_day",
        }
    }

    /// The label of its field in forms.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Second => "Requests a second",
            Self::Minute => "Requests a minute",
            Self::Day => "Requests a day",
        }
    }

    /// Reads its field; an empty text is no limit.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn read(self, typed: &str) -> Result<Option<u32>, String> {
        read(typed).map_err(|message| format!("{}: {message}", self.label()))
    }

    /// Its length in milliseconds.
    pub const fn length(self) -> i64 {
        match self {
            Self::Second => SECOND,
            Self::Minute => MINUTE,
            Self::Day => DAY,
        }
    }
}

impl Limits {
    pub const NONE: Self = Self {
        second: None,
        minute: None,
        day: None,
    };

    pub const fn of(&self, window: Window) -> Option<u32> {
        match window {
            Window::Second => self.second,
            Window::Minute => self.minute,
            Window::Day => self.day,
        }
    }

    pub const fn set(&mut self, window: Window, limit: Option<u32>) {
        match window {
            Window::Second => self.second = limit,
            Window::Minute => self.minute = limit,
            Window::Day => self.day = limit,
        }
    }

    pub const fn is_none(&self) -> bool {
        self.second.is_none() && self.minute.is_none() && self.day.is_none()
    }

    /// The limits that are set, shortest window first.
    pub fn each(self) -> impl Iterator<Item = (Window, u32)> {
        Window::ALL
            .into_iter()
            .filter_map(move |window| Some((window, self.of(window)?)))
    }

    /// `10 a second, 1,000 a day`; `none` where there is no limit. With commas, for the audit log and the command line.
    pub fn in_words(&self) -> String {
        self.in_words_with(Separator::Comma)
    }

    /// The same words with this separator in the numbers, for a screen.
    pub fn in_words_with(&self, numbers: Separator) -> String {
        let all: Vec<String> = self
            .each()
            .map(|(window, limit)| format!("{} a {}", grouped_with(limit.into(), numbers), window.as_str()))
            .collect();
        if all.is_empty() {
            "none".to_owned()
        } else {
            all.join(", ")
        }
    }
}

/// Reads a limit. Only digits are allowed: `1,000` and `1.000` do not mean the same number everywhere.
fn read(text: &str) -> Result<Option<u32>, String> {
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
    use super::*;

    #[test]
    fn limits_read_like_a_sentence() {
        let limits = Limits {
            second: Some(10),
            minute: None,
            day: Some(1_234_567),
        };
        assert_eq!(limits.in_words(), "10 a second, 1,234,567 a day");
        assert_eq!(limits.in_words_with(Separator::Period), "10 a second, 1.234.567 a day");
        assert_eq!(Limits::NONE.in_words(), "none");
    }
}
