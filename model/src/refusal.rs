//! The latest refused requests of one key: when, from where and why, and which nodes have told of theirs.

use serde::{Deserialize, Serialize};

use crate::explain::{ExplainForm, NO_ENDPOINT, Unmatched};
use crate::limit::Window;
use crate::time::Timestamp;
use crate::verify::Code;

/// How many refused requests of a key each node remembers, and a screen shows.
pub const REMEMBERED: usize = 50;
/// The longest part of a path that is remembered, in bytes.
pub const PATH_MAX: usize = 200;

/// One refused request. It never holds a token, nor the query of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub at: Timestamp,
    pub code: Code,
    /// Empty if the caller did not say which method and path the request had.
    #[serde(default)]
    pub method: String,
    #[serde(default)]
    pub path: String,
    /// Whether method and path are complete, so that the request can be explained.
    #[serde(default)]
    pub whole: bool,
    /// The name of its endpoint, if it belonged to one.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// The client's address, or else that of the service that asked.
    #[serde(default)]
    pub address: Option<String>,
    /// Whether `address` is the client's.
    #[serde(default)]
    pub from_client: bool,
    /// Why it was refused, as a sentence.
    #[serde(default)]
    pub reason: String,
    /// The name of the node that refused it.
    #[serde(default)]
    pub node: String,
}

impl Refusal {
    /// The question to "Why denied?" about this request; `None` if it is not completely known.
    pub fn question(&self) -> Option<ExplainForm> {
        self.whole.then(|| ExplainForm {
            method: self.method.clone(),
            path: self.path.clone(),
            address: self.address.clone().filter(|_| self.from_client).unwrap_or_default(),
            time: self.at.rfc3339(),
        })
    }
}

/// What a refusal depended on, besides its code.
#[derive(Clone, Copy, Debug, Default)]
pub struct RefusalFacts<'a> {
    pub endpoint: Option<&'a str>,
    pub unmatched: Option<Unmatched>,
    /// The client's address, if it was known.
    pub client: Option<&'a str>,
    /// The limit that was used up.
    pub window: Option<Window>,
    /// Whether that limit is one of the customer's.
    pub of_customer: bool,
}

/// Why a request was refused, as a sentence about that time.
pub fn reason(code: Code, facts: RefusalFacts<'_>) -> String {
    let fixed = match code {
        Code::Forbidden => match (facts.unmatched, facts.endpoint) {
            (Some(why), _) => return why.to_string(),
            (None, Some(name)) => return format!("The key does not hold endpoint {name}."),
            (None, None) => NO_ENDPOINT,
        },
        Code::AddressNotAllowed => match facts.client {
            Some(address) => return format!("{address} was not in the allowed addresses."),
            None => "The client's address was not known, and the key is for certain addresses only.",
        },
        Code::RateLimited => {
            let who = if facts.of_customer {
                "The keys of the customer had used up their"
            } else {
                "The key had used up its"
            };
            return match facts.window {
                Some(window) => format!("{who} requests per {}.", window.as_str()),
                None => format!("{who} requests."),
            };
        }
        Code::Provisioning => "The key was being provisioned.",
        Code::Inactive => "The key was disabled.",
        Code::Expired => "The key had reached its end date.",
        Code::Failed => "The key had failed to provision.",
        Code::Suspended => "The customer of the key was suspended.",
        Code::NotFound | Code::Valid => "The key was not known.",
    };
    fixed.to_owned()
}

/// The latest refused requests of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestRefusals {
    /// Latest first, [`REMEMBERED`] at most.
    pub requests: Vec<Refusal>,
    /// The live nodes, the one that answers the screen first.
    pub nodes: Vec<NodeAnswer>,
    pub now: Timestamp,
}

/// Whether a node has told which requests it refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeAnswer {
    pub name: String,
    /// When it told so last; `None` if it has not.
    pub answered_at: Option<Timestamp>,
    /// Whether that was after it was asked.
    pub is_current: bool,
}

impl LatestRefusals {
    /// Whether every live node has told what it knows now.
    pub fn is_complete(&self) -> bool {
        self.nodes.iter().all(|node| node.is_current)
    }

