//! Settings → Security: where one is logged in, and ending that.

use model::account::device_name;
use model::audit_event::{AuditEvent, SessionEnded, SessionsEnded};
use model::list::{ListQuery, PAGE_SIZE, Paging};
use model::role::Permission;
use model::security::{SecurityPage, SessionView};
use model::time::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::hex::name_of;
use super::session::{LoggedIn, end_sessions, open_sessions};
use super::user;
use crate::accounts::Accounts;
use crate::audit::{Actor, Event};
use crate::error::{NotFound, Result};
use crate::store::entities::{recovery_code, session};
use crate::store::mutation::Subject;
use crate::store::page;
use crate::store::search;

impl Accounts {
    /// One's own account, with a page of the sessions.
    pub async fn security(&self, actor: &Actor, who: &LoggedIn, query: &ListQuery) -> Result<SecurityPage> {
        actor.require(Permission::OwnAccount)?;
        let now = self.store.now();
        let user = user(&self.store.db, &who.user_id).await?;
        let (sessions, paging) = self.page_of_sessions(who, query, now).await?;
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
            .filter(recovery_code::Column::UserId.eq(&user.id))
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

    /// The session that asks, on the first page, then the latest. When a session was last used changes all the time, so a
    /// page starts after a number of sessions.
    async fn page_of_sessions(
        &self,
        who: &LoggedIn,
        query: &ListQuery,
        now: Timestamp,
    ) -> Result<(Vec<session::Model>, Paging)> {
        let own = open_sessions(now).filter(session::Column::UserId.eq(who.user_id.as_str()));
        let total = own.clone().count(&self.store.db).await?;
        let searched = query.searched();
        let (found, matching) = if searched.is_empty() {
            (own, None)
        } else {
            let found = own.filter(search::contains(
                [session::Column::UserAgent, session::Column::Address],
                &searched,
            ));
            let matching = found.clone().count(&self.store.db).await?;
            (found, Some(matching))
        };
        let skipped = u64::from(query.after.parse::<u32>().unwrap_or(0));
        let mut sessions = Vec::new();
        if skipped == 0 {
            let current = found.clone().filter(session::Column::TokenHash.eq(who.session.clone()));
            sessions.extend(current.one(&self.store.db).await?);
        }
        let others = found
            .filter(session::Column::TokenHash.ne(who.session.clone()))
            .order_by_desc(session::Column::LastSeenAt)
            .order_by_asc(session::Column::TokenHash)
            .offset(skipped)
            .limit(PAGE_SIZE + 1);
        let mut others = others.all(&self.store.db).await?;
        let next = page::cut(&mut others, PAGE_SIZE, |_| (skipped + PAGE_SIZE).to_string());
        sessions.extend(others);
        Ok((sessions, page::paging(total, matching, next)))
    }

    /// Ends one of one's own sessions. Ending the one that asks is logging out.
    pub async fn end_session(&self, who: &LoggedIn, actor: &Actor, id: &str) -> Result<()> {
        actor.require(Permission::OwnAccount)?;
        let mut write = self.store.begin_with_password(actor, Permission::OwnAccount).await?;
        let own = session::Entity::find()
            .filter(session::Column::UserId.eq(who.user_id.as_str()))
            .all(&write.transaction)
            .await?;
        let session = own
            .into_iter()
            .find(|session| name_of(&session.token_hash) == id && !session.is_over(write.now))
            .ok_or(NotFound::Session)?;
        let device = device_name(&session.user_agent);
        session::Entity::delete_by_id(session.token_hash)
            .exec(&write.transaction)
            .await?;
        let ended = AuditEvent::UserSessionEnded(SessionEnded {
            device,
            address: session.address,
        });
        write.change(Subject::User(who.user_id.as_str()));
        write.audit(actor, &Event::on(who.user_id.as_str(), &who.me.email, ended));
        write.commit().await?;
        Ok(())
    }

    /// Ends all of one's own sessions but the one that asks. Answers with how many there were.
    pub async fn end_other_sessions(&self, who: &LoggedIn, actor: &Actor) -> Result<u64> {
        actor.require(Permission::OwnAccount)?;
        let mut write = self.store.begin_with_password(actor, Permission::OwnAccount).await?;
        let count = end_sessions(&write, who.user_id.as_str(), Some(&who.session)).await?;
        if count == 0 {
            return Ok(0);
        }
        let ended = AuditEvent::UserSessionsEnded(SessionsEnded { count });
        write.change(Subject::User(who.user_id.as_str()));
        write.audit(actor, &Event::on(who.user_id.as_str(), &who.me.email, ended));
        write.commit().await?;
        Ok(count)
    }
}
