//! The list of bias profiles, a page at a time.

use model::id::ProfileId;
use model::list::{ListQuery, SHORT_PAGE};
use model::profile::{ProfileList, ProfileRow};
use model::role::Permission;
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter};

use crate::actor::Actor;
use crate::error::Result;
use crate::profiles::Profiles;
use crate::store::entities::{profile, profile_version};
use crate::store::key_counts::keys_by_profile;
use crate::store::page::{self, Key, Sorted};
use crate::store::profiles::{current, version};
use crate::store::search;

impl Profiles {
    /// A page of the profiles in the version in force, by name.
    pub async fn list(&self, actor: &Actor, query: &ListQuery) -> Result<ProfileList> {
        actor.require(Permission::SeeKeys)?;
        let total = profile::Entity::find().count(&self.store.db).await?;
        let mut found = current();
        let searched = query.searched();
        let mut matching = None;
        if !searched.is_empty() {
            let columns = [profile_version::Column::Name, profile_version::Column::Description];
            let columns = columns.map(|column| (profile_version::Entity, column));
            found = found.filter(search::contains(columns, &searched));
            matching = Some(found.clone().count(&self.store.db).await?);
        }
        let sorted = Sorted::ascending(
            Key::Text(Expr::col((profile::Entity, profile::Column::NameLower))),
            Expr::col((profile::Entity, profile::Column::Id)),
        );
        let page = sorted.page(found, &query.after, SHORT_PAGE);
        let mut rows = page.into_model::<profile_version::Model>().all(&self.store.db).await?;
        let next = page::cut(&mut rows, SHORT_PAGE, |row| {
            page::place(row.name.to_lowercase(), &row.profile_id)
        });
        let keys = keys_by_profile(&self.store.db, rows.iter().map(|row| row.profile_id.as_str())).await?;
        let rows = rows.into_iter().map(|row| {
            Ok(ProfileRow {
                keys: keys.get(&row.profile_id).copied().unwrap_or_default(),
                id: ProfileId::from_stored(row.profile_id.clone()),
                version: version(row)?,
            })
        });
        Ok(ProfileList {
            rows: rows.collect::<Result<_>>()?,
            paging: page::paging(total, matching, next),
            now: self.store.now(),
            may_change: actor.role.may(Permission::ChangeProfiles),
        })
    }
}
