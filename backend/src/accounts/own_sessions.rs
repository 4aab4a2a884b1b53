//! Settings → Security: a person's own sessions, and ending them.

use model::account::device_name;
use model::audit_event::{AuditEvent, SessionEnded, SessionsEnded};
use model::list::ListQuery;
use model::role::Permission;
use model::security::{SecurityPage, SessionView};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::hex::name_of;
use super::session::{LoggedIn, end_sessions};
use super::user;
use crate::accounts::Accounts;
use crate::audit::{Actor, Event};
use crate::error::{NotFound, Result};
use crate::store::entities::{recovery_code, session};
use crate::store::mutation::Subject;
use crate::store::sessions::page_of_sessions;

impl Accounts {
    /// The person's own account, with a page of the sessions.
    pub async fn security(&self, actor: &Actor, who: &LoggedIn, query: &ListQuery) -> Result<SecurityPage> {
        actor.require(Permission::OwnAccount)?;
        let now = self.store.now();
        let user = user(&self.store.db, &who.user_id).await?;
        let (sessions, paging) = page_of_sessions(&self.store.db, &who.user_id, &who.session, query, now).await?;
        let sessions = sessions
            .into_iter()
            .map(|session| SessionView {
                id: name_of(&session.token_hash),
                device: device_name(&session.user_agent),
                address: session.address,
                created_at: session.created_at.0,
                last_seen_at: session.last_seen_at.0,
                current: session.token_hash == who.session,
            })
            .collect();
        let recovery_codes = recovery_code::Entity::find()
            .filter(recovery_code::Column::UserId.eq(user.id.as_str()))
            .count(&self.store.db)
            .await?;
        Ok(SecurityPage {
            email: user.email,
            sessions,
            paging,
            second_factor: user.totp_since.map(|at| at.0),
            recovery_codes,
            now,
        })
    }

    /// Ends one of the person's own sessions. Ending the session that asks logs the person out.
    pub async fn end_session(&self, who: &LoggedIn, actor: &Actor, id: &str) -> Result<()> {
        actor.require(Permission::OwnAccount)?;
        let mut mutation = self.store.begin_with_password(actor, Permission::OwnAccount).await?;
        let own = session::Entity::find()
            .filter(session::Column::UserId.eq(who.user_id.as_str()))
            .all(&mutation.transaction)
            .await?;
        let session = own
            .into_iter()
            .find(|session| name_of(&session.token_hash) == id && !session.is_over(mutation.now))
            .ok_or(NotFound::Session)?;
        let device = device_name(&session.user_agent);
        session::Entity::delete_by_id(session.token_hash)
            .exec(&mutation.transaction)
            .await?;
        let ended = AuditEvent::UserSessionEnded(SessionEnded {
            device,
            address: session.address,
        });
        mutation.change(Subject::User(&who.user_id));
        mutation.audit(actor, &Event::on(who.user_id.as_str(), &who.me.email, ended));
        mutation.commit().await?;
        Ok(())
    }

    /// Ends all of the person's sessions except the one that asks. Answers with the number of ended sessions.
    pub async fn end_other_sessions(&self, who: &LoggedIn, actor: &Actor) -> Result<u64> {
        actor.require(Permission::OwnAccount)?;
        let mut mutation = self.store.begin_with_password(actor, Permission::OwnAccount).await?;
        let count = end_sessions(&mutation, &who.user_id, Some(&who.session)).await?;
        if count == 0 {
            return Ok(0);
        }
        let ended = AuditEvent::UserSessionsEnded(SessionsEnded { count });
        mutation.change(Subject::User(&who.user_id));
        mutation.audit(actor, &Event::on(who.user_id.as_str(), &who.me.email, ended));
        mutation.commit().await?;
        Ok(count)
    }
}
