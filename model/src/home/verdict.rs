//! Whether all is well, in a sentence.

use serde::{Deserialize, Serialize};

use super::Requests;
use crate::key_list::Matching;
use crate::number::grouped;
use crate::time::Timestamp;
use crate::usage::share;

/// Fewer refused requests than this are not called many, unless all were refused.
const MANY: u64 = 5;
/// Refused requests are many from this share of all requests on, in percent.
const MANY_PERCENT: u64 = 10;

/// The sentence at the top of Home, and how serious it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub tone: Tone,
    pub text: String,
}

/// How serious a verdict is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    Good,
    /// There is nothing to judge.
    Unknown,
    /// Somebody should look at something.
    Attention,
    /// Answers may be wrong, or there are none.
    Bad,
}

/// What a verdict is made of.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The environment that the other facts but the nodes are about; empty for all.
    pub environment: &'a str,
    /// Number of keys.
    pub keys: u64,
    /// Number of keys that are ACTIVE.
    pub active: u64,
    /// Keys that end within 14 days.
    pub ending: Matching,
    pub nodes: NodesSeen,
    pub requests: &'a Requests,
}

/// The nodes as the database knows them. Nodes that have stopped are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodesSeen {
    /// Nodes that were heard from a moment ago.
    pub live: u64,
    /// Live nodes that have not applied the last change although they have had the time.
    pub behind: u64,
    /// Nodes that were not heard from for a while, and may still answer.
    pub silent: u64,
    /// Until when the last of these may answer.
    pub silent_until: Option<Timestamp>,
}

/// Says whether all is well. What matters most comes first.
pub fn verdict(facts: &Facts<'_>) -> Verdict {
    let nodes = facts.nodes;
    let told = |tone, text| Verdict { tone, text };
    if nodes.live + nodes.silent == 0 {
        return told(Tone::Unknown, "Nothing is known: no node was heard from.".to_owned());
    }
    if nodes.silent > 0 {
        return told(Tone::Bad, silence(facts));
    }
    if nodes.behind > 0 {
        let text = format!(
            "{} not applied the last change: answers there may be out of date. {}.",
            of_nodes(nodes.behind, nodes.live, "has", "have"),
            answering(facts)
        );
        return told(Tone::Bad, text);
    }
    let requests = facts.requests;
    if facts.keys == 0 && requests.total() == 0 {
        let text = format!("Nothing is known yet: there is no API key{}.", place(facts));
        return told(Tone::Unknown, text);
    }
    if facts.active == 0 && facts.keys > 0 {
        let text = match facts.keys {
            1 => format!("No key{} answers: the only one is not active.", place(facts)),
            keys => format!(
                "No key{} answers: none of the {} is active.",
                place(facts),
                grouped(keys)
            ),
        };
        return told(Tone::Attention, text);
    }
    let (tone, text) = match trouble(requests) {
        Some(trouble) => (Tone::Attention, format!("{}, but {trouble}.", answering(facts))),
        None => {
            let calm = match (requests.total(), requests.refused()) {
                (0, _) => "no request came in the last 24 hours",
                (_, 0) => "nothing was refused",
                _ => "nothing was refused by mistake",
            };
            (Tone::Good, format!("All is well. {}; {calm}.", answering(facts)))
        }
    };
    told(tone, format!("{text}{}", ending(facts.ending)))
}

/// What is wrong with the requests. A request is refused by mistake if nobody has stopped or limited its key.
fn trouble(requests: &Requests) -> Option<String> {
    let (total, refused) = (requests.total(), requests.refused());
    if requests.unready > 0 {
        let were = if requests.unready == 1 {
            "1 request was".to_owned()
        } else {
            format!("{} requests were", grouped(requests.unready))
        };
        return Some(format!("{were} refused because a key was not ready or had failed"));
    }
    match (refused, total - refused) {
        (0, _) => return None,
        (1, 0) => return Some("the only request of the last 24 hours was refused".to_owned()),
        (_, 0) => {
            return Some(format!(
                "all {} requests of the last 24 hours were refused",
                grouped(refused)
            ));
        }
        _ => {}
    }
    let are_many = refused >= MANY && u128::from(refused) * 100 >= u128::from(total) * u128::from(MANY_PERCENT);
    are_many.then(|| {
        format!(
            "{} of {} requests were refused in the last 24 hours: {}",
            grouped(refused),
            grouped(total),
            share(refused, total)
        )
    })
}

