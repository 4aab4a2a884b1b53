//! Changing the master key: what is sealed is sealed again, and the chain goes on under the new key, in one transaction.

use model::audit_event::{AuditEvent, NoDetails};

use super::master_key::MasterKey;
use super::seal::Seal;
use crate::audit::{self, Actor, Chain, Event};
use crate::backend::Backend;
use crate::error::Result;
use crate::{accounts, environments};

impl Backend {
    /// Brings a database that was made with the `previous` key under this one's. Does nothing where that was done.
    pub(crate) async fn change_master_key(&self, previous: &MasterKey, key: &MasterKey) -> Result<()> {
        let mut write = self.begin_write().await?;
        if write.master_key_check() != previous.check_value() {
            // Another process was quicker.
            return Ok(());
        }
        write.check_end(&Chain::new(previous));
        let (from, to) = (Seal::new(previous), Seal::new(key));
        environments::key::reseal(&write, self.random(), &from, &to).await?;
        accounts::reseal(&write, self.random(), &from, &to).await?;
        let number = write.audit_number();
        audit::reseal(&write, self.random(), &Chain::new(previous), &from, &to, number).await?;
        let event = Event::without_subject(AuditEvent::MasterKeyChanged(NoDetails {}));
        write.set_master_key_check(key.check_value());
        write.audit(&Actor::system(), &event);
        write.commit().await?;
        Ok(())
    }
}
