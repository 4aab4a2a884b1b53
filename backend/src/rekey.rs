//! Changing the master key: in one transaction, all that is sealed is sealed again, and the audit chain continues under
//! the new key.

use model::audit_event::{AuditEvent, NoDetails};

use crate::actor::Actor;
use crate::crypto::master_key::MasterKey;
use crate::crypto::seal::Seal;
use crate::error::Result;
use crate::store::{Chain, Event, Store};
use crate::{accounts, audit, environments};

/// Changes the master key of a database from `previous` to `key`. Does nothing where that was done before.
pub(crate) async fn change_master_key(store: &Store, previous: &MasterKey, key: &MasterKey) -> Result<()> {
    let mut write = store.begin_under_any_key().await?;
    if write.master_key_check() != previous.check_value() {
        // Another process has changed it already.
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
