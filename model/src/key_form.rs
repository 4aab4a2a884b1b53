//! The Create API Key form: the fields of [`crate::key_fields`], and those that only a new key has.

use serde::{Deserialize, Serialize};

use crate::endpoint::{Endpoint, Grant};
use crate::environment::EnvironmentView;
use crate::form::short;
use crate::form_values::FormValues;
use crate::profile::ProfileName;
use crate::time::Timestamp;

/// The most endpoints that one key can be granted by name.
pub const MAX_GRANTED_ENDPOINTS: usize = 1_000;

/// The field with the environment's name.
pub const ENVIRONMENT: &str = "environment";
/// The field with `all` or `only`. A ticked endpoint means `only`, whatever this field says.
pub const ENDPOINTS: &str = "endpoints";
/// The field with the name of a ticked endpoint. The form has it once for each ticked endpoint.
pub const ENDPOINT: &str = "endpoint";
/// The hidden field with the browser's clock when the form was sent, in Unix milliseconds. The browser fills it in.
/// Without scripts it is empty.
pub const BROWSER_TIME: &str = "browser_time";
/// The hidden field that identifies this rendering of a form: a form that is sent twice makes only one key or one
/// token.
pub const FORM_ID: &str = "form_id";

/// The endpoints that a form asks for, or what is wrong with them.
pub fn grant(form: &FormValues, catalogue: &[Endpoint]) -> Result<Grant, String> {
    let mut names: Vec<String> = form.all(ENDPOINT).map(str::to_owned).collect();
    if names.len() > MAX_GRANTED_ENDPOINTS {
        return Err(format!("Tick at most {MAX_GRANTED_ENDPOINTS} endpoints."));
    }
    if let Some(unknown) = names
        .iter()
        .find(|name| !catalogue.iter().any(|endpoint| endpoint.name == **name))
    {
        return Err(format!("There is no endpoint “{}”.", short(unknown)));
    }
    match form.text(ENDPOINTS) {
        _ if !names.is_empty() => {
            names.sort();
            names.dedup();
            Ok(Grant::Only(names))
        }
        "" | "all" => Ok(Grant::All),
        "only" => Err("Tick at least one endpoint, or choose All endpoints.".to_owned()),
        _ => Err("Choose All endpoints or Only these.".to_owned()),
    }
}

/// What the Create API Key form needs to be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateKeyOptions {
    pub environments: Vec<EnvironmentView>,
    pub endpoints: Vec<Endpoint>,
    pub profiles: Vec<ProfileName>,
    /// The form as it is first shown, with a sensible name and an identifier of its own.
    pub form: FormValues,
    /// The server's clock.
    pub now: Timestamp,
    /// A key fails where two clocks differ by more than this, in milliseconds.
    pub clock_tolerance: i64,
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
        let form = FormValues::from([("endpoints", "all"), ("endpoint", "image"), ("endpoint", "image")]);
        assert_eq!(grant(&form, &catalogue()), Ok(Grant::Only(vec!["image".to_owned()])));
    }

    #[test]
    fn only_these_needs_one_and_an_unknown_one_is_named() {
        let only = FormValues::from([("endpoints", "only")]);
        assert!(grant(&only, &catalogue()).is_err());
        let unknown = FormValues::from([("endpoints", "only"), ("endpoint", "video")]);
        assert!(grant(&unknown, &catalogue()).unwrap_err().contains("video"));
        assert_eq!(grant(&FormValues::default(), &catalogue()), Ok(Grant::All));
    }

    #[test]
    fn there_is_an_end_to_how_many_endpoints_a_key_takes() {
        let form = FormValues::from(vec![("endpoint", "chat"); MAX_GRANTED_ENDPOINTS + 1]);
        assert!(grant(&form, &catalogue()).is_err());
        assert!(
            grant(
                &FormValues::from(vec![("endpoint", "chat"); MAX_GRANTED_ENDPOINTS]),
                &catalogue()
            )
            .is_ok()
        );
    }
}
