//! Changing the master key: in one transaction, all that is sealed is sealed again, and the audit chain continues under
//! the new key. Only the key that signs receipts is not kept: the next receipt is signed by a new one.

use model::audit_event::{AuditEvent, NoDetails};

use crate::actor::Actor;
use crate::crypto::master_key::MasterKey;
use crate::crypto::seal::Seal;
use crate::error::Result;
use crate::store::{Chain, Event, Store, token_hashes};
use crate::{accounts, audit, environments, receipts};

/// Changes the master key of a database from `previous` to `key`. Does nothing where that was done before.
pub(crate) async fn change_master_key(store: &Store, previous: &MasterKey, key: &MasterKey) -> Result<()> {
    let mut mutation = store.begin_under_any_key().await?;
    if mutation.master_key_check() != previous.check_value() {
        // Another process has changed it already.
        return Ok(());
    }
    mutation.check_end(&Chain::new(previous));
    let (from, to) = (Seal::new(previous), Seal::new(key));
    environments::key::reseal(&mutation, store.random(), &from, &to).await?;
    token_hashes::reseal(&mutation, store.random(), &from, &to).await?;
    accounts::reseal(&mutation, store.random(), &from, &to).await?;
    receipts::retire_signing_key(&mutation).await?;
    let number = mutation.audit_number();
    audit::reseal(&mutation, store.random(), &Chain::new(previous), &from, &to, number).await?;
    let event = Event::without_subject(AuditEvent::MasterKeyChanged(NoDetails {}));
    mutation.set_master_key_check(key.check_value());
    mutation.audit(&Actor::system(), &event);
    mutation.commit().await?;
    Ok(())
}
