//! The Create API Key form: what was typed, what it asks for, and what is wrong with it.

use serde::{Deserialize, Serialize};

use crate::endpoint::{Endpoint, Grant};
use crate::environment::EnvironmentView;
use crate::time::{DAY, Timestamp};

/// The furthest end date, in milliseconds from now: ten years.
pub const EXPIRES_MAX: i64 = 3_653 * DAY;

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

/// An end date that a key can have: ahead, and at most ten years.
pub fn end_date(end: Timestamp, now: Timestamp) -> Result<Timestamp, String> {
    if end <= now {
        Err("That day has passed. Choose a later one.".to_owned())
    } else if end.since(now) > EXPIRES_MAX {
        Err("That is more than ten years away. Choose an earlier day, or Never.".to_owned())
    } else {
        Ok(end)
    }
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
                end_date(end, now).map(Some)
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
    /// From which difference of clocks on a key fails, in milliseconds.
    pub clock_tolerance: i64,
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
