//! Settings → Endpoints: the catalogue as it is shown, and the forms that add to it and change titles.

use serde::{Deserialize, Serialize};

use crate::endpoint::{Endpoint, Pattern};
use crate::form::{FormErrors, short};
use crate::list::Paging;
use crate::name;
use crate::path_pattern::PathPattern;
use crate::time::Timestamp;

/// The longest name and title, in characters, and the most patterns of an endpoint.
pub const NAME_MAX: usize = 40;
pub const TITLE_MAX: usize = 60;
pub const PATTERNS_MAX: usize = 50;
/// The longest path of a pattern, in bytes.
pub const PATH_MAX: usize = 500;

/// A page of the endpoints that keys can be granted, in the order of the catalogue, and a page of the retired ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    pub endpoints: Vec<EndpointRow>,
    pub paging: Paging,
    /// Latest first. No key can call them, and no new endpoint can have their names.
    pub retired: Vec<EndpointRow>,
    pub retired_paging: Paging,
    /// Number of keys that may call every endpoint, also one that is added later.
    pub keys_with_all: u64,
    pub now: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointRow {
    pub endpoint: Endpoint,
    /// Number of keys that were granted it by name.
    pub keys: u64,
    pub created_at: Timestamp,
    pub retired_at: Option<Timestamp>,
}

/// What the dialog Add Endpoint sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointForm {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub title: String,
    /// One path per line: `GET, POST /api/v1/img/{*rest}`.
    #[serde(default)]
    pub patterns: String,
}

/// The result of sending the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndpointOutcome {
    Saved {
        title: String,
    },
    /// Nothing was saved. Holds what is wrong with the form.
    Invalid(FormErrors),
}

impl EndpointForm {
    /// The endpoint that the form describes.
    ///
    /// # Errors
    /// What is wrong, by field.
    pub fn read(&self) -> Result<Endpoint, FormErrors> {
        let mut errors = FormErrors::default();
        let name = self::name(&self.name).map_err(|message| errors.add("name", message));
        let title = title(&self.title).map_err(|message| errors.add("title", message));
        let patterns = patterns(&self.patterns).map_err(|message| errors.add("patterns", message));
        let (Ok(name), Ok(title), Ok(patterns)) = (name, title, patterns) else {
            return Err(errors);
        };
        Ok(Endpoint { name, title, patterns })
    }
}

