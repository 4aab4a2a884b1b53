//! Answers that take long look again whether whoever asked for them may still have them.

use std::io;
use std::sync::Arc;

use axum::body::Bytes;
use backend::Backend;
use backend::accounts::LoggedIn;
use futures_util::stream::{Stream, StreamExt as _, unfold};
use model::role::Permission;
use model::time::SECOND;

/// For how long one look counts, in milliseconds.
const LOOK: i64 = SECOND;

/// Somebody who may have an answer, as of the last look.
pub(super) struct Permitted {
    backend: Arc<Backend>,
    session: Vec<u8>,
    permission: Permission,
    looked_at: i64,
}

impl Permitted {
    /// The request was just let through.
    pub(super) fn new(backend: Arc<Backend>, who: &LoggedIn, permission: Permission) -> Self {
        Self {
            looked_at: backend.elapsed(),
            backend,
            session: who.session.clone(),
            permission,
        }
    }

    /// Hands the pieces on for as long as the session and its role allow it. Then the answer ends in the middle, so that
    /// nobody takes it for a whole one.
    pub(super) fn pass<S>(self, pieces: S) -> impl Stream<Item = io::Result<Bytes>>
    where
        S: Stream<Item = io::Result<Bytes>>,
    {
        unfold(Some((self, Box::pin(pieces))), |state| async move {
            let (mut permitted, mut pieces) = state?;
            let piece = pieces.next().await?;
            // After the piece was read, which may have taken long.
            match permitted.look().await {
                Ok(()) => Some((piece, Some((permitted, pieces)))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    async fn look(&mut self) -> io::Result<()> {
        let now = self.backend.elapsed();
        if now - self.looked_at < LOOK {
            return Ok(());
        }
        let roles = self.backend.look_at_sessions(std::slice::from_ref(&self.session)).await;
        let roles = roles.map_err(io::Error::other)?;
        if !roles.values().any(|role| role.may(self.permission)) {
            return Err(io::Error::other("the session is over, or its role was taken away"));
        }
        self.looked_at = now;
        Ok(())
    }
}
