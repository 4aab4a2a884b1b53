//! Anchors: the end of the audit log at some time, kept outside the database: in the memory of a running process, in a
//! file in the data folder, and in the server's own log. An attacker can find a head that was once valid in old pages
//! of the database, and its MAC says nothing about later events; an anchor does.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, OnceLock, PoisonError};

use sea_orm::{ConnectionTrait, EntityTrait};
use subtle::ConstantTimeEq;

use super::chain::ends_as_written;
use crate::error::Result;
use crate::private_file;
use crate::store::Store;
use crate::store::entities::{audit_event, head};

/// The name of a database's anchor file. Several databases may share a folder.
pub fn anchor_file(instance: &str) -> String {
    format!("audit-{instance}.anchor")
}

/// An event by its number and MAC, which covers all that came before it. Written `NUMBER:MAC`, the MAC in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    pub number: i64,
    mac: Vec<u8>,
}

impl std::fmt::Display for Anchor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:", self.number)?;
        self.mac.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl FromStr for Anchor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (number, mac) = text.trim().split_once(':')?;
            let number = number.parse().ok().filter(|number| *number > 0)?;
            if mac.len() != 64 || !mac.is_ascii() {
                return None;
            }
            let byte = |at: usize| u8::from_str_radix(&mac[at..at + 2], 16).ok();
            let mac = (0..mac.len()).step_by(2).map(byte).collect::<Option<_>>()?;
            Some(Self { number, mac })
        };
        read().ok_or("an anchor is the number of an event, a colon, and its MAC of 64 hexadecimal digits")
    }
}

impl Anchor {
    fn of(head: &head::Model) -> Option<Self> {
        (head.audit_number > 0).then(|| Self {
            number: head.audit_number,
            mac: head.audit_mac.clone(),
        })
    }

    pub(crate) fn is(&self, row: &audit_event::Model) -> bool {
        self.number == row.number && self.mac.ct_eq(&row.mac).into()
    }

    /// Whether a log with this head can have the event. Where the log ends later, the row of the event has to be
    /// checked as well.
    fn may_be_in(&self, head: &head::Model) -> bool {
        match head.audit_number.cmp(&self.number) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => self.mac.ct_eq(&head.audit_mac).into(),
            std::cmp::Ordering::Greater => true,
        }
    }
}

/// The latest end of the log that this process knows of, and the anchor file, from which the next process reads it.
#[derive(Debug, Default)]
pub(crate) struct SeenAuditEnd {
    seen: Mutex<Seen>,
    file: OnceLock<PathBuf>,
    /// The number of the last event that was written to the file. Held while it is written.
    written: tokio::sync::Mutex<i64>,
}

#[derive(Debug, Default)]
struct Seen {
    anchor: Option<Anchor>,
    /// Whether the server's own log already says that events were cut off.
    told: bool,
}

impl SeenAuditEnd {
    pub(crate) fn seen(&self) -> Option<Anchor> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).anchor.clone()
    }

    /// The anchor file, where there is to be one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.get().map(PathBuf::as_path)
    }

    /// Remembers the end of a log that was found to be sound.
    pub(crate) fn note(&self, head: &head::Model) {
        let Some(anchor) = Anchor::of(head) else {
            return;
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.anchor.as_ref().is_none_or(|before| before.number < anchor.number) {
            seen.anchor = Some(anchor);
        }
    }
}

impl Store {
    /// Reads the anchor file, when the process starts. Without that file, the process accepts the end of the log as it is in
    /// the database.
    pub(crate) async fn read_anchor_file(&self) -> Result<()> {
        let (Some(folder), Some(head)) = (&self.settings.anchors, head::Entity::find_by_id(1).one(&self.db).await?)
        else {
            return Ok(());
        };
        let path = folder.join(anchor_file(&head.instance));
        match read(&path) {
            Ok(anchor) => {
                self.audit_end
                    .seen
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .anchor = anchor;
            }
            Err(error) => tracing::error!(%error, "cannot read {}", path.display()),
        }
        // This is the only place that sets it.
        let _ = self.audit_end.file.set(path);
        Ok(())
    }

