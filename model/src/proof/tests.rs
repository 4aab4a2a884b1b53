use proptest::prelude::*;

use super::*;
use crate::time::MINUTE;

/// When the change was made: 2026-11-22T05:43:00Z.
const AT: Timestamp = Timestamp(1_795_326_180_000);
const CHANGE: i64 = 7;
const STALE: i64 = 5 * MINUTE;

/// A node that started long ago and was heard from at the time of the change.
fn node(name: &str, applied: i64, applied_after: Option<i64>) -> NodeFacts {
    NodeFacts {
        id: NodeId::from_random(&format!("{name:0>10}")),
        name: format!("node-{name}"),
        started_at: AT.plus(-MINUTE),
        last_heard_at: AT,
        stale_limit: STALE,
        stopped_at: None,
        loaded: Some(1),
        applied,
        applied_at: applied_after.map(|after| AT.plus(after)),
    }
}

fn proof(nodes: &[NodeFacts], after: i64) -> Proof {
    Proof::new(CHANGE, AT, nodes.to_vec(), AT.plus(after))
}

fn sentence(nodes: &[NodeFacts], after: i64) -> String {
    proof(nodes, after).sentence(ChangeEffect::Refused, AT.plus(after), None)
}

#[test]
fn a_change_is_in_force_once_the_last_node_has_applied_it() {
    let nodes = [node("a", 7, Some(3)), node("b", 9, Some(212)), node("c", 7, Some(80))];
    let found = proof(&nodes, 300);
    assert_eq!((found.in_force, found.took()), (true, Some(212)));
    assert_eq!(sentence(&nodes, 300), "refused on 3 of 3 nodes after 212 ms");

    let behind = [nodes[0].clone(), node("b", 6, None)];
    let found = proof(&behind, 300);
    assert_eq!((found.in_force, found.in_force_at), (false, None));
    assert_eq!(sentence(&behind, 300), "refused on 1 of 2 nodes so far");
}

#[test]
fn a_silent_node_counts_until_its_stale_limit() {
    let mut silent = node("c", 6, None);
    silent.last_heard_at = AT.plus(-10 * SECOND);
    let nodes = [node("a", 7, Some(3)), node("b", 7, Some(5)), silent];
    let end = STALE - 10 * SECOND;
    for after in [SECOND, end - 1] {
        assert!(!proof(&nodes, after).in_force);
        assert_eq!(
            sentence(&nodes, after),
            "refused on 2 of 3 nodes; node-c refuses at 05:47:50 at the latest"
        );
    }
    let found = proof(&nodes, end);
    assert_eq!((found.in_force, found.took()), (true, Some(end)));
    // It stays in the proof, which had to wait for it. It is no node that answers.
    assert_eq!((found.nodes.len(), found.count(AT.plus(end))), (3, (2, 2)));
    assert_eq!(sentence(&nodes, end), "refused on 2 of 2 nodes after 4 min 50 s");
}

#[test]
fn a_waiting_person_reads_how_long_the_waiting_took() {
    let mut silent = node("c", 6, None);
    silent.last_heard_at = AT.plus(-10 * SECOND);
    let nodes = [node("a", 7, Some(3)), silent];
    let now = AT.plus(10 * SECOND);
    let found = Proof::new(CHANGE, AT, nodes.to_vec(), now);
    assert_eq!(
        found.sentence(ChangeEffect::Accepted, now, Some(10 * SECOND)),
        "accepted on 1 of 2 nodes after 10 s; node-c refuses at 05:47:50 at the latest"
    );
    let behind = proof(&[node("a", 7, Some(3)), node("b", 6, None)], 300);
    assert_eq!(
        behind.sentence(ChangeEffect::Refused, AT.plus(300), Some(300)),
        "refused on 1 of 2 nodes after 300 ms"
    );
}

#[test]
fn a_node_that_stopped_counts_no_more_and_delays_until_it_stopped() {
    let mut stopped = node("b", 6, None);
    stopped.stopped_at = Some(AT.plus(40));
    let nodes = [node("a", 7, Some(3)), stopped];
    let found = proof(&nodes, 50);
    assert_eq!((found.in_force, found.took(), found.nodes.len()), (true, Some(40), 1));

    let mut before = nodes;
    before[1].stopped_at = Some(AT.plus(-1));
    assert_eq!(proof(&before, 50).took(), Some(3));
}

#[test]
fn a_node_that_loaded_the_change_with_its_snapshot_delays_nothing() {
    let mut joined = node("b", 7, Some(HOUR_LATER));
    joined.loaded = Some(7);
    let mut nodes = [node("a", 7, Some(3)), joined];
    for node in &mut nodes {
        node.last_heard_at = AT.plus(HOUR_LATER);
    }
    let found = proof(&nodes, HOUR_LATER);
    assert_eq!((found.took(), found.count(AT.plus(HOUR_LATER))), (Some(3), (2, 2)));
}