fn silence(facts: &Facts<'_>) -> String {
    let nodes = facts.nodes;
    let until = match nodes.silent_until {
        Some(at) => format!("Until {} UTC answers there may be out of date.", at.clock()),
        None => "Answers there may be out of date.".to_owned(),
    };
    let who = of_nodes(nodes.silent, nodes.silent + nodes.live, "is", "are");
    if nodes.live == 0 {
        return format!("{who} silent. {until}");
    }
    format!("{who} silent. {until} {}.", answering(facts))
}

/// `54 keys in production answer on 3 nodes`.
fn answering(facts: &Facts<'_>) -> String {
    let nodes = match facts.nodes.live {
        1 => "1 node".to_owned(),
        live => format!("{} nodes", grouped(live)),
    };
    let place = place(facts);
    match facts.active {
        0 if facts.keys == 0 => format!("Only environment keys{place} answer on {nodes}"),
        0 => format!("No key{place} answers"),
        1 => format!("1 key{place} answers on {nodes}"),
        active => format!("{} keys{place} answer on {nodes}", grouped(active)),
    }
}

fn place(facts: &Facts<'_>) -> String {
    match facts.environment {
        "" => String::new(),
        environment => format!(" in {environment}"),
    }
}

/// `1 of 3 nodes is`, `The only node is`.
fn of_nodes(some: u64, all: u64, one: &str, many: &str) -> String {
    match (some, all) {
        (1, 1) => format!("The only node {one}"),
        (1, _) => format!("1 of {all} nodes {one}"),
        _ if some == all => format!("All {all} nodes {many}"),
        _ => format!("{some} of {all} nodes {many}"),
    }
}

