//! Changing the master key: what is sealed is sealed again, and the chain goes on under the new key, in one transaction.

use model::audit_event::{AuditEvent, NoDetails};

use crate::actor::Actor;
use crate::crypto::master_key::MasterKey;
use crate::crypto::seal::Seal;
use crate::error::Result;
use crate::store::{Chain, Event, Store};
use crate::{accounts, audit, environments};

/// Brings a database that was made with the `previous` key under this one's. Does nothing where that was done.
pub(crate) async fn change_master_key(store: &Store, previous: &MasterKey, key: &MasterKey) -> Result<()> {
    let mut write = store.begin_under_any_key().await?;
    if write.master_key_check() != previous.check_value() {
        // Another process was quicker.
        return Ok(());
    }
    write.check_end(&Chain::new(previous));
    let (from, to) = (Seal::new(previous), Seal::new(key));
    environments::key::reseal(&write, store.random(), &from, &to).await?;
    accounts::reseal(&write, store.random(), &from, &to).await?;
    let number = write.audit_number();
    audit::reseal(&write, store.random(), &Chain::new(previous), &from, &to, number).await?;
    let event = Event::without_subject(AuditEvent::MasterKeyChanged(NoDetails {}));
    write.set_master_key_check(key.check_value());
    write.audit(&Actor::system(), &event);
    write.commit().await?;
    Ok(())
}
