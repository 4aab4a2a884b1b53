//! The endpoints, in the form in which every request looks them up.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use model::endpoint::Endpoint;
use model::path_pattern::PathPattern;

/// The present catalogue.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    by_name: HashMap<String, u16>,
    by_method: HashMap<String, Paths>,
    /// All endpoints so far, also retired ones, since counts refer to them by number.
    entries: Vec<Entry>,
    /// Requests with unknown tokens that belong to no endpoint.
    unknown: AtomicU64,
}

/// An endpoint, and the number of its requests with unknown tokens.
#[derive(Debug)]
struct Entry {
    name: Box<str>,
    unknown: AtomicU64,
}

/// The paths of one method.
#[derive(Debug, Default)]
struct Paths {
    /// Patterns without parameters.
    exact: HashMap<String, u16>,
    /// Parsed patterns with parameters. No two of them match one path, since the catalogue refuses that.
    patterns: Vec<(PathPattern, u16)>,
}

/// An endpoint of the catalogue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'a> {
    number: u16,
    name: &'a str,
}

impl<'a> Found<'a> {
    pub(super) const fn number(&self) -> u16 {
        self.number
    }

    pub(super) const fn name(&self) -> &'a str {
        self.name
    }
}

impl Catalogue {
    pub(super) fn endpoint_by_name(&self, name: &str) -> Option<Found<'_>> {
        self.found(*self.by_name.get(name)?)
    }

    /// The endpoint of a request with this path, which is already checked to be unambiguous.
    pub(super) fn endpoint_of_request(&self, method: &str, path: &str) -> Option<Found<'_>> {
        let paths = self.by_method.get(method)?;
        let number = paths.exact.get(path).copied().or_else(|| {
            let mut patterns = paths.patterns.iter();
            patterns
                .find(|(pattern, _)| pattern.matches(path))
                .map(|(_, number)| *number)
        });
        self.found(number?)
    }

    fn found(&self, number: u16) -> Option<Found<'_>> {
        let entry = self.entries.get(usize::from(number))?;
        Some(Found {
            number,
            name: &entry.name,
        })
    }

    /// The name of the endpoint with this number; empty for none.
    pub(super) fn name(&self, number: Option<u16>) -> &str {
        number
            .and_then(|number| self.entries.get(usize::from(number)))
            .map_or("", |entry| &entry.name)
    }

    /// Replaces the catalogue. Numbers stay.
    pub(super) fn replace(&mut self, catalogue: &[Endpoint]) {
        self.by_name.clear();
        self.by_method.clear();
        for endpoint in catalogue {
            let Some(number) = self.number(&endpoint.name) else {
                continue;
            };
            self.by_name.insert(endpoint.name.clone(), number);
            for pattern in &endpoint.patterns {
                let paths = self.by_method.entry(pattern.method.clone()).or_default();
                let path = PathPattern::from_stored(&pattern.path);
                if path.is_text() {
                    paths.exact.insert(pattern.path.clone(), number);
                } else {
                    paths.patterns.push((path, number));
                }
            }
        }
    }

    /// The number of a name, or a new one for a new name. There are 65,535 numbers.
    pub(super) fn number(&mut self, name: &str) -> Option<u16> {
        let at = self.entries.iter().position(|entry| *entry.name == *name);
        let at = at.unwrap_or_else(|| {
            self.entries.push(Entry {
                name: name.into(),
                unknown: AtomicU64::new(0),
            });
            self.entries.len() - 1
        });
        u16::try_from(at).ok()
    }

    /// Counts a request with an unknown token. Takes no memory, however many come.
    pub(super) fn count_unknown(&self, endpoint: Option<Found<'_>>) {
        self.add_unknown(endpoint.map(|endpoint| endpoint.number), 1);
    }

    fn add_unknown(&self, number: Option<u16>, count: u64) {
        let counter = match number {
            None => Some(&self.unknown),
            Some(number) => self.entries.get(usize::from(number)).map(|entry| &entry.unknown),
        };
        if let Some(counter) = counter {
            counter.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// Takes the counts of unknown tokens, by the names of endpoints.
    pub(super) fn take_unknown(&self) -> Vec<(String, u64)> {
        let entries = self
            .entries
            .iter()
            .map(|entry| (entry.name.to_string(), entry.unknown.swap(0, Ordering::Relaxed)));
        let none = (String::new(), self.unknown.swap(0, Ordering::Relaxed));
        entries.chain([none]).filter(|(_, count)| *count > 0).collect()
    }

    /// Puts back counts that could not be stored.
    pub(super) fn put_back_unknown(&self, counts: Vec<(String, u64)>) {
        for (name, count) in counts {
            let number = self.entries.iter().position(|entry| *entry.name == *name);
            self.add_unknown(number.and_then(|number| u16::try_from(number).ok()), count);
        }
    }
}

#[cfg(test)]
mod tests {
    use model::endpoint::Pattern;

    use super::*;

    fn endpoint(name: &str, patterns: &[(&str, &str)]) -> Endpoint {
        Endpoint {
            name: name.to_owned(),
            title: name.to_owned(),
            patterns: patterns
                .iter()
                .map(|(method, path)| Pattern {
                    method: (*method).to_owned(),
                    path: (*path).to_owned(),
                })
                .collect(),
        }
    }

    #[test]
    fn a_request_belongs_to_the_endpoint_whose_pattern_it_matches() {
        let mut catalogue = Catalogue::default();
        catalogue.replace(&[
            endpoint("chat", &[("POST", "/chat")]),
            endpoint("image", &[("GET", "/img"), ("GET", "/img/{*rest}")]),
        ]);
        let endpoint = |method, path| catalogue.endpoint_of_request(method, path).map(|found| found.name());
        assert_eq!(endpoint("POST", "/chat"), Some("chat"));
        assert_eq!(endpoint("GET", "/chat"), None);
        assert_eq!(endpoint("GET", "/img"), Some("image"));
        assert_eq!(endpoint("GET", "/img/a/b"), Some("image"));
        assert_eq!(endpoint("POST", "/img/a"), None);
        // The text of a pattern does not match itself: braces are matched as parameters only.
        assert_eq!(endpoint("GET", "/imgs"), None);
    }

    #[test]
    fn a_slash_at_the_end_and_text_beside_a_parameter_tell_endpoints_apart() {
        let mut catalogue = Catalogue::default();
        catalogue.replace(&[
            endpoint("home", &[("GET", "/")]),
            endpoint("list", &[("GET", "/files/")]),
            endpoint("one", &[("GET", "/files"), ("GET", "/files/{name}.json")]),
            endpoint("folder", &[("GET", "/files/{folder}/")]),
            endpoint("generate", &[("POST", "/v1beta/models/{model}:generateContent")]),
            endpoint("count", &[("POST", "/v1beta/models/{model}:countTokens")]),
            endpoint("image", &[("GET", "/img/{*rest}")]),
        ]);
        let endpoint = |method, path| catalogue.endpoint_of_request(method, path).map(|found| found.name());
        for (path, name) in [
            ("/", Some("home")),
            ("/files", Some("one")),
            ("/files/", Some("list")),
            ("/files/a.json", Some("one")),
            ("/files/.json", None),
            ("/files/a.json/", Some("folder")),
            ("/files/a", None),
            ("/img", None),
            ("/img/", None),
            ("/img/a/", Some("image")),
        ] {
            assert_eq!(endpoint("GET", path), name, "{path}");
        }
        assert_eq!(
            endpoint("POST", "/v1beta/models/gemini-2.5-pro:generateContent"),
            Some("generate")
        );
        assert_eq!(
            endpoint("POST", "/v1beta/models/gemini-2.5-pro:countTokens"),
            Some("count")
        );
        assert_eq!(endpoint("POST", "/v1beta/models/gemini-2.5-pro"), None);
        assert_eq!(endpoint("POST", "/v1beta/models/:countTokens"), None);
    }

    #[test]
    fn a_retired_endpoint_keeps_its_number_and_is_not_found() {
        let mut catalogue = Catalogue::default();
        catalogue.replace(&[endpoint("chat", &[("POST", "/chat")]), endpoint("image", &[])]);
        let chat = catalogue.endpoint_by_name("chat").map(|found| found.number());
        catalogue.replace(&[endpoint("image", &[]), endpoint("video", &[])]);
        assert!(
            catalogue.endpoint_by_name("chat").is_none() && catalogue.endpoint_of_request("POST", "/chat").is_none()
        );
        assert_eq!(catalogue.name(chat), "chat");
        catalogue.replace(&[endpoint("chat", &[])]);
        assert_eq!(catalogue.endpoint_by_name("chat").map(|found| found.number()), chat);
    }

    #[test]
    fn unknown_tokens_are_counted_once() {
        let mut catalogue = Catalogue::default();
        catalogue.replace(&[endpoint("chat", &[])]);
        catalogue.count_unknown(catalogue.endpoint_by_name("chat"));
        catalogue.count_unknown(None);
        let taken = catalogue.take_unknown();
        assert_eq!(taken, [("chat".to_owned(), 1), (String::new(), 1)]);
        assert!(catalogue.take_unknown().is_empty());
        catalogue.put_back_unknown(taken.clone());
        assert_eq!(catalogue.take_unknown(), taken);
    }
}
