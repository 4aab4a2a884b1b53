//! Records refusals and logins as events, but not more of them than a person can read. Otherwise a client that keeps
//! trying would fill the log and the disk. The events that are left out are counted, and the next event tells their
//! number.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use model::audit_event::{Action, AuditEvent, ConsoleRefused, LoginFailed, LoginFailure};
use model::service_token::may_hold_token;
use model::time::{MINUTE, Timestamp};

use super::{Actor, ActorKind, Event};
use crate::audit::Audit;

/// The most events of one kind in a minute: about one person, service account or address, and in all.
const EACH: u32 = 10;
const ALL: u32 = 60;
/// Above this number of entries, those of earlier minutes are removed.
const SWEEP: usize = 1_000;
/// The longest path that is noted, in characters.
const PATH_MAX: usize = 120;

/// How many events were recorded lately.
#[derive(Debug, Default)]
pub(crate) struct Quota(Mutex<HashMap<(Action, String), Noted>>);

#[derive(Clone, Copy, Debug)]
struct Noted {
    since: Timestamp,
    count: u32,
    suppressed: u64,
}

impl Quota {
    /// Asks to record one more event. `None` where the limit is reached; otherwise the number of events that were left
    /// out since the last recorded one.
    pub(crate) fn take(&self, action: Action, about: &str, now: Timestamp) -> Option<u64> {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() > SWEEP {
            sweep(&mut noted, now);
        }
        // Where so many addresses try that the list of them grows too long, only the limit in all counts.
        let about = if noted.len() > 2 * SWEEP { "" } else { about };
        let mut one = |about: &str, limit| {
            let fresh = Noted {
                since: now,
                count: 0,
                suppressed: 0,
            };
            let entry = noted.entry((action, about.to_owned())).or_insert(fresh);
            if now.since(entry.since) >= MINUTE {
                entry.since = now;
                entry.count = 0;
            }
            entry.count = entry.count.saturating_add(1);
            let may = entry.count <= limit;
            if !may {
                entry.suppressed += 1;
            }
            may
        };
        if !(about.is_empty() || one(about, EACH)) || !one("", ALL) {
            return None;
        }
        // The number of events that the two limits held back. An event counts at one of them only: first at its own limit.
        let mut take_suppressed = |about: &str| {
            let entry = noted.get_mut(&(action, about.to_owned()));
            entry.map_or(0, |entry| std::mem::take(&mut entry.suppressed))
        };
        let in_all = take_suppressed("");
        Some(if about.is_empty() {
            in_all
        } else {
            in_all + take_suppressed(about)
        })
    }
}

/// Removes entries that are older than a minute. The next recorded event tells what they held back.
fn sweep(noted: &mut HashMap<(Action, String), Noted>, now: Timestamp) {
    let mut left_out: HashMap<Action, u64> = HashMap::new();
    noted.retain(|(action, about), entry| {
        let keep = about.is_empty() || now.since(entry.since) < MINUTE;
        if !keep {
            *left_out.entry(*action).or_default() += entry.suppressed;
        }
        keep
    });
    for (action, suppressed) in left_out {
        if let Some(entry) = noted.get_mut(&(action, String::new())) {
            entry.suppressed += suppressed;
        }
    }
}

impl Audit {
    /// Records that a person or a service account asked for something that they may not do. `known_as` is the person's e-mail
    /// address, or the name of the service account.
    pub async fn note_refusal(&self, actor: &Actor, known_as: &str, method: &str, path: &str) {
        let id = match &actor.kind {
            ActorKind::User { id, .. } => id.as_str(),
            ActorKind::ServiceAccount { id, .. } => id.as_str(),
            ActorKind::CommandLine | ActorKind::System | ActorKind::Nobody => return,
        };
        let request = format!("{method} {}", harmless_path(path));
        let event = |suppressed| {
            AuditEvent::ConsoleRefused(ConsoleRefused {
                request,
                role: Some(actor.role),
                suppressed,
            })
        };
        self.note(actor, id, Some((id, known_as)), Action::ConsoleRefused, event)
            .await;
    }

    /// Records that a request was refused for one of many things and answered for the others. `request` says which
    /// thing was refused.
    pub(crate) async fn note_refusal_of(&self, actor: &Actor, request: &str) {
        let ActorKind::User { id, name, .. } = &actor.kind else {
            return;
        };
        let subject = Some((id.as_str(), name.as_str()));
        let event = |suppressed| {
            AuditEvent::ConsoleRefused(ConsoleRefused {
                request: request.to_owned(),
                role: None,
                suppressed,
            })
        };
        self.note(actor, id.as_str(), subject, Action::ConsoleRefused, event)
            .await;
    }

