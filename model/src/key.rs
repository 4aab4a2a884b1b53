//! API keys: what a form asks for, what a list shows.

use serde::{Deserialize, Serialize};

use crate::account::Me;
use crate::endpoint::{Endpoint, Grant};
use crate::environment::EnvironmentView;
use crate::id::KeyId;
use crate::status::Status;
use crate::time::{DAY, Timestamp};

/// The longest name, in characters.
pub const NAME_MAX: usize = 100;
/// Keys on one page of the list.
pub const PAGE_SIZE: u64 = 50;
/// The furthest end date, in milliseconds from now: ten years.
pub const EXPIRES_MAX: i64 = 3_653 * DAY;

/// A name for a key: 1 to 100 characters on one line. It identifies nothing, so it need not be unique.
pub fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 {
        Err("Give the key a name.".to_owned())
    } else if length > NAME_MAX {
        Err(format!(
            "A name has at most {NAME_MAX} characters; this one has {length}."
        ))
    } else if text.chars().any(char::is_control) {
        Err("A name is one line without control characters.".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// The Create API Key form, as it was typed. Every field is text, so that nothing typed is lost when it is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateKeyForm {
    #[serde(default)]
    pub name: String,
    /// An environment's name.
    #[serde(default)]
    pub environment: String,
    /// `all` or `only`. A ticked endpoint means `only` whatever stands here.
    #[serde(default)]
    pub endpoints: String,
    /// The names of the ticked endpoints.
    #[serde(default)]
    pub endpoint: Vec<String>,
    /// `never`, `30`, `90` (days) or `date`.
    #[serde(default)]
    pub expires: String,
    /// `2027-02-20`, read when `expires` is `date`.
    #[serde(default)]
    pub expires_on: String,
    /// Minutes that the person's clock is east of UTC; empty without scripts, which means UTC.
    #[serde(default)]
    pub utc_offset: String,
    /// The browser's clock when the form was sent, in Unix milliseconds; empty without scripts.
    #[serde(default)]
    pub browser_time: String,
    /// Identifies this rendering of the form: sent twice, it makes one key.
    #[serde(default)]
    pub form_id: String,
}

/// What is wrong with a form: a message for each field, and one for the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormErrors {
    pub fields: Vec<(String, String)>,
    pub form: Option<String>,
}

impl FormErrors {
    /// A message about the form as a whole.
    pub fn whole(message: impl Into<String>) -> Self {
        Self {
            fields: Vec::new(),
            form: Some(message.into()),
        }
    }

    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.fields.push((field.to_owned(), message.into()));
    }

    pub fn of(&self, field: &str) -> Option<String> {
        self.fields
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, message)| message.clone())
    }

    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.form.is_none()
    }
}

impl CreateKeyForm {
    /// The end date that the form asks for, or what is wrong with it.
    pub fn expiry(&self, now: Timestamp) -> Result<Option<Timestamp>, String> {
        match self.expires.as_str() {
            "" | "never" => Ok(None),
            "30" => Ok(Some(now.plus(30 * DAY))),
            "90" => Ok(Some(now.plus(90 * DAY))),
            "date" => {
                let offset = self.utc_offset.parse::<i64>().unwrap_or(0).clamp(-14 * 60, 14 * 60);
                let end = Timestamp::end_of_day(self.expires_on.trim(), offset)
                    .ok_or_else(|| "Choose the last day on which the key works.".to_owned())?;
                if end <= now {
                    Err("That day has passed. Choose a later one.".to_owned())
                } else if end.since(now) > EXPIRES_MAX {
                    Err("That is more than ten years away. Choose an earlier day, or Never.".to_owned())
                } else {
                    Ok(Some(end))
                }
            }
            _ => Err("Choose when the key expires.".to_owned()),
        }
    }

    /// The endpoints that the form asks for, or what is wrong with them.
    pub fn grant(&self, catalogue: &[Endpoint]) -> Result<Grant, String> {
        if let Some(unknown) = self
            .endpoint
            .iter()
            .find(|name| !catalogue.iter().any(|endpoint| endpoint.name == **name))
        {
            return Err(format!("There is no endpoint {:?}.", short(unknown)));
        }
        match self.endpoints.as_str() {
            _ if !self.endpoint.is_empty() => {
                let mut names = self.endpoint.clone();
                names.sort();
                names.dedup();
                Ok(Grant::Only(names))
            }
            "" | "all" => Ok(Grant::All),
            "only" => Err("Tick at least one endpoint, or choose All endpoints.".to_owned()),
            _ => Err("Choose All endpoints or Only these.".to_owned()),
        }
    }
}

/// The first characters of something a person sent, for a message.
fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// What the Create API Key form needs to be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateKeyOptions {
    pub environments: Vec<EnvironmentView>,
    pub endpoints: Vec<Endpoint>,
    /// The form as it is first shown, with a sensible name and an identifier of its own.
    pub form: CreateKeyForm,
    /// The server's clock.
    pub now: Timestamp,
}

/// A key that was just made. The only thing that ever carries a token to a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedKey {
    pub id: KeyId,
    pub name: String,
    pub environment: String,
    pub token: String,
    /// A request that the key may make, for the `curl` line.
    pub example: Option<crate::endpoint::Pattern>,
    pub progress: Progress,
}

