//! Compares what is there after a fault with what was acknowledged.

use std::collections::{BTreeSet, HashMap};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::ledger::{Key, State, Unknown};
use super::load::Load;
use crate::nodes::Nodes;
use crate::nodes::wire::Connection;

/// Requests that are sent at once.
const BATCH: usize = 100;
/// How long nodes may take to agree, and new keys to become ACTIVE.
const SETTLE_LIMIT: Duration = Duration::from_secs(15);

/// What is wrong, in sentences.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Found {
    pub(crate) lost: Vec<String>,
    pub(crate) half: Vec<String>,
}

/// The row of a key, and its events in the audit log.
#[derive(Clone, Debug, Default, PartialEq)]
struct Stored {
    /// The state in the row; none without a row.
    state: Option<String>,
    created: u32,
    deleted: u32,
    rotated: u32,
    /// Whether the last of the events that say so has disabled it.
    disabled: bool,
}

/// Checks the chain of the audit log, and that neither its numbers nor those of the changes have a gap.
pub(crate) fn logs(nodes: &Nodes) -> Result<()> {
    let printed = nodes.commands().run(&["audit", "verify"])?;
    ensure!(
        printed.succeeded,
        "the audit log does not verify: {}{}",
        printed.output,
        printed.messages
    );
    let numbers = nodes.database.query(
        "SELECT (SELECT count(*) FROM change_log), (SELECT min(number) FROM change_log), \
         (SELECT max(number) FROM change_log), (SELECT change_number FROM head), (SELECT count(*) FROM audit_events), \
         (SELECT min(number) FROM audit_events), (SELECT max(number) FROM audit_events), (SELECT audit_number FROM head)",
    )?;
    let numbers: Vec<i64> = numbers
        .trim()
        .split('|')
        .filter_map(|number| number.parse().ok())
        .collect();
    for (what, log) in ["change log", "audit log"].into_iter().zip(numbers.chunks(4)) {
        let [count, first, last, head] = log else {
            bail!("the numbers of the {what} cannot be read: {numbers:?}");
        };
        ensure!(
            *count == last - first + 1 && last == head,
            "the {what} has a gap: {count} numbers from {first} to {last}, and the head says {head}"
        );
    }
    ensure!(numbers.len() == 8, "the logs are empty");
    Ok(())
}

/// Compares every key with its row, its events, and the answers of all nodes. No change may be under way. A new key may have
/// FAILED only where a clock was wrong.
pub(crate) fn keys(nodes: &Nodes, load: &Load, clock_was_wrong: bool) -> Result<Found> {
    let begin = Instant::now();
    loop {
        let found = once(nodes, load, clock_was_wrong)?;
        if found == Found::default() || begin.elapsed() > SETTLE_LIMIT {
            return Ok(found);
        }
        thread::sleep(Duration::from_millis(500));
    }
}

fn once(nodes: &Nodes, load: &Load, clock_was_wrong: bool) -> Result<Found> {
    let (stored, ids) = read_stored(nodes)?;
    let ledger = load.ledger();
    let mut keys = Vec::new();
    let mut found = Found::default();
    let mut known = BTreeSet::new();
    for key in ledger.keys() {
        let id = if key.id.is_empty() {
            ids.get(&key.name)
        } else {
            Some(&key.id)
        };
        let Some(id) = id else {
            found.lost.push(format!("there is no key {}", key.name));
            continue;
        };
        known.insert(id.clone());
        keys.push((key, stored.get(id).cloned().unwrap_or_default()));
    }
    let texts: Vec<&str> = keys
        .iter()
        .flat_map(|(key, _)| key.tokens().map(|token| token.text.as_str()))
        .collect();
    let answers = nodes
        .addresses()
        .iter()
        .map(|address| codes(address, &texts))
        .collect::<Result<Vec<_>>>()?;
    let mut at = 0;
    for (key, stored) in &keys {
        let count = key.tokens().count();
        let of_nodes: Vec<&[String]> = answers.iter().map(|codes| &codes[at..at + count]).collect();
        at += count;
        let mut report = |into: fn(&mut Found) -> &mut Vec<String>, what: &str| {
            into(&mut found).push(format!(
                "{} ({}): {what}: {key:?}, stored {stored:?}, {of_nodes:?}",
                key.id, key.name
            ));
        };
        if let Some(what) = half_applied(key, stored, &of_nodes) {
            report(|found| &mut found.half, what);
        } else if let Some(what) = lost(key, stored, of_nodes[0], clock_was_wrong) {
            report(|found| &mut found.lost, what);
        }
    }
    // A key of which nobody knows whether it was created may be there, but only as a whole.
    for (id, stored) in stored.iter().filter(|(id, _)| !known.contains(*id)) {
        if !is_whole(stored) {
            found.half.push(format!("{id}: row and events differ: {stored:?}"));
        }
    }
    // Scenarios make keys of their own, with other names.
    let expected: BTreeSet<&String> = ledger.unknown_names().iter().collect();
    let ids = ids
        .into_iter()
        .filter(|(name, _)| name.starts_with("form-") || name.starts_with("command-"));
    let strangers = ids.filter(|(name, id)| !known.contains(id) && !expected.contains(name));
    found
        .half
        .extend(strangers.map(|(name, id)| format!("{id} ({name}) was created twice, or by nobody")));
    Ok(found)
}

