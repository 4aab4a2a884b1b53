//! The Create API Key form: what was typed, what it asks for, and what is wrong with it.

use serde::{Deserialize, Serialize};

use crate::bounded::Bounded;
use crate::end_date::{EndDate, EndDateField};
use crate::endpoint::{Endpoint, Grant};
use crate::environment::EnvironmentView;
use crate::form::short;
use crate::limit_fields::LimitFields;
use crate::profile::ProfileName;
use crate::time::Timestamp;

/// Endpoints that one key can be granted by name.
pub const GRANTED: usize = 1_000;

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
    pub endpoint: Bounded<String, GRANTED>,
    #[serde(flatten)]
    pub end: EndDateField,
    /// The ID of a bias profile; empty for none.
    #[serde(default)]
    pub bias_profile: String,
    #[serde(flatten)]
    pub limits: LimitFields,
    /// The browser's clock when the form was sent, in Unix milliseconds; empty without scripts.
    #[serde(default)]
    pub browser_time: String,
    /// Identifies this rendering of the form: sent twice, it makes one key.
    #[serde(default)]
    pub form_id: String,
}

impl CreateKeyForm {
    /// The end date that the form asks for, or what is wrong with it.
    pub fn expiry(&self, now: Timestamp) -> Result<Option<Timestamp>, String> {
        match self.end.read(now)? {
            EndDate::Set(end) => Ok(end),
            // There is nothing yet that could be kept.
            EndDate::Keep => Err("Choose when the key expires.".to_owned()),
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
                let mut names = self.endpoint.to_vec();
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

/// What the Create API Key form needs to be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateKeyOptions {
    pub environments: Vec<EnvironmentView>,
    pub endpoints: Vec<Endpoint>,
    pub profiles: Vec<ProfileName>,
    /// The form as it is first shown, with a sensible name and an identifier of its own.
    pub form: CreateKeyForm,
    /// The server's clock.
    pub now: Timestamp,
    /// From which difference of clocks on a key fails, in milliseconds.
    pub clock_tolerance: i64,
    /// How many nodes answer. Each counts for itself.
    pub nodes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

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
            endpoint: ["image", "image"].map(str::to_owned).into_iter().collect(),
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
}
