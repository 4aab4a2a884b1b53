//! How to use a key, as texts to paste: requests in four languages, the configuration of gateways, and the line of a `.env` file.
//!
//! No text but that line ever holds a token: the others read it from the environment, since shells and repositories keep what they
//! are given.

mod client;
mod gateway;

use serde::{Deserialize, Serialize};

use crate::endpoint::{Endpoint, Grant, Pattern};
use crate::problem::Problem;

/// The variable from which the requests read the token.
pub const TOKEN_VARIABLE: &str = "LATCHKEY_TOKEN";
/// Stands for the address of the API, which Latchkey does not know.
const API: &str = "https://api.example.com";

/// A request that a key may make, and the answer to another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    pub method: String,
    /// A path without parameters.
    pub path: String,
    pub refused: RefusedExample,
}

/// A request that a key may not make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedExample {
    /// Method and path of an endpoint that the key does not hold; `None` for a key that holds all.
    pub request: Option<String>,
    /// What a gateway passes on to the client, with status 403: JSON.
    pub body: String,
}

impl Example {
    /// A request to the first endpoint that the key holds; `None` for a key without any.
    pub fn new(catalogue: &[Endpoint], grant: &Grant) -> Option<Self> {
        let first = |granted: bool| {
            catalogue
                .iter()
                .filter(|endpoint| grant.covers(&endpoint.name) == granted)
                .find_map(|endpoint| Some((endpoint, endpoint.patterns.first()?)))
        };
        let (_, Pattern { method, path }) = first(true)?;
        let other = first(false);
        let problem = Problem::no_permission(other.map(|(endpoint, _)| endpoint.name.as_str()), None);
        Some(Self {
            method: method.clone(),
            path: sample_path(path),
            refused: RefusedExample {
                request: other.map(|(_, pattern)| format!("{} {}", pattern.method, sample_path(&pattern.path))),
                body: serde_json::to_string(&problem).unwrap_or_default(),
            },
        })
    }
}

/// A path that the pattern matches: each parameter is `1`.
fn sample_path(pattern: &str) -> String {
    let mut path = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        path.push_str(before);
        path.push('1');
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    path.push_str(rest);
    path
}

/// A kind of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnippetKind {
    Curl,
    JavaScript,
    Python,
    Go,
    Nginx,
    Caddy,
    Traefik,
    Envoy,
    DotEnv,
}

/// What the texts are about.
#[derive(Clone, Copy, Debug)]
pub struct SnippetContext<'a> {
    /// Scheme and host under which this Latchkey is reached.
    pub origin: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    /// The token, in the one dialog that shows it.
    pub token: Option<&'a str>,
}

impl SnippetKind {
    pub const ALL: [Self; 9] = [
        Self::Curl,
        Self::JavaScript,
        Self::Python,
        Self::Go,
        Self::Nginx,
        Self::Caddy,
        Self::Traefik,
        Self::Envoy,
        Self::DotEnv,
    ];

    /// The word on screens.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
            Self::Go => "Go",
            Self::Nginx => "nginx",
            Self::Caddy => "Caddy",
            Self::Traefik => "Traefik",
            Self::Envoy => "Envoy",
            Self::DotEnv => ".env",
        }
    }

    /// The word in ids and class names.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::JavaScript => "javascript",
            Self::Python => "python",
            Self::Go => "go",
            Self::Nginx => "nginx",
            Self::Caddy => "caddy",
            Self::Traefik => "traefik",
            Self::Envoy => "envoy",
            Self::DotEnv => "env",
        }
    }

    /// What is copied, after the word Copy.
    pub const fn copied_words(self) -> &'static str {
        match self {
            Self::Curl => "curl line",
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
            Self::Go => "Go",
            Self::Nginx => "nginx configuration",
            Self::Caddy => "Caddy configuration",
            Self::Traefik => "Traefik configuration",
            Self::Envoy => "Envoy configuration",
            Self::DotEnv => "as .env line",
        }
    }

    /// The text.
    pub fn write(self, context: &SnippetContext<'_>) -> String {
        match self {
            Self::Curl => client::curl(context),
            Self::JavaScript => client::javascript(context),
            Self::Python => client::python(context),
            Self::Go => client::go(context),
            Self::Nginx => gateway::write(gateway::NGINX, context.origin),
            Self::Caddy => gateway::write(gateway::CADDY, context.origin),
            Self::Traefik => gateway::write(gateway::TRAEFIK, context.origin),
            Self::Envoy => gateway::write(gateway::ENVOY, context.origin),
            Self::DotEnv => client::dot_env(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "sk_live_0123456789";

    fn endpoint(name: &str, patterns: &[(&str, &str)]) -> Endpoint {
        let pattern = |(method, path): &(&str, &str)| Pattern {
            method: (*method).to_owned(),
            path: (*path).to_owned(),
        };
        Endpoint {
            name: name.to_owned(),
            title: name.to_owned(),
            patterns: patterns.iter().map(pattern).collect(),
        }
    }

    fn catalogue() -> [Endpoint; 2] {
        [
            endpoint("chat", &[("POST", "/api/v1/chat/completions")]),
            endpoint("image", &[("GET", "/api/v1/img/{id}/{*rest}")]),
        ]
    }

    #[test]
    fn only_the_line_of_an_env_file_holds_the_token() {
        for kind in SnippetKind::ALL {
            let context = |token| SnippetContext {
                origin: "http://127.0.0.1:3000",
                method: "POST",
                path: "/api/v1/chat/completions",
                token,
            };
            let (with, without) = (kind.write(&context(Some(TOKEN))), kind.write(&context(None)));
            assert_eq!(with.contains(TOKEN), kind == SnippetKind::DotEnv, "{kind:?}");
            assert!(!without.contains(TOKEN) && !without.is_empty(), "{kind:?}");
        }
    }

    #[test]
    fn the_example_is_a_request_that_the_key_may_make_and_one_that_it_may_not() {
        let example = Example::new(&catalogue(), &Grant::Only(vec!["image".to_owned()])).unwrap();
        assert_eq!(
            (example.method.as_str(), example.path.as_str()),
            ("GET", "/api/v1/img/1/1")
        );
        assert_eq!(
            example.refused.request.as_deref(),
            Some("POST /api/v1/chat/completions")
        );
        assert_eq!(
            example.refused.body,
            r#"{"type":"about:blank","title":"Forbidden","status":403,"code":"ERR_NO_PERMISSION","detail":"Access to chat endpoint is denied for this key.","endpoint":"chat"}"#
        );
        let all = Example::new(&catalogue(), &Grant::All).unwrap();
        assert_eq!(all.path, "/api/v1/chat/completions");
        assert_eq!(all.refused.request, None);
        assert!(
            all.refused
                .body
                .contains(r#""detail":"The method and path belong to no endpoint.","endpoint":null"#)
        );
        assert_eq!(Example::new(&[], &Grant::All), None);
    }

    #[test]
    fn parameters_of_a_pattern_get_a_value() {
        for (pattern, path) in [
            ("/a", "/a"),
            ("/a/{id}.json", "/a/1.json"),
            ("/m/{model}:generate", "/m/1:generate"),
            ("/{*rest}", "/1"),
        ] {
            assert_eq!(sample_path(pattern), path);
        }
    }
}
