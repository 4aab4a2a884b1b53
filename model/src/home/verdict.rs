//! Whether all is well, in a sentence.

use serde::{Deserialize, Serialize};

use super::Requests;
use crate::key_list::Matching;
use crate::number::{Separator, grouped_with};
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
    /// What stands between the thousands of the numbers in the sentence.
    pub numbers: Separator,
}

impl Facts<'_> {
    fn grouped(&self, number: u64) -> String {
        grouped_with(number, self.numbers)
    }
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
                facts.grouped(keys)
            ),
        };
        return told(Tone::Attention, text);
    }
    let (tone, text) = if let Some(trouble) = trouble(facts) {
        (Tone::Attention, format!("{}, but {trouble}.", answering(facts)))
    } else {
        let calm = match (requests.total(), requests.refused()) {
            (0, _) => "no request came in the last 24 hours",
            (_, 0) => "nothing was refused",
            _ => "nothing was refused by mistake",
        };
        (Tone::Good, format!("All is well. {}; {calm}.", answering(facts)))
    };
    told(tone, format!("{text}{}", ending(facts)))
}

/// What is wrong with the requests. A request is refused by mistake if nobody has stopped or limited its key.
fn trouble(facts: &Facts<'_>) -> Option<String> {
    let requests = facts.requests;
    let (total, refused) = (requests.total(), requests.refused());
    if requests.unready > 0 {
        let were = if requests.unready == 1 {
            "1 request was".to_owned()
        } else {
            format!("{} requests were", facts.grouped(requests.unready))
        };
        return Some(format!("{were} refused because a key was not ready or had failed"));
    }
    match (refused, total - refused) {
        (0, _) => return None,
        (1, 0) => return Some("the only request of the last 24 hours was refused".to_owned()),
        (_, 0) => {
            return Some(format!(
                "all {} requests of the last 24 hours were refused",
                facts.grouped(refused)
            ));
        }
        _ => {}
    }
    let are_many = refused >= MANY && u128::from(refused) * 100 >= u128::from(total) * u128::from(MANY_PERCENT);
    are_many.then(|| {
        format!(
            "{} of {} requests were refused in the last 24 hours: {}",
            facts.grouped(refused),
            facts.grouped(total),
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
        live => format!("{} nodes", facts.grouped(live)),
    };
    let place = place(facts);
    match facts.active {
        0 if facts.keys == 0 => format!("Only environment keys{place} answer on {nodes}"),
        0 => format!("No key{place} answers"),
        1 => format!("1 key{place} answers on {nodes}"),
        active => format!("{} keys{place} answer on {nodes}", facts.grouped(active)),
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

fn ending(facts: &Facts<'_>) -> String {
    match facts.ending {
        Matching::Exactly(0) => String::new(),
        Matching::Exactly(1) => " 1 key ends within 14 days.".to_owned(),
        Matching::Exactly(keys) => format!(" {} keys end within 14 days.", facts.grouped(keys)),
        Matching::MoreThan(keys) => format!(" More than {} keys end within 14 days.", facts.grouped(keys)),
    }
}

#[cfg(test)]
mod tests;
