//! The list of bias profiles, one page at a time.

use model::list::{ListQuery, PageSize};
use model::profile::{ProfileList, ProfileRow};
use model::role::Permission;

use crate::actor::Actor;
use crate::error::Result;
use crate::profiles::Profiles;
use crate::store::key_counts::keys_by_profile;
use crate::store::profiles::{page_of_profiles, version};

impl Profiles {
    /// A page of the profiles in the version in force, by name.
    pub async fn list(&self, actor: &Actor, query: &ListQuery) -> Result<ProfileList> {
        actor.require(Permission::SeeKeys)?;
        self.page(actor, query, PageSize::SHORT).await
    }

    /// As [`Self::list`], with a page of this size. For programs.
    pub async fn page(&self, actor: &Actor, query: &ListQuery, size: PageSize) -> Result<ProfileList> {
        actor.require(Permission::SeeKeys)?;
        let (rows, paging) = page_of_profiles(&self.store.db, query, size).await?;
        let keys = keys_by_profile(&self.store.db, rows.iter().map(|row| &row.profile_id.0)).await?;
        let rows = rows.into_iter().map(|row| {
            Ok(ProfileRow {
                keys: keys.get(&row.profile_id.0).copied().unwrap_or_default(),
                id: row.profile_id.0.clone(),
                version: version(row)?,
            })
        });
        Ok(ProfileList {
            rows: rows.collect::<Result<_>>()?,
            paging,
            now: self.store.now(),
            may_change: actor.role.may(Permission::ChangeProfiles),
        })
    }
}