    /// Whether the audit log has exactly this event. Does not check whether the log is as it was written.
    pub(crate) async fn has_event(&self, anchor: &Anchor) -> Result<bool> {
        has_event(&self.db, anchor).await
    }

    /// Whether a log with this head continues from the event that was seen. `seen` has to be read before the head: what
    /// this process sees later may be newer than the head.
    pub(crate) async fn continues_from_seen(
        &self,
        seen: Option<&Anchor>,
        db: &impl ConnectionTrait,
        head: &head::Model,
    ) -> Result<bool> {
        Ok(match seen {
            None => true,
            Some(seen) if !seen.may_be_in(head) => false,
            Some(seen) => seen.number == head.audit_number || has_event(db, seen).await?,
        })
    }

    /// Checks a head that another process may have written: remembers it, or reports that events were cut off.
    pub(crate) fn check_foreign_head(&self, seen: Option<&Anchor>, head: &head::Model) {
        if let Some(seen) = seen.filter(|seen| !seen.may_be_in(head)) {
            let mut state = self.audit_end.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if !std::mem::replace(&mut state.told, true) {
                tracing::error!(
                    seen = seen.number,
                    ends_at = head.audit_number,
                    "the audit log does not have the last event that this node saw: events were cut off"
                );
            }
        } else if seen.is_none_or(|seen| seen.number < head.audit_number) && ends_as_written(&self.chain, head) {
            self.audit_end.note(head);
        }
    }

    /// Writes the anchor file, where there is to be one. A failure only goes to the server's log, since the mutation is
    /// committed.
    pub(crate) async fn write_anchor(&self) {
        let (Some(path), Some(mine)) = (self.audit_end.file.get().cloned(), self.audit_end.seen()) else {
            return;
        };
        let mut last = self.audit_end.written.lock().await;
        // Of many mutations that end at once, one writes the end of the last, and the others need not write.
        if *last >= mine.number {
            return;
        }
        let anchor = self.audit_end.seen().unwrap_or(mine);
        let number = anchor.number;
        let written = tokio::task::spawn_blocking(move || write(&path, &anchor)).await;
        match written.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok(()) => *last = number,
            Err(error) => tracing::error!(%error, "cannot write the anchor of the audit log"),
        }
    }
}

async fn has_event(db: &impl ConnectionTrait, anchor: &Anchor) -> Result<bool> {
    let row = audit_event::Entity::find_by_id(anchor.number).one(db).await?;
    Ok(row.is_some_and(|row| anchor.is(&row)))
}

/// Reads an anchor file; `None` where there is none.
fn read(path: &Path) -> io::Result<Option<Anchor>> {
    match fs::read_to_string(path) {
        Ok(text) => text.parse().map(Some).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes an anchor, unless another process has written a later one.
fn write(path: &Path, anchor: &Anchor) -> io::Result<()> {
    let later = read(path).is_ok_and(|there| there.is_some_and(|there| there.number >= anchor.number));
    if later {
        return Ok(());
    }
    private_file::replace_soon(path, &format!("{anchor}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_reads_as_it_is_written() {
        let text = format!("12:{}", "0a".repeat(32));
        let anchor: Anchor = format!(" {text}\n").parse().unwrap();
        assert_eq!(anchor.to_string(), text);
        for wrong in [
            "",
            "12",
            "12:",
            "0:00",
            "-1:00",
            &text[..text.len() - 1],
            &format!("x{text}"),
            &"é".repeat(34),
        ] {
            assert!(wrong.parse::<Anchor>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_only_moves_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.anchor");
        let anchor = |number| Anchor {
            number,
            mac: vec![7; 32],
        };
        write(&path, &anchor(3)).unwrap();
        write(&path, &anchor(2)).unwrap();
        assert_eq!(read(&path).unwrap(), Some(anchor(3)));
        write(&path, &anchor(4)).unwrap();
        assert_eq!(read(&path).unwrap(), Some(anchor(4)));
    }
}