/// Whether row, events and nodes contradict each other.
fn half_applied(key: &Key, stored: &Stored, of_nodes: &[&[String]]) -> Option<&'static str> {
    if of_nodes.iter().any(|codes| codes != &of_nodes[0]) {
        return Some("the nodes differ");
    }
    if !is_whole(stored) {
        return Some("row and events differ");
    }
    let code = of_nodes[0].last()?.as_str();
    let acknowledged = u32::try_from(key.old.len()).ok()?;
    let rotated_once_more = match key.unknown {
        Some(Unknown::Rotated) => stored.rotated == acknowledged + 1,
        _ => false,
    };
    if stored.rotated != acknowledged && !rotated_once_more {
        return Some("it was rotated more or less often than its events say");
    }
    let expected = match stored.state.as_deref() {
        None => "NOT_FOUND",
        Some(_) if rotated_once_more => "NOT_FOUND",
        Some("active") => "VALID",
        Some("inactive") => "INACTIVE",
        // A key that is not ready in time counts as failed by its times alone, without a change of its row.
        Some("provisioning") if code == "FAILED" => "FAILED",
        Some("provisioning") => "PROVISIONING",
        Some("failed") => "FAILED",
        Some(_) => return Some("an unknown state"),
    };
    (code != expected).then_some("the nodes answer by another state than the row has")
}

/// Whether the row of a key is as its events say.
fn is_whole(stored: &Stored) -> bool {
    let exists = stored.created == 1 && stored.deleted == 0;
    let gone = stored.created == 1 && stored.deleted == 1;
    match &stored.state {
        Some(state) => exists && stored.disabled == (state == "inactive"),
        None => gone || stored.created == 0,
    }
}

/// Whether something acknowledged is not there.
fn lost(key: &Key, stored: &Stored, codes: &[String], clock_was_wrong: bool) -> Option<&'static str> {
    if codes.iter().rev().skip(1).any(|code| code != "NOT_FOUND") {
        return Some("a token that was replaced works");
    }
    let state = match stored.state.as_deref() {
        Some("inactive") => State::Inactive,
        Some("active") => State::Active,
        Some("failed" | "provisioning") if clock_was_wrong && !key.was_active && codes.last()? == "FAILED" => {
            return None;
        }
        Some(_) => return Some("it did not become ACTIVE"),
        None => State::Deleted,
    };
    let allowed = state == key.state || key.unknown == Some(Unknown::State(state));
    (!allowed).then_some("its state is not the acknowledged one")
}

/// The answer of a node about each token, as a code.
fn codes(address: &str, tokens: &[&str]) -> Result<Vec<String>> {
    let mut connection = Connection::open(address).with_context(|| format!("{address} is not reached"))?;
    connection.set_timeout(Duration::from_secs(10))?;
    let mut codes = Vec::with_capacity(tokens.len());
    for batch in tokens.chunks(BATCH) {
        connection.ask(batch, |_, answer| codes.push(answer.code))?;
    }
    Ok(codes)
}

