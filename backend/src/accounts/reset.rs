//! Chooses a new password with a one-time link, for people who have forgotten theirs.

use model::audit_event::{AuditEvent, LinkIssued, NoDetails, StoredTime};
use model::id::UserId;
use model::people::OneTimeLink;
use model::role::Permission;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use secrecy::SecretString;

use super::link::{LinkDetails, Purpose, forget_links_by, forget_links_of};
use super::login::Admission;
use super::session::{Browser, actor, end_sessions};
use super::user;
use crate::accounts::Accounts;
use crate::audit::{Actor, Event};
use crate::error::{Conflict, Forbidden, Result};
use crate::store::entities;
use crate::store::mutation::Subject;

impl Accounts {
    /// Makes a link by which a person chooses a new password. Earlier ones stop working. `origin` is the scheme and
    /// host under which the link is opened.
    pub async fn issue_reset_link(&self, actor: &Actor, id: &UserId, origin: &str) -> Result<OneTimeLink> {
        actor.require(Permission::ManageUsers)?;
        let mut mutation = self.store.begin_with_password(actor, Permission::ManageUsers).await?;
        let user = user(&mutation.transaction, id).await?;
        if user.disabled_at.is_some() {
            return Err(Conflict::UserDisabled(user.name).into());
        }
        forget_links_of(&mutation, &user.id).await?;
        let about = LinkDetails {
            user_id: Some(user.id.0.clone()),
            created_by: actor.user_id().cloned(),
            ..LinkDetails::default()
        };
        let link = self.issue(&mutation, Purpose::Reset, about).await?;
        let issued = AuditEvent::UserResetLinkIssued(LinkIssued {
            expires_at: StoredTime(link.expires_at),
        });
        mutation.change(Subject::User(&user.id));
        mutation.audit(actor, &Event::on(user.id.as_str(), &user.email, issued));
        mutation.commit().await?;
        Ok(OneTimeLink {
            url: format!("{origin}/reset?link={}", link.secret()),
            expires_at: link.expires_at,
            email: user.email,
        })
    }

    /// Sets a new password with a reset link, ends the person's other sessions, and logs in. The link replaces the
    /// password but not the second factor (OWASP ASVS 5, 6.4.3).
    pub async fn reset_password(&self, secret: &str, password: SecretString, browser: Browser) -> Result<Admission> {
        let email = self.email_of_link(secret).await?.ok_or(Forbidden::SpentLink)?;
        let place = self.passwords.queue()?;
        let hash = place.choose(password, &email, self.store.random()).await?;
        drop(place);
        let mut mutation = self.store.begin_unguarded().await?;
        let user_id = self.use_up(&mutation, Purpose::Reset, secret).await?.user_id;
        let user = entities::user::Entity::find_by_id(user_id.ok_or(Forbidden::SpentLink)?)
            .one(&mutation.transaction)
            .await?;
        let user = user
            .filter(|user| user.disabled_at.is_none())
            .ok_or(Forbidden::SpentLink)?;
        let mut active = user.into_active_model();
        active.password_hash = Set(hash);
        let user = active.update(&mutation.transaction).await?;
        forget_links_of(&mutation, &user.id).await?;
        // Somebody else who had the old password may have made links for others.
        forget_links_by(&mutation, &user.id).await?;
        end_sessions(&mutation, &user.id, None).await?;
        let reset = AuditEvent::UserPasswordReset(NoDetails {});
        let event = Event::on(user.id.as_str(), &user.email, reset);
        mutation.change(Subject::User(&user.id));
        mutation.audit(&actor(&user, browser.address.clone()), &event);
        let admission = if user.totp_sealed.is_some() {
            Admission::CodeNeeded(self.login_ticket(&mutation, &user).await?)
        } else {
            Admission::In(self.begin_session(&mutation, &user, &browser).await?)
        };
        mutation.commit().await?;
        Ok(admission)
    }

    /// The e-mail address of the person whose password a reset link changes; `None` where the link does not work.
    async fn email_of_link(&self, secret: &str) -> Result<Option<String>> {
        let row = self.good_link(&self.store.db, Purpose::Reset, secret).await?;
        let Some(user_id) = row.and_then(|row| row.user_id) else {
            return Ok(None);
        };
        Ok(entities::user::Entity::find_by_id(user_id)
            .one(&self.store.db)
            .await?
            .map(|user| user.email))
    }
}