    /// Records a failed login. The typed e-mail address is recorded only where a person has it.
    pub(crate) async fn note_failed_login(&self, person: Option<(&str, &str)>, address: &str, reason: LoginFailure) {
        let nobody = Actor::nobody(address.to_owned());
        let event = |suppressed| AuditEvent::UserLoginFailed(LoginFailed { reason, suppressed });
        self.note(&nobody, address, person, Action::UserLoginFailed, event)
            .await;
    }

    /// Adds an event unless there were many like it lately; `event` gets the number of those that were left out. A
    /// failure is not an error for the caller, since the request is refused anyway; it goes to the server's log.
    async fn note(
        &self,
        actor: &Actor,
        about: &str,
        subject: Option<(&str, &str)>,
        action: Action,
        event: impl FnOnce(u64) -> AuditEvent,
    ) {
        let Some(suppressed) = self.quota.take(action, about, Timestamp(self.store.clock.elapsed())) else {
            return;
        };
        let what = event(suppressed);
        let noted = async {
            let mut mutation = self.store.begin_unguarded().await?;
            mutation.audit(actor, &Event { subject, what });
            mutation.commit().await
        };
        if let Err(error) = noted.await {
            tracing::error!(%error, action = action.name(), "cannot note it in the audit log");
        }
    }
}

/// A path for a log: a segment that may be a token is replaced, and a long path is cut.
pub fn harmless_path(path: &str) -> String {
    let segments: Vec<&str> = path
        .split('/')
        .map(|segment| if may_hold_token(segment) { "…" } else { segment })
        .collect();
    segments.join("/").chars().take(PATH_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_a_minute_are_noted_and_the_next_tells_of_the_rest() {
        let quota = Quota::default();
        let start = Timestamp(0);
        for _ in 0..EACH {
            assert_eq!(quota.take(Action::ConsoleRefused, "usr_1", start), Some(0));
        }
        for _ in 0..5 {
            assert_eq!(quota.take(Action::ConsoleRefused, "usr_1", start), None);
        }
        assert_eq!(quota.take(Action::ConsoleRefused, "usr_2", start), Some(0));
        assert_eq!(quota.take(Action::UserLoginFailed, "usr_1", start), Some(0));
        assert_eq!(quota.take(Action::ConsoleRefused, "usr_1", start.plus(MINUTE)), Some(5));
        assert_eq!(quota.take(Action::ConsoleRefused, "usr_1", start.plus(MINUTE)), Some(0));
    }

    #[test]
    fn what_the_limit_in_all_held_back_is_told_as_well() {
        let quota = Quota::default();
        for number in 0..ALL + 7 {
            quota.take(Action::UserLoginFailed, &format!("192.0.2.{number}"), Timestamp(0));
        }
        let later = Timestamp(MINUTE);
        assert_eq!(quota.take(Action::UserLoginFailed, "198.51.100.1", later), Some(7));
        assert_eq!(quota.take(Action::UserLoginFailed, "198.51.100.1", later), Some(0));
    }

    #[test]
    fn many_addresses_share_one_limit() {
        let quota = Quota::default();
        let noted = (0..100_000)
            .filter(|number| {
                quota
                    .take(Action::UserLoginFailed, &format!("192.0.2.{number}"), Timestamp(0))
                    .is_some()
            })
            .count();
        assert_eq!(noted, ALL as usize);
        assert!(quota.0.lock().unwrap().len() <= 2 * SWEEP + 2);
    }

    #[test]
    fn who_was_forgotten_is_still_told_of() {
        let quota = Quota::default();
        for _ in 0..EACH + 5 {
            quota.take(Action::ConsoleRefused, "usr_1", Timestamp(0));
        }
        // Enough other people, each in another minute, so that all earlier entries are removed.
        let mut told = 0;
        for number in 1..=i64::try_from(3 * SWEEP).unwrap() {
            told += quota
                .take(
                    Action::ConsoleRefused,
                    &format!("usr_x{number}"),
                    Timestamp(number * MINUTE),
                )
                .unwrap();
        }
        assert_eq!(told, 5);
        assert!(quota.0.lock().unwrap().len() <= SWEEP + 2);
    }

    #[test]
    fn a_token_in_a_path_is_not_noted() {
        assert_eq!(harmless_path("/keys/sk_live_abc/edit"), "/keys/…/edit");
        assert_eq!(harmless_path("/manage/v1/keys/lkm_abc"), "/manage/v1/keys/…");
        assert_eq!(harmless_path("/keys/key_abc/edit"), "/keys/key_abc/edit");
    }
}