/// Reads the name of an endpoint, which programs use, as in `{"endpoint": "check-bias"}`.
pub fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let plain = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    if text.is_empty() {
        Err("Give the endpoint a name that programs use, like check-bias.".to_owned())
    } else if text.chars().count() > NAME_MAX {
        Err(format!("A name has at most {NAME_MAX} characters."))
    } else if !text.chars().all(plain) || text.starts_with('-') || text.ends_with('-') {
        Err("Use small letters, digits and dashes, and begin and end with a letter or digit.".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// Reads the title of an endpoint, which people see.
pub fn title(text: &str) -> Result<String, String> {
    match name::line(text, "A title", TITLE_MAX)? {
        title if title.is_empty() => Err("Give the endpoint a title that people read, like Check bias.".to_owned()),
        title => Ok(title),
    }
}

/// Reads patterns, one path per line: methods separated by commas, then the path.
fn patterns(text: &str) -> Result<Vec<Pattern>, String> {
    let mut patterns: Vec<Pattern> = Vec::new();
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    for (number, line) in lines {
        let wrong = |why: String| format!("Line {number}: {why}");
        // The path comes last, so that spaces after commas do no harm.
        let Some((methods, path)) = line.trim().rsplit_once(char::is_whitespace) else {
            return Err(wrong(format!(
                "“{}” is not a method and a path, like POST /api/v1/chat.",
                short(line.trim())
            )));
        };
        pattern_path(path).map_err(wrong)?;
        for method in methods.split(',').map(str::trim) {
            if method.is_empty() || method.len() > 20 || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
                return Err(wrong(format!(
                    "“{}” is not a method; write it in capitals, like GET.",
                    short(method)
                )));
            }
            let pattern = Pattern {
                method: method.to_owned(),
                path: path.to_owned(),
            };
            if let Some(other) = patterns.iter().find(|other| other.overlaps(&pattern)) {
                return Err(wrong(format!(
                    "{method} {path} and {} {} fit the same requests.",
                    other.method, other.path
                )));
            }
            patterns.push(pattern);
        }
        if patterns.len() > PATTERNS_MAX {
            return Err(format!("An endpoint has at most {PATTERNS_MAX} methods and paths."));
        }
    }
    if patterns.is_empty() {
        return Err("Say what a key may call: a line each, like POST /api/v1/chat.".to_owned());
    }
    Ok(patterns)
}

/// Checks that a text is a path, which may have parameters, and that it is not too long.
fn pattern_path(text: &str) -> Result<(), String> {
    if text.len() > PATH_MAX {
        return Err(format!("a path has at most {PATH_MAX} characters."));
    }
    PathPattern::read(text).map(drop)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(patterns: &str) -> EndpointForm {
        EndpointForm {
            name: "image".to_owned(),
            title: "Image".to_owned(),
            patterns: patterns.to_owned(),
        }
    }

    #[test]
    fn methods_share_a_line() {
        let endpoint = form(" GET,  POST /api/v1/img \n\nGET /api/v1/img/{*rest}\r\n")
            .read()
            .unwrap();
        let read: Vec<String> = endpoint
            .patterns
            .iter()
            .map(|pattern| format!("{} {}", pattern.method, pattern.path))
            .collect();
        assert_eq!(read, ["GET /api/v1/img", "POST /api/v1/img", "GET /api/v1/img/{*rest}"]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, error) in [
            ("", "Say what a key may call: a line each, like POST /api/v1/chat."),
            (
                "GET /a\n/b",
                "Line 2: “/b” is not a method and a path, like POST /api/v1/chat.",
            ),
            (
                "get /a",
                "Line 1: “get” is not a method; write it in capitals, like GET.",
            ),
            ("GET a", "Line 1: the path “a” does not start with a slash."),
            ("GET /a//b", "Line 1: the path has an empty segment."),
            ("GET /a/../b", "Line 1: the path has a dot segment."),
            ("GET /a?x=1", "Line 1: the query is ignored, so leave it out."),
            (
                "GET /{*rest}/b",
                "Line 1: {*rest} takes all that follows, so it has to come last.",
            ),
            ("GET /a{id}{x}", "Line 1: “a{id}{x}” has more than one parameter."),
            (
                "GET /a{id}\nGET /{id}b",
                "Line 2: GET /{id}b and GET /a{id} fit the same requests.",
            ),
            (
                "GET /a/{id}\nGET /a/b",
                "Line 2: GET /a/b and GET /a/{id} fit the same requests.",
            ),
        ] {
            assert_eq!(
                form(text).read().unwrap_err().of("patterns").as_deref(),
                Some(error),
                "{text}"
            );
        }
    }

    #[test]
    fn a_name_is_for_programs_and_a_title_for_people() {
        for right in ["chat", "check-bias", "v2"] {
            assert!(name(right).is_ok(), "{right}");
        }
        for wrong in ["", "Chat", "-a", "a-", "a b", "a_b", &"x".repeat(41)] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
        assert!(title("Check bias <now>").is_ok());
        assert!(title(&"x".repeat(61)).is_err());
        assert!(title("Chat\u{200b}").is_err());
    }

    fn segment() -> impl Strategy<Value = String> {
        prop_oneof![Just("a".to_owned()), Just("b".to_owned()), Just("{id}".to_owned())]
    }

    fn pattern() -> impl Strategy<Value = Pattern> {
        (prop::collection::vec(segment(), 1..4), any::<bool>()).prop_map(|(segments, rest)| Pattern {
            method: "GET".to_owned(),
            path: format!("/{}{}", segments.join("/"), if rest { "/{*rest}" } else { "" }),
        })
    }

    fn request() -> impl Strategy<Value = String> {
        prop::collection::vec(prop_oneof![Just("a"), Just("b"), Just("c")], 1..6)
            .prop_map(|segments| format!("/{}", segments.join("/")))
    }

    proptest! {
        #[test]
        fn what_fits_one_request_overlaps(one in pattern(), other in pattern(), path in request()) {
            if one.matches("GET", &path) && other.matches("GET", &path) {
                prop_assert!(one.overlaps(&other));
            }
            prop_assert_eq!(one.overlaps(&other), other.overlaps(&one));
        }

        #[test]
        fn what_overlaps_has_a_request_that_fits_both(one in pattern(), other in pattern()) {
            // A segment's text comes from the pattern that has one; where neither has, any text will do.
            let (left, right): (Vec<_>, Vec<_>) = (one.path.split('/').collect(), other.path.split('/').collect());
            let segments = (1..left.len().max(right.len())).map(|place| {
                let named = |segments: &[&str]| segments.get(place).copied().filter(|segment| !segment.starts_with('{')).map(str::to_owned);
                named(&left).or_else(|| named(&right)).unwrap_or_else(|| "c".to_owned())
            });
            let path = format!("/{}", segments.collect::<Vec<_>>().join("/"));
            let both = one.matches("GET", &path) && other.matches("GET", &path);
            prop_assert_eq!(both, one.overlaps(&other), "{}", path);
        }

        #[test]
        fn any_text_gets_an_answer(text in any::<String>()) {
            let _ = form(&text).read();
        }
    }
}
