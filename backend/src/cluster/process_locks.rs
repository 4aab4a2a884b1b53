//! Tells whether the process of a node is dead, where all nodes share one machine, as they do over a SQLite file. Each
//! node holds a lock on a file of its own, which the operating system releases when the process ends, however it ends.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use model::id::NodeId;

use crate::private_file;

/// The locks of the nodes, as files in a folder.
#[derive(Debug)]
pub(super) struct ProcessLocks {
    /// `None` where the nodes may run on several machines.
    folder: Option<PathBuf>,
    own: Mutex<Option<File>>,
}

impl ProcessLocks {
    pub(super) const fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            own: Mutex::new(None),
        }
    }

    /// Takes this node's lock, unless it holds it already. Without a lock the node works as well: if it crashes, it counts
    /// until its stale limit.
    pub(super) fn hold(&self, id: &NodeId) {
        let Some(folder) = &self.folder else {
            return;
        };
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if own.is_some() {
            return;
        }
        match lock(folder, id) {
            Ok(file) => *own = Some(file),
            Err(error) => tracing::warn!(%error, folder = %folder.display(), "cannot lock the file of this node"),
        }
    }

    /// Gives this node's lock back.
    pub(super) fn release(&self, id: &NodeId) {
        if let Some(path) = self.path(id) {
            let _ = fs::remove_file(path);
        }
        self.own.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Whether the process of a node has certainly ended.
    pub(super) fn is_dead(&self, id: &NodeId) -> bool {
        let Some(path) = self.path(id) else {
            return false;
        };
        let Ok(file) = File::open(path) else {
            return false;
        };
        // The file stays empty until its node has the lock.
        let was_locked = file.metadata().is_ok_and(|file| file.len() > 0);
        was_locked && file.try_lock_shared().is_ok()
    }

    /// Removes the files of nodes that have ended, except of these, whose end is not noted yet.
    pub(super) fn remove_files_except(&self, nodes: &HashSet<NodeId>) {
        let entries = self.folder.as_ref().and_then(|folder| fs::read_dir(folder).ok());
        for entry in entries.into_iter().flatten().flatten() {
            let id = entry
                .file_name()
                .into_string()
                .ok()
                .and_then(|name| NodeId::parse(&name));
            if let Some(id) = id
                && !nodes.contains(&id)
                && self.is_dead(&id)
            {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn path(&self, id: &NodeId) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(id.as_str()))
    }
}

fn lock(folder: &Path, id: &NodeId) -> io::Result<File> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let path = folder.join(id.as_str());
    let mut file = private_file::create(&path)?;
    let locked = file
        .try_lock()
        .map_err(io::Error::from)
        .and_then(|()| file.write_all(b"locked\n"));
    if let Err(error) = locked {
        let _ = fs::remove_file(path);
        return Err(error);
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_dead_once_its_lock_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let locks = || ProcessLocks::new(Some(folder.path().join("nodes")));
        let id = NodeId::from_random("0123456789");
        let (node, other) = (locks(), locks());
        assert!(!other.is_dead(&id), "nothing is known of it");
        node.hold(&id);
        node.hold(&id);
        assert!(!other.is_dead(&id));
        assert!(!node.is_dead(&id), "a node does not take itself for dead");
        drop(node);
        assert!(other.is_dead(&id));
        assert!(other.is_dead(&id), "asking takes no lock");
        other.remove_files_except(&HashSet::from([id.clone()]));
        assert!(other.is_dead(&id), "its end is not noted yet");
        other.remove_files_except(&HashSet::new());
        assert!(!other.is_dead(&id));
    }

    #[test]
    fn a_node_without_a_lock_is_never_taken_for_dead() {
        let folder = tempfile::tempdir().unwrap();
        let locks = ProcessLocks::new(Some(folder.path().to_owned()));
        let id = NodeId::from_random("0123456789");
        fs::write(folder.path().join(id.as_str()), "").unwrap();
        assert!(!locks.is_dead(&id));
        let elsewhere = ProcessLocks::new(None);
        elsewhere.hold(&id);
        assert!(!elsewhere.is_dead(&id));
    }
}
