//! The catalogue of endpoints: what a key can be allowed to call.

use serde::{Deserialize, Serialize};

use crate::path_pattern::PathPattern;

/// A method and the path of a [`PathPattern`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    pub method: String,
    pub path: String,
}

/// An entry of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    pub name: String,
    pub title: String,
    pub patterns: Vec<Pattern>,
}

/// What a key may call. Never changes after creation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grant {
    /// Every endpoint, also those added later.
    All,
    /// Exactly these, by name.
    Only(Vec<String>),
}

impl Pattern {
    /// Whether a request with this method and unambiguous path falls under the pattern.
    /// Methods are case-sensitive (RFC 9110, section 9.1).
    pub fn matches(&self, method: &str, path: &str) -> bool {
        self.method == method && PathPattern::from_stored(&self.path).matches(path)
    }

    /// Whether there is a request that falls under both.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.method == other.method
            && PathPattern::from_stored(&self.path).overlaps(&PathPattern::from_stored(&other.path))
    }
}

/// The methods of each path, in the order of the paths: `GET, POST` and `/api/v1/img`.
pub fn by_path(patterns: &[Pattern]) -> Vec<(String, &str)> {
    let mut lines: Vec<(String, &str)> = Vec::new();
    for Pattern { method, path } in patterns {
        match lines.iter_mut().find(|(_, its)| its == path) {
            Some((methods, _)) => {
                methods.push_str(", ");
                methods.push_str(method);
            }
            None => lines.push((method.clone(), path)),
        }
    }
    lines
}

impl Grant {
    pub fn covers(&self, endpoint: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|name| name == endpoint),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(method: &str, path: &str) -> Pattern {
        Pattern {
            method: method.to_owned(),
            path: path.to_owned(),
        }
    }

    #[test]
    fn a_rest_does_not_match_the_bare_path_before_it() {
        let rest = pattern("GET", "/api/v1/img/{*rest}");
        assert!(rest.matches("GET", "/api/v1/img/a"));
        assert!(rest.matches("GET", "/api/v1/img/a/b"));
        assert!(!rest.matches("GET", "/api/v1/img"));
        assert!(!rest.matches("GET", "/api/v1/imgs/a"));
    }

    #[test]
    fn a_parameter_is_one_segment() {
        let one = pattern("GET", "/users/{id}/keys");
        assert!(one.matches("GET", "/users/7/keys"));
        assert!(!one.matches("GET", "/users/7/8/keys"));
        assert!(!one.matches("GET", "/users/keys"));
    }

    #[test]
    fn methods_are_compared_as_they_are() {
        let exact = pattern("POST", "/api/v1/chat/completions");
        assert!(exact.matches("POST", "/api/v1/chat/completions"));
        assert!(!exact.matches("post", "/api/v1/chat/completions"));
        assert!(!exact.matches("GET", "/api/v1/chat/completions"));
    }

    #[test]
    fn methods_of_one_path_share_a_line() {
        let patterns = [pattern("GET", "/a"), pattern("GET", "/b"), pattern("POST", "/a")];
        let expected = [("GET, POST".to_owned(), "/a"), ("GET".to_owned(), "/b")];
        assert_eq!(by_path(&patterns), expected);
    }
}
