//! Checks the session and the permission again while a long answer is being sent.

use std::io;
use std::sync::Arc;

use axum::body::Bytes;
use backend::Services;
use backend::accounts::LoggedIn;
use futures_util::stream::{Stream, StreamExt as _, unfold};
use model::role::Permission;
use model::time::SECOND;

/// How long the result of a check counts, in milliseconds.
const RECHECK_INTERVAL: i64 = SECOND;

/// A session that was permitted to get an answer when it was last checked.
pub(super) struct PermissionRecheck {
    services: Arc<Services>,
    session: Vec<u8>,
    permission: Permission,
    checked_at: i64,
}

impl PermissionRecheck {
    /// Call this directly after the session and its permission were checked.
    pub(super) fn new(services: Arc<Services>, who: &LoggedIn, permission: Permission) -> Self {
        Self {
            checked_at: services.elapsed(),
            services,
            session: who.session.clone(),
            permission,
        }
    }

    /// Passes the pieces on as long as the session is permitted to get them. After that the answer fails in the middle, so that it
    /// cannot be mistaken for a complete answer.
    pub(super) fn guard<S>(self, pieces: S) -> impl Stream<Item = io::Result<Bytes>>
    where
        S: Stream<Item = io::Result<Bytes>>,
    {
        unfold(Some((self, Box::pin(pieces))), |state| async move {
            let (mut recheck, mut pieces) = state?;
            let piece = pieces.next().await?;
            // The check comes after the piece was read, since reading may have taken long.
            match recheck.check().await {
                Ok(()) => Some((piece, Some((recheck, pieces)))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    async fn check(&mut self) -> io::Result<()> {
        let now = self.services.elapsed();
        if now - self.checked_at < RECHECK_INTERVAL {
            return Ok(());
        }
        let roles = self
            .services
            .accounts
            .read_roles_of_sessions(std::slice::from_ref(&self.session))
            .await;
        let roles = roles.map_err(io::Error::other)?;
        if !roles.values().any(|role| role.may(self.permission)) {
            return Err(io::Error::other(
                "the session has ended, or its person has lost the permission",
            ));
        }
        self.checked_at = now;
        Ok(())
    }
}