impl std::fmt::Debug for CreatedKey {
    /// Leaves the token out.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CreatedKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// How far a key has come on its way to ACTIVE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub status: Status,
    /// Why a FAILED key failed.
    pub reason: Option<String>,
}

/// What came of a sent form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CreateOutcome {
    Created(Box<CreatedKey>),
    /// Nothing was made; the form as it was sent, and what is wrong with it.
    Invalid(Box<CreateKeyForm>, FormErrors),
    /// This very form had made a key before. Its token was in that answer and cannot be shown again.
    AlreadyCreated {
        id: KeyId,
        name: String,
    },
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRow {
    pub id: KeyId,
    pub name: String,
    pub environment: String,
    /// Who made it.
    pub creator: String,
    /// `sk_live_…9fQ2`
    pub masked: String,
    pub status: Status,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    /// Titles of the granted endpoints; `None` for all.
    pub endpoints: Option<Vec<String>>,
    /// Whether the person who asked may change this key.
    pub may_change: bool,
}

/// What the list is asked for. It is the page's query string.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyQuery {
    /// Prefix of a name or key ID, or the last four characters of a token.
    #[serde(default)]
    pub search: String,
    /// An environment's name; empty for all; `None` for the one that was chosen last.
    #[serde(default)]
    pub environment: Option<String>,
    /// Slugs of the wanted statuses; empty for all.
    #[serde(default)]
    pub status: Vec<String>,
    /// Names of the wanted endpoints; empty for all.
    #[serde(default)]
    pub endpoint: Vec<String>,
    /// Where the page starts; empty for the newest.
    #[serde(default)]
    pub after: String,
}

/// One page of the list, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPage {
    pub rows: Vec<KeyRow>,
    /// Keys that match, on all pages.
    pub matching: u64,
    /// Keys there are at all: none is an invitation, no match is not.
    pub total: u64,
    /// Where the next page starts.
    pub next: Option<String>,
    /// The catalogue, for the filter.
    pub endpoints: Vec<(String, String)>,
    pub now: Timestamp,
    pub may_create: bool,
}

/// What the Delete API Key dialog shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletePreview {
    pub id: KeyId,
    pub name: String,
    pub last_used_at: Option<Timestamp>,
    pub now: Timestamp,
}

/// What every screen of the console needs: who is there, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    pub me: Me,
    pub environments: Vec<EnvironmentView>,
    /// The environment that was chosen last; empty for all.
    pub environment: String,
    /// Nodes that answer now.
    pub nodes: u64,
    /// Scheme and host under which the browser reached us, for the `curl` line.
    pub origin: String,
}

/// What the home screen counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Keys of each status, in the order of [`Status::ALL`].
    pub by_status: Vec<(Status, u64)>,
    pub total: u64,
    pub may_create: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_326_180_000); // 2026-11-22T05:43:00Z

    fn catalogue() -> Vec<Endpoint> {
        ["chat", "image"]
            .map(|name| Endpoint {
                name: name.to_owned(),
                title: name.to_owned(),
                patterns: Vec::new(),
            })
            .to_vec()
    }

    #[test]
    fn a_name_is_anything_short_on_one_line() {
        assert_eq!(name("  Shop 🛒 <script>  ").as_deref(), Ok("Shop 🛒 <script>"));
        assert_eq!(name(" ").unwrap_err(), "Give the key a name.");
        assert_eq!(
            name(&"x".repeat(10_000)).unwrap_err(),
            "A name has at most 100 characters; this one has 10000."
        );
        assert!(name("a\nb").is_err());
    }

    #[test]
    fn a_ticked_endpoint_means_only_these() {
        let form = CreateKeyForm {
            endpoints: "all".to_owned(),
            endpoint: vec!["image".to_owned(), "image".to_owned()],
            ..CreateKeyForm::default()
        };
        assert_eq!(form.grant(&catalogue()), Ok(Grant::Only(vec!["image".to_owned()])));
    }

    #[test]
    fn only_these_needs_one_and_an_unknown_one_is_named() {
        let only = |endpoint: &[&str]| CreateKeyForm {
            endpoints: "only".to_owned(),
            endpoint: endpoint.iter().map(|&name| name.to_owned()).collect(),
            ..CreateKeyForm::default()
        };
        assert!(only(&[]).grant(&catalogue()).is_err());
        assert!(only(&["video"]).grant(&catalogue()).unwrap_err().contains("video"));
        assert_eq!(CreateKeyForm::default().grant(&catalogue()), Ok(Grant::All));
    }

    #[test]
    fn an_end_date_lies_ahead() {
        let on = |expires: &str, date: &str| {
            CreateKeyForm {
                expires: expires.to_owned(),
                expires_on: date.to_owned(),
                ..CreateKeyForm::default()
            }
            .expiry(NOW)
        };
        assert_eq!(on("never", ""), Ok(None));
        assert_eq!(on("90", ""), Ok(Some(NOW.plus(90 * DAY))));
        assert!(on("date", "2026-11-22").is_ok_and(|end| end.is_some()));
        for (expires, date) in [
            ("date", "2026-11-21"),
            ("date", ""),
            ("date", "2099-01-01"),
            ("soon", ""),
        ] {
            assert!(on(expires, date).is_err(), "{expires} {date}");
        }
    }
}