/// What is stored about each key by its ID, and the IDs of the keys that exist by their names.
fn read_stored(nodes: &Nodes) -> Result<(HashMap<String, Stored>, HashMap<String, String>)> {
    let mut stored: HashMap<String, Stored> = HashMap::new();
    let mut ids = HashMap::new();
    for line in nodes.database.query("SELECT id, name, state FROM api_keys")?.lines() {
        if let [id, name, state] = line.split('|').collect::<Vec<_>>()[..] {
            stored.entry(id.to_owned()).or_default().state = Some(state.to_owned());
            ids.insert(name.to_owned(), id.to_owned());
        }
    }
    let events = "SELECT subject_id, action FROM audit_events WHERE action LIKE 'key.%' ORDER BY number";
    for line in nodes.database.query(events)?.lines() {
        if let Some((id, action)) = line.split_once('|') {
            let stored = stored.entry(id.to_owned()).or_default();
            match action {
                "key.created" => stored.created += 1,
                "key.deleted" => stored.deleted += 1,
                "key.rotated" => stored.rotated += 1,
                "key.disabled" => stored.disabled = true,
                "key.enabled" => stored.disabled = false,
                _ => {}
            }
        }
    }
    Ok((stored, ids))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::of_command("key_1", "form-0-1", "token").seen_active()
    }

    fn stored(state: Option<&str>) -> Stored {
        Stored {
            state: state.map(str::to_owned),
            created: 1,
            deleted: u32::from(state.is_none()),
            disabled: state == Some("inactive"),
            ..Stored::default()
        }
    }

    fn judge(key: &Key, stored: &Stored, codes: &[&str]) -> (Option<&'static str>, Option<&'static str>) {
        let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
        (
            half_applied(key, stored, &[&codes, &codes]),
            lost(key, stored, &codes, false),
        )
    }

    #[test]
    fn what_was_acknowledged_is_there() {
        assert_eq!(judge(&key(), &stored(Some("active")), &["VALID"]), (None, None));
        let mut disabled = key();
        disabled.state = State::Inactive;
        assert_eq!(judge(&disabled, &stored(Some("inactive")), &["INACTIVE"]), (None, None));
        let mut deleted = key();
        deleted.state = State::Deleted;
        assert_eq!(judge(&deleted, &stored(None), &["NOT_FOUND"]), (None, None));
    }

    #[test]
    fn an_acknowledged_change_that_is_not_there_is_lost() {
        let mut disabled = key();
        disabled.state = State::Inactive;
        assert!(judge(&disabled, &stored(Some("active")), &["VALID"]).1.is_some());
        assert!(judge(&key(), &stored(None), &["NOT_FOUND"]).1.is_some());
        assert!(
            judge(&key(), &stored(Some("provisioning")), &["PROVISIONING"])
                .1
                .is_some()
        );
        let mut rotated = key();
        rotated.rotated_to(Key::of_command("", "", "new").token);
        let mut stored = stored(Some("active"));
        stored.rotated = 1;
        assert!(judge(&rotated, &stored, &["VALID", "VALID"]).1.is_some());
        assert_eq!(judge(&rotated, &stored, &["NOT_FOUND", "VALID"]), (None, None));
    }

    #[test]
    fn what_was_not_acknowledged_may_be_there_or_not() {
        let unknown = key().with_unknown(Unknown::State(State::Deleted));
        assert_eq!(judge(&unknown, &stored(Some("active")), &["VALID"]), (None, None));
        assert_eq!(judge(&unknown, &stored(None), &["NOT_FOUND"]), (None, None));
        assert!(judge(&unknown, &stored(Some("inactive")), &["INACTIVE"]).1.is_some());
        let unknown = key().with_unknown(Unknown::Rotated);
        let mut rotated = stored(Some("active"));
        assert_eq!(judge(&unknown, &rotated, &["VALID"]), (None, None));
        rotated.rotated = 1;
        assert_eq!(judge(&unknown, &rotated, &["NOT_FOUND"]), (None, None));
        assert!(judge(&unknown, &rotated, &["VALID"]).0.is_some());
    }

    #[test]
    fn a_change_that_is_only_in_a_part_of_the_places_is_half_applied() {
        assert!(judge(&key(), &stored(Some("active")), &["INACTIVE"]).0.is_some());
        let without_event = Stored {
            disabled: false,
            ..stored(Some("inactive"))
        };
        assert!(judge(&key(), &without_event, &["INACTIVE"]).0.is_some());
        let without_creation = Stored {
            created: 0,
            ..stored(Some("active"))
        };
        assert!(judge(&key(), &without_creation, &["VALID"]).0.is_some());
        let (valid, refused) = (["VALID".to_owned()], ["NOT_FOUND".to_owned()]);
        assert!(half_applied(&key(), &stored(Some("active")), &[&valid, &refused]).is_some());
    }

    #[test]
    fn a_new_key_may_fail_only_where_a_clock_was_wrong() {
        let new = Key::of_command("key_1", "form-0-1", "token");
        let failed = ["FAILED".to_owned()];
        for state in ["failed", "provisioning"] {
            assert_eq!(half_applied(&new, &stored(Some(state)), &[&failed]), None);
            assert_eq!(lost(&new, &stored(Some(state)), &failed, true), None);
            assert!(lost(&new, &stored(Some(state)), &failed, false).is_some());
            assert!(lost(&key(), &stored(Some(state)), &failed, true).is_some());
        }
    }
}
