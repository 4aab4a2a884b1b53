//! Invitations: one-time links for an e-mail address and a role.

use model::account::{self, Invited};
use model::audit_event::{AuditEvent, InvitationMade, Joined, RoleGiven, StoredTime};
use model::form::FormErrors;
use model::people::{InviteForm, OneTimeLink};
use model::role::{Permission, Role};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use secrecy::SecretString;

use super::hex::name_of;
use super::link::{LinkDetails, Purpose, forget_invitations};
use super::session::{Browser, NewSession, actor};
use super::users::{NewUser, refuse_taken_email};
use crate::accounts::Accounts;
use crate::audit::{Actor, Event};
use crate::crypto::sha256;
use crate::error::{Forbidden, NotFound, Result};
use crate::store::column::Stored;
use crate::store::entities::one_time_link;
use crate::store::mutation::Subject;

impl Accounts {
    /// Makes a link by which a person joins. Earlier links for this e-mail address stop working. `origin` is the scheme
    /// and host under which the link is opened.
    pub async fn invite(&self, actor: &Actor, form: &InviteForm, origin: &str) -> Result<OneTimeLink> {
        actor.require(Permission::ManageUsers)?;
        let mut mutation = self.store.begin_with_password(actor, Permission::ManageUsers).await?;
        let mut errors = FormErrors::default();
        let email = account::email(&form.email)
            .map_err(|message| errors.add("email", message))
            .ok();
        let role = Role::parse(&form.role);
        if role.is_none() {
            errors.add("role", "Choose a role.");
        }
        let (Some(email), Some(role)) = (email, role) else {
            return Err(errors.into());
        };
        refuse_taken_email(&mutation, &email).await?;
        forget_invitations(&mutation, &email).await?;
        let about = LinkDetails {
            email: Some(email.clone()),
            role: Some(role),
            created_by: actor.user_id().cloned(),
            ..LinkDetails::default()
        };
        let link = self.issue(&mutation, Purpose::Invite, about).await?;
        let id = name_of(&sha256(link.secret()));
        let invited = AuditEvent::UserInvited(InvitationMade {
            role,
            expires_at: StoredTime(link.expires_at),
        });
        mutation.change(Subject::Invitation(&id));
        mutation.audit(actor, &Event::on(&id, &email, invited));
        mutation.commit().await?;
        Ok(OneTimeLink {
            url: format!("{origin}/invite?link={}", link.secret()),
            expires_at: link.expires_at,
            email,
        })
    }

    /// Deletes an invitation, so that its link no longer works.
    pub async fn revoke_invitation(&self, actor: &Actor, id: &str) -> Result<()> {
        actor.require(Permission::ManageUsers)?;
        let mut mutation = self.store.begin(actor, Permission::ManageUsers).await?;
        let invitation = one_time_link::Entity::find()
            .filter(one_time_link::Column::Purpose.eq(Stored(Purpose::Invite)))
            .all(&mutation.transaction)
            .await?
            .into_iter()
            .find(|row| name_of(&row.token_hash) == id)
            .ok_or(NotFound::Invitation)?;
        one_time_link::Entity::delete_by_id(invitation.token_hash)
            .exec(&mutation.transaction)
            .await?;
        let revoked = AuditEvent::UserInvitationRevoked(RoleGiven {
            role: invitation.role.map(|role| role.0),
        });
        let email = invitation.email.unwrap_or_default();
        mutation.change(Subject::Invitation(id));
        mutation.audit(actor, &Event::on(id, &email, revoked));
        mutation.commit().await?;
        Ok(())
    }

    /// The person that a link invites, as shown to the holder of the link.
    pub async fn invitation(&self, secret: &str) -> Result<Invited> {
        let row = self.good_link(&self.store.db, Purpose::Invite, secret).await?;
        invited(row).ok_or_else(|| Forbidden::SpentLink.into())
    }

    /// Joins with an invitation's link, and logs in.
    pub async fn accept_invitation(
        &self,
        secret: &str,
        name: &str,
        password: SecretString,
        browser: Browser,
    ) -> Result<NewSession> {
        let invited = self.invitation(secret).await?;
        let new = NewUser::new(&invited.email, Some(name), invited.role)?;
        // The slow part comes before the transaction, which checks the link again.
        let place = self.passwords.queue()?;
        let hash = place.choose(password, &new.email, self.store.random()).await?;
        drop(place);
        let mut mutation = self.store.begin_unguarded().await?;
        let link = self.use_up(&mutation, Purpose::Invite, secret).await?;
        let user = self.insert_user(&mutation, new, hash).await?;
        let session = self.begin_session(&mutation, &user, &browser).await?;
        let joined = AuditEvent::UserJoined(Joined {
            role: user.role.0,
            invited_by: link.created_by.map(|id| id.0),
        });
        mutation.change(Subject::User(&user.id));
        mutation.audit(
            &actor(&user, browser.address),
            &Event::on(user.id.as_str(), &user.email, joined),
        );
        mutation.commit().await?;
        Ok(session)
    }
}

fn invited(row: Option<one_time_link::Model>) -> Option<Invited> {
    let row = row?;
    Some(Invited {
        email: row.email?,
        role: row.role?.0,
    })
}
