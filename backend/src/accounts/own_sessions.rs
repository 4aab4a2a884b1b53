//! Settings → Security: where one is logged in, and ending that.

use model::account::device_name;
use model::role::Permission;
use model::security::{SecurityPage, SessionView};
use model::time::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::hex::name_of;
use super::session::{LoggedIn, end_sessions, is_over};
use super::user;
use crate::audit::{Actor, Event};
use crate::backend::Backend;
use crate::entity::{recovery_code, session};
use crate::error::{Error, Result};
use crate::write::Subject;

impl Backend {
    /// One's own account.
    pub async fn security(&self, who: &LoggedIn) -> Result<SecurityPage> {
        let now = self.now();
        let user = user(&self.db, &who.user_id).await?;
        let mut sessions: Vec<SessionView> = session::Entity::find()
            .filter(session::Column::UserId.eq(&user.id))
            .order_by_desc(session::Column::LastSeenAt)
            .all(&self.db)
            .await?
            .into_iter()
            .filter(|session| !is_over(session, now))
            .map(|session| SessionView {
                id: name_of(&session.token_hash),
                device: device_name(&session.user_agent),
                address: session.address,
                created_at: Timestamp(session.created_at),
                last_seen_at: Timestamp(session.last_seen_at),
                current: session.token_hash == who.session,
            })
            .collect();
        sessions.sort_by_key(|session| !session.current);
        let recovery_codes = recovery_code::Entity::find()
            .filter(recovery_code::Column::UserId.eq(&user.id))
            .count(&self.db)
            .await?;
        Ok(SecurityPage {
            email: user.email,
            sessions,
            second_factor: user.totp_since.map(Timestamp),
            recovery_codes,
            now,
        })
    }

    /// Ends one of one's own sessions. Ending the one that asks is logging out.
    pub async fn end_session(&self, who: &LoggedIn, actor: &Actor, id: &str) -> Result<()> {
        let mut write = self.write_with_password(actor, Permission::OwnAccount).await?;
        let own = session::Entity::find()
            .filter(session::Column::UserId.eq(who.user_id.as_str()))
            .all(&write.transaction)
            .await?;
        let session = own
            .into_iter()
            .find(|session| name_of(&session.token_hash) == id && !is_over(session, write.now))
            .ok_or_else(|| Error::NotFound("That session has ended already.".to_owned()))?;
        let device = device_name(&session.user_agent);
        session::Entity::delete_by_id(session.token_hash)
            .exec(&write.transaction)
            .await?;
        let event = Event {
            action: "user.session_ended",
            subject: Some((who.user_id.as_str(), &who.me.email)),
            details: json!({ "device": device, "address": session.address }),
        };
        write.change(Subject::User(who.user_id.as_str()));
        write.audit(actor, &event);
        write.commit().await?;
        Ok(())
    }

    /// Ends all of one's own sessions but the one that asks. Answers with how many there were.
    pub async fn end_other_sessions(&self, who: &LoggedIn, actor: &Actor) -> Result<u64> {
        let mut write = self.write_with_password(actor, Permission::OwnAccount).await?;
        let count = end_sessions(&write, who.user_id.as_str(), Some(&who.session)).await?;
        if count == 0 {
            return Ok(0);
        }
        let event = Event {
            action: "user.sessions_ended",
            subject: Some((who.user_id.as_str(), &who.me.email)),
            details: json!({ "count": count }),
        };
        write.change(Subject::User(who.user_id.as_str()));
        write.audit(actor, &event);
        write.commit().await?;
        Ok(count)
    }
}
