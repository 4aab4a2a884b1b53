//! Sets up the first Owner, with a one-time link.

use model::audit_event::{AuditEvent, LinkIssued, StoredTime};
use model::role::Role;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use secrecy::SecretString;

use super::link::{Link, LinkDetails, Purpose};
use super::session::{Browser, NewSession};
use super::users::{NewUser, note_created};
use crate::accounts::Accounts;
use crate::audit::{Actor, Event};
use crate::error::{Forbidden, Result};
use crate::store::column::Stored;
use crate::store::entities::{one_time_link, user};

impl Accounts {
    /// Makes a link to create the first Owner. Earlier ones stop working.
    pub async fn issue_setup_link(&self) -> Result<Link> {
        let mut mutation = self.store.begin_unguarded().await?;
        one_time_link::Entity::delete_many()
            .filter(one_time_link::Column::Purpose.eq(Stored(Purpose::Setup)))
            .exec(&mutation.transaction)
            .await?;
        let link = self.issue(&mutation, Purpose::Setup, LinkDetails::default()).await?;
        let issued = AuditEvent::SetupLinkIssued(LinkIssued {
            expires_at: StoredTime(link.expires_at),
        });
        mutation.audit(&Actor::system(), &Event::without_subject(issued));
        mutation.commit().await?;
        Ok(link)
    }

    /// Creates the first Owner with a setup link, and logs in.
    pub async fn set_up(
        &self,
        secret: &str,
        email: &str,
        password: SecretString,
        browser: Browser,
    ) -> Result<NewSession> {
        let new = NewUser::new(email, None, Role::Owner)?;
        if !self.link_is_good(Purpose::Setup, secret).await? {
            return Err(Forbidden::SpentLink.into());
        }
        // The slow part comes before the transaction, which checks the link again.
        let place = self.passwords.queue()?;
        let hash = place.choose(password, &new.email, self.store.random()).await?;
        drop(place);
        let mut mutation = self.store.begin_unguarded().await?;
        self.use_up(&mutation, Purpose::Setup, secret).await?;
        if user::Entity::find().one(&mutation.transaction).await?.is_some() {
            return Err(Forbidden::SpentLink.into());
        }
        let actor = Actor::nobody(browser.address.clone());
        let user = self.insert_user(&mutation, new, hash).await?;
        note_created(&mut mutation, &actor, &user);
        let session = self.begin_session(&mutation, &user, &browser).await?;
        mutation.commit().await?;
        Ok(session)
    }
}