const HOUR_LATER: i64 = crate::time::HOUR;

#[test]
fn a_node_that_is_loading_counts() {
    let mut loading = node("b", 0, None);
    loading.loaded = None;
    assert!(!proof(&[node("a", 7, Some(3)), loading], 10).in_force);
}

#[test]
fn a_change_that_nobody_remembers_is_in_force_without_a_time() {
    let found = proof(&[node("a", 9, None)], 50);
    assert_eq!((found.in_force, found.in_force_at), (true, None));
    assert_eq!(sentence(&[node("a", 9, None)], 50), "refused on 1 of 1 node");
    assert_eq!(sentence(&[], 50), "");
}

#[test]
fn many_silent_nodes_are_not_all_named() {
    let nodes: Vec<NodeFacts> = ["a", "b", "c", "d", "e"]
        .iter()
        .map(|name| node(name, 6, None))
        .collect();
    assert_eq!(
        sentence(&nodes, 6 * SECOND),
        "refused on 0 of 5 nodes; node-a refuses at 05:48:00 at the latest, node-b refuses at 05:48:00 at the latest, \
         node-c refuses at 05:48:00 at the latest, 2 more by 05:48:00"
    );
}

#[test]
fn json_is_as_the_contract_has_it() {
    let found = proof(&[node("a", 9, Some(212)), node("b", 6, None)], 300);
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "change": 7, "at": "2026-11-22T05:43:00.000Z", "inForce": false, "inForceAt": null,
            "nodes": [
                {"id": "node_000000000a", "name": "node-a", "applied": 9, "appliedAt": "2026-11-22T05:43:00.212Z",
                 "inForce": true},
                {"id": "node_000000000b", "name": "node-b", "lastHeardAt": "2026-11-22T05:43:00.000Z",
                 "refusesAt": "2026-11-22T05:48:00.000Z", "inForce": false},
            ],
        })
    );
    assert_eq!(serde_json::from_value::<Proof>(json).unwrap(), as_in_json(found));
}

/// JSON does not have the nodes that have stopped.
fn as_in_json(proof: Proof) -> Proof {
    Proof {
        all: Vec::new(),
        ..proof
    }
}

prop_compose! {
    fn any_node()(
        name in "[a-z0-9]{10}", heard in -600..600_i64, stopped in proptest::option::of(-600..600_i64),
        loaded in proptest::option::of(1..12_i64), more in 0..6_i64, applied_after in 0..600_i64,
    ) -> NodeFacts {
        let applied = loaded.map_or(0, |loaded| loaded + more);
        NodeFacts {
            id: NodeId::from_random(&name),
            name,
            started_at: AT.plus(-HOUR_LATER),
            last_heard_at: AT.plus(heard * SECOND),
            stale_limit: STALE,
            stopped_at: stopped.map(|stopped| AT.plus(stopped * SECOND)),
            loaded,
            applied,
            applied_at: (applied >= CHANGE).then(|| AT.plus(applied_after * SECOND)),
        }
    }
}

proptest! {
    #[test]
    fn nothing_is_in_force_while_a_node_could_answer_without_the_change(
        nodes in proptest::collection::vec(any_node(), 0..6), after in 0..1_200_i64,
    ) {
        let now = AT.plus(after * SECOND);
        let found = Proof::new(CHANGE, AT, nodes.clone(), now);
        let could = nodes.iter().any(|node| node.applied < CHANGE && node.ends_at() > now);
        prop_assert_eq!(found.in_force, !could);
        prop_assert_eq!(found.in_force_at.is_some(), !could);
        prop_assert_eq!(found.missing(now).count() == 0, !could);
        let (known, all) = found.count(now);
        prop_assert_eq!(all, nodes.iter().filter(|node| node.ends_at() > now).count());
        prop_assert!(known <= all);
    }

    #[test]
    fn a_change_that_is_in_force_stays_so_since_the_same_time(
        nodes in proptest::collection::vec(any_node(), 0..6), after in 0..1_200_i64, later in 0..1_200_i64,
    ) {
        let early = Proof::new(CHANGE, AT, nodes.clone(), AT.plus(after * SECOND));
        let late = Proof::new(CHANGE, AT, nodes, AT.plus((after + later) * SECOND));
        if early.in_force {
            prop_assert!(late.in_force);
            prop_assert!(late.in_force_at >= early.in_force_at);
        }
    }

    #[test]
    fn a_proof_reads_back_from_its_json(nodes in proptest::collection::vec(any_node(), 0..6)) {
        let found = Proof::new(CHANGE, AT, nodes, AT);
        let json = serde_json::to_string(&found).unwrap();
        prop_assert_eq!(serde_json::from_str::<Proof>(&json).unwrap(), as_in_json(found));
    }
}