fn ending(keys: Matching) -> String {
    match keys {
        Matching::Exactly(0) => String::new(),
        Matching::Exactly(1) => " 1 key ends within 14 days.".to_owned(),
        Matching::Exactly(keys) => format!(" {} keys end within 14 days.", grouped(keys)),
        Matching::MoreThan(keys) => format!(" More than {} keys end within 14 days.", grouped(keys)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::home::HourCount;

    const NOW: Timestamp = Timestamp(1_795_326_180_000); // 2026-11-22T05:43:00Z

    fn requests(allowed: u64, refused: u64, unready: u64) -> Requests {
        Requests {
            hours: vec![HourCount {
                start: NOW,
                allowed,
                refused,
            }],
            day_before: 0,
            unready,
        }
    }

    /// 54 of 60 keys are active on 3 nodes.
    fn told(requests: &Requests, change: impl FnOnce(&mut Facts<'_>)) -> (Tone, String) {
        let mut facts = Facts {
            environment: "",
            keys: 60,
            active: 54,
            ending: Matching::Exactly(0),
            nodes: NodesSeen {
                live: 3,
                ..NodesSeen::default()
            },
            requests,
        };
        change(&mut facts);
        let Verdict { tone, text } = verdict(&facts);
        (tone, text)
    }

    #[test]
    fn all_is_well() {
        let said = |requests: &Requests, change: fn(&mut Facts<'_>)| {
            let (tone, text) = told(requests, change);
            assert_eq!(tone, Tone::Good, "{text}");
            text
        };
        assert_eq!(
            said(&requests(46_902, 1_315, 0), |_| ()),
            "All is well. 54 keys answer on 3 nodes; nothing was refused by mistake."
        );
        assert_eq!(
            said(&requests(3, 0, 0), |facts| {
                facts.active = 1;
                facts.nodes.live = 1;
            }),
            "All is well. 1 key answers on 1 node; nothing was refused."
        );
        assert_eq!(
            said(&requests(0, 0, 0), |facts| facts.environment = "production"),
            "All is well. 54 keys in production answer on 3 nodes; no request came in the last 24 hours."
        );
        assert_eq!(
            said(&requests(3, 0, 0), |facts| facts.ending = Matching::Exactly(3)),
            "All is well. 54 keys answer on 3 nodes; nothing was refused. 3 keys end within 14 days."
        );
        assert_eq!(
            said(&requests(3, 0, 0), |facts| facts.ending = Matching::MoreThan(1_000)),
            "All is well. 54 keys answer on 3 nodes; nothing was refused. More than 1,000 keys end within 14 days."
        );
        // Only the environment's own key is used.
        assert_eq!(
            said(&requests(3, 0, 0), |facts| (facts.keys, facts.active) = (0, 0)),
            "All is well. Only environment keys answer on 3 nodes; nothing was refused."
        );
    }

    #[test]
    fn many_refusals_are_told() {
        assert_eq!(
            told(&requests(3_506, 1_315, 0), |_| ()),
            (
                Tone::Attention,
                "54 keys answer on 3 nodes, but 1,315 of 4,821 requests were refused in the last 24 hours: 27 %."
                    .to_owned()
            )
        );
        for (allowed, refused, tone) in [
            (90, 10, Tone::Attention),
            (91, 10, Tone::Good),
            (5, 5, Tone::Attention),
            // A few refusals are not many.
            (4, 4, Tone::Good),
        ] {
            assert_eq!(
                told(&requests(allowed, refused, 0), |_| ()).0,
                tone,
                "{allowed} {refused}"
            );
        }
        for (refused, text) in [
            (
                1,
                "54 keys answer on 3 nodes, but the only request of the last 24 hours was refused.",
            ),
            (
                4,
                "54 keys answer on 3 nodes, but all 4 requests of the last 24 hours were refused.",
            ),
        ] {
            assert_eq!(
                told(&requests(0, refused, 0), |_| ()),
                (Tone::Attention, text.to_owned())
            );
        }
    }

    #[test]
    fn refusals_by_mistake_are_told_however_few() {
        assert_eq!(
            told(&requests(900, 1, 1), |_| ()),
            (
                Tone::Attention,
                "54 keys answer on 3 nodes, but 1 request was refused because a key was not ready or had failed."
                    .to_owned()
            )
        );
    }

    #[test]
    fn a_node_that_is_silent_or_behind_comes_first() {
        let (tone, text) = told(&requests(0, 900, 900), |facts| {
            facts.nodes = NodesSeen {
                live: 2,
                silent: 1,
                silent_until: Some(NOW),
                behind: 1,
            };
        });
        assert_eq!(
            (tone, text.as_str()),
            (
                Tone::Bad,
                "1 of 3 nodes is silent. Until 05:43:00 UTC answers there may be out of date. 54 keys answer on 2 nodes."
            )
        );
        let (tone, text) = told(&requests(5, 0, 0), |facts| facts.nodes.behind = 2);
        assert_eq!(
            (tone, text.as_str()),
            (
                Tone::Bad,
                "2 of 3 nodes have not applied the last change: answers there may be out of date. 54 keys answer on 3 nodes."
            )
        );
        let (_, text) = told(&requests(5, 0, 0), |facts| {
            facts.nodes = NodesSeen {
                silent: 1,
                ..NodesSeen::default()
            };
        });
        assert_eq!(text, "The only node is silent. Answers there may be out of date.");
    }

    #[test]
    fn what_is_not_known_is_not_called_well() {
        let none = requests(0, 0, 0);
        assert_eq!(
            told(&none, |facts| facts.nodes = NodesSeen::default()),
            (Tone::Unknown, "Nothing is known: no node was heard from.".to_owned())
        );
        let empty = |environment: &'static str| {
            told(&none, |facts| {
                (facts.keys, facts.active, facts.environment) = (0, 0, environment);
            })
        };
        assert_eq!(
            empty(""),
            (Tone::Unknown, "Nothing is known yet: there is no API key.".to_owned())
        );
        assert_eq!(
            empty("production").1,
            "Nothing is known yet: there is no API key in production."
        );
    }

    #[test]
    fn keys_that_do_not_answer_are_told() {
        let one = told(&requests(0, 0, 0), |facts| (facts.keys, facts.active) = (1, 0));
        assert_eq!(
            one,
            (
                Tone::Attention,
                "No key answers: the only one is not active.".to_owned()
            )
        );
        let many = told(&requests(5, 0, 0), |facts| facts.active = 0);
        assert_eq!(many.1, "No key answers: none of the 60 is active.");
    }
}
