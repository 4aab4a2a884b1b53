//! The history of one key or customer: its events, each with the proof of its change.

use model::audit_event::{Action, title_in_history};
use model::key_page::{HISTORY, HistoryEvent};
use model::proof::ChangeEffect;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::audit::{self, Audit, sentence};
use crate::cluster::Cluster;
use crate::error::Result;
use crate::store::Store;
use crate::store::changes::changes_of_events;
use crate::store::entities::audit_event;

/// The latest events of a subject, the newest first. The caller has checked who may see them.
pub(crate) async fn history_of(
    store: &Store,
    audit: &Audit,
    cluster: &Cluster,
    subject: &str,
) -> Result<Vec<HistoryEvent>> {
    let events = audit_event::Entity::find()
        .filter(audit_event::Column::SubjectId.eq(subject))
        .order_by_desc(audit_event::Column::Number)
        .limit(HISTORY)
        .all(&store.db)
        .await?;
    let emails = audit.emails_of_actors(&events).await?;
    let changes = changes_of_events(&store.db, events.iter().map(|event| event.number)).await?;
    let effects = events.iter().filter_map(|event| {
        let change = changes.get(&event.number)?;
        Some((*change, effect_of(&event.action)?))
    });
    let proofs = cluster.sentences(&effects.collect()).await?;
    let proof_of = |change: &i64| proofs.get(change).cloned();
    Ok(events
        .into_iter()
        .map(|event| HistoryEvent {
            proof: changes.get(&event.number).and_then(proof_of).unwrap_or_default(),
            receipt: changes.get(&event.number).copied(),
            person: audit::person(&event, &emails),
            at: event.at.0,
            actor: event.actor_name,
            address: event.address,
            title: title_in_history(&event.action),
            details: sentence(&event.action, &event.details),
        })
        .collect())
}

/// The last event of a history, the newest first, that disabled its key.
pub(crate) fn last_disabling(history: &[HistoryEvent]) -> Option<&HistoryEvent> {
    let title = title_in_history(Action::KeyDisabled.name());
    history.iter().find(|event| event.title == title)
}

/// What an event did to the requests with its keys; `None` for events whose proof nobody asks for.
fn effect_of(action: &str) -> Option<ChangeEffect> {
    match action {
        "key.disabled" | "key.old_token_ended" | "customer.suspended" => Some(ChangeEffect::Refused),
        "key.enabled" | "customer.resumed" => Some(ChangeEffect::Accepted),
        "key.edited" | "key.rotated" | "customer.edited" => Some(ChangeEffect::InForce),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use model::time::Timestamp;

    use super::*;

    fn event(action: Action, actor: &str) -> HistoryEvent {
        HistoryEvent {
            at: Timestamp(0),
            actor: actor.to_owned(),
            person: None,
            address: None,
            title: title_in_history(action.name()),
            details: String::new(),
            proof: String::new(),
            receipt: None,
        }
    }

    #[test]
    fn a_key_that_was_disabled_twice_names_who_did_it_last() {
        let history = [
            event(Action::KeyOwnerChanged, "mara"),
            event(Action::KeyDisabled, "lin"),
            event(Action::KeyEnabled, "mara"),
            event(Action::KeyDisabled, "ada"),
        ];
        let last = last_disabling(&history).unwrap();
        assert_eq!(last.actor, "lin");
        assert_eq!(last_disabling(&history[..1]), None);
    }
}
