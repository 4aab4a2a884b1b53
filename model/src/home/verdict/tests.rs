//! What the sentence says in each case.

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
        numbers: Separator::Comma,
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
    // The numbers are written as in the language of the person.
    assert_eq!(
        said(&requests(3, 0, 0), |facts| {
            facts.active = 1_204;
            facts.numbers = Separator::Period;
        }),
        "All is well. 1.204 keys answer on 3 nodes; nothing was refused."
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
