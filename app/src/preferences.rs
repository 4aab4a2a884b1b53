//! How a person wants to see the console in this browser: its colours, the zone of its times, and the separators in its numbers. Cookies
//! remember the first two, and the languages of the browser say the third. Attributes of the page (`data-theme`, `data-times`,
//! `data-numbers`) hold them.

use leptos::prelude::*;
use model::number::Separator;

/// The colours of the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system of the person says.
    #[default]
    System,
    Light,
    Dark,
}

/// The zone in which times are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// The zone of the browser.
    #[default]
    Local,
    Utc,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    pub theme: Theme,
    pub times: Times,
    pub numbers: Separator,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];
    /// The name of the field, and the end of the names of the cookie and the attribute.
    pub const FIELD: &'static str = "theme";

    /// The value in forms, cookies and attributes.
    pub const fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The word on the screen.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.word() == word)
    }
}

impl Times {
    pub const ALL: [Self; 2] = [Self::Local, Self::Utc];
    pub const FIELD: &'static str = "times";

    pub const fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Utc => "utc",
        }
    }

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Local => "Local",
            Self::Utc => "UTC",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|times| times.word() == word)
    }
}

/// The preferences with which the page is drawn, out of the request.
#[cfg(feature = "ssr")]
pub(crate) fn shown() -> Preferences {
    use_context().unwrap_or_default()
}

/// The preferences with which the page was drawn, out of the page.
#[cfg(not(feature = "ssr"))]
pub(crate) fn shown() -> Preferences {
    Preferences {
        theme: attribute(Theme::FIELD)
            .and_then(|word| Theme::parse(&word))
            .unwrap_or_default(),
        times: attribute(Times::FIELD)
            .and_then(|word| Times::parse(&word))
            .unwrap_or_default(),
        numbers: numbers(),
    }
}

/// The separator in the numbers of the page, or the comma outside of a page.
#[cfg(feature = "ssr")]
pub(crate) fn numbers() -> Separator {
    shown().numbers
}

/// The separator in the numbers of the page. It is read once, since only another page has another one, and a list has hundreds of
/// numbers. It is not a context, since code that draws numbers also runs in handlers and tasks, which may have no owner.
#[cfg(not(feature = "ssr"))]
pub(crate) fn numbers() -> Separator {
    thread_local! {
        static NUMBERS: Separator = attribute("numbers")
            .and_then(|word| Separator::parse(&word))
            .unwrap_or_default();
    }
    NUMBERS.with(|numbers| *numbers)
}

/// Whether times are shown in UTC. Works only in the browser.
pub(crate) fn is_utc() -> bool {
    attribute(Times::FIELD).is_some_and(|word| word == Times::Utc.word())
}

/// Changes the attribute of the page, so that the page changes at once. Works only in the browser.
pub(crate) fn show(field: &str, word: &str) {
    if let Some(page) = document().document_element() {
        let _ = page.set_attribute(&format!("data-{field}"), word);
    }
}

fn attribute(field: &str) -> Option<String> {
    document().document_element()?.get_attribute(&format!("data-{field}"))
}