    /// From which nodes the requests are, as a sentence.
    pub fn sources_in_words(&self) -> String {
        let missing: Vec<&str> = self
            .nodes
            .iter()
            .filter(|node| !node.is_current)
            .map(|node| node.name.as_str())
            .collect();
        match (self.nodes.len(), missing.as_slice()) {
            (1, []) => "From the one node that runs.".to_owned(),
            (all, []) => format!("From all {all} nodes that run."),
            (all, missing) => format!(
                "From {} of {all} nodes that run. Not answered yet: {}.",
                all - missing.len(),
                missing.join(", ")
            ),
        }
    }
}

/// The latest of these requests, latest first.
pub fn latest(mut requests: Vec<Refusal>) -> Vec<Refusal> {
    requests.sort_by_key(|request| std::cmp::Reverse(request.at));
    requests.truncate(REMEMBERED);
    requests
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(at: i64, path: &str) -> Refusal {
        Refusal {
            at: Timestamp(at),
            code: Code::Forbidden,
            method: "GET".to_owned(),
            path: path.to_owned(),
            whole: true,
            endpoint: None,
            address: Some("203.0.113.7".to_owned()),
            from_client: true,
            reason: NO_ENDPOINT.to_owned(),
            node: "one".to_owned(),
        }
    }

    fn answer(name: &str, is_current: bool) -> NodeAnswer {
        NodeAnswer {
            name: name.to_owned(),
            answered_at: None,
            is_current,
        }
    }

    #[test]
    fn every_refusal_has_a_sentence() {
        let facts = RefusalFacts {
            endpoint: Some("image"),
            client: Some("203.0.113.7"),
            window: Some(Window::Minute),
            ..RefusalFacts::default()
        };
        assert_eq!(reason(Code::Forbidden, facts), "The key does not hold endpoint image.");
        assert_eq!(reason(Code::Forbidden, RefusalFacts::default()), NO_ENDPOINT);
        assert_eq!(
            reason(Code::AddressNotAllowed, facts),
            "203.0.113.7 was not in the allowed addresses."
        );
        assert_eq!(
            reason(Code::RateLimited, facts),
            "The key had used up its requests per minute."
        );
        for code in Code::ALL {
            let reason = reason(code, RefusalFacts::default());
            assert!(reason.ends_with('.'), "{code:?}: {reason}");
        }
        let said = RefusalFacts {
            unmatched: Some(Unmatched::SaidTwice),
            ..facts
        };
        assert_eq!(reason(Code::Forbidden, said), Unmatched::SaidTwice.to_string());
    }

    #[test]
    fn the_latest_of_all_nodes_come_first() {
        let all = (0..80).map(|at| refused(at, "/a")).chain([refused(1_000, "/b")]);
        let latest = latest(all.collect());
        assert_eq!(latest.len(), REMEMBERED);
        assert_eq!((latest[0].path.as_str(), latest[1].at), ("/b", Timestamp(79)));
    }

    #[test]
    fn only_a_request_that_is_completely_known_can_be_explained() {
        let request = refused(1_795_326_180_000, "/a");
        let question = request.question().unwrap();
        assert_eq!(
            (
                question.method.as_str(),
                question.path.as_str(),
                question.address.as_str()
            ),
            ("GET", "/a", "203.0.113.7")
        );
        assert_eq!(Timestamp::parse_utc(&question.time), Some(request.at));
        let by_service = Refusal {
            from_client: false,
            ..request.clone()
        };
        assert_eq!(by_service.question().unwrap().address, "");
        let cut = Refusal {
            whole: false,
            ..request
        };
        assert_eq!(cut.question(), None);
    }

    #[test]
    fn the_screen_says_which_nodes_have_not_answered() {
        let told = |nodes| {
            LatestRefusals {
                requests: Vec::new(),
                nodes,
                now: Timestamp(0),
            }
            .sources_in_words()
        };
        assert_eq!(told(vec![answer("a", true)]), "From the one node that runs.");
        assert_eq!(
            told(vec![answer("a", true), answer("b", true)]),
            "From all 2 nodes that run."
        );
        assert_eq!(
            told(vec![answer("a", true), answer("b", false), answer("c", false)]),
            "From 1 of 3 nodes that run. Not answered yet: b, c."
        );
    }
}
