//! The open sessions of a person, a page at a time.

use model::id::UserId;
use model::list::{ListQuery, PAGE_SIZE, Paging};
use model::time::Timestamp;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::entities::session::{self, AGE_MAX, Column, UNUSED_MAX};
use super::page;
use super::search;
use crate::error::Result;

/// One page of a person's sessions, latest first. The first page begins with the current session, named by the hash of its
/// token. The times of last use change all the time, so a page starts after a number of sessions, not after a time.
pub(crate) async fn page_of_sessions(
    db: &impl ConnectionTrait,
    user: &UserId,
    current: &[u8],
    query: &ListQuery,
    now: Timestamp,
) -> Result<(Vec<session::Model>, Paging)> {
    let own = open_sessions(now).filter(Column::UserId.eq(user.as_str()));
    let total = own.clone().count(db).await?;
    let searched = query.searched();
    let (found, matching) = if searched.is_empty() {
        (own, None)
    } else {
        let found = own.filter(search::contains([Column::UserAgent, Column::Address], &searched));
        let matching = found.clone().count(db).await?;
        (found, Some(matching))
    };
    let skipped = u64::from(query.after.parse::<u32>().unwrap_or(0));
    let mut sessions = Vec::new();
    if skipped == 0 {
        let current = found.clone().filter(Column::TokenHash.eq(current));
        sessions.extend(current.one(db).await?);
    }
    let others = found
        .filter(Column::TokenHash.ne(current))
        .order_by_desc(Column::LastSeenAt)
        .order_by_asc(Column::TokenHash)
        .offset(skipped)
        .limit(PAGE_SIZE + 1);
    let mut others = others.all(db).await?;
    let next = page::cut(&mut others, PAGE_SIZE, |_| (skipped + PAGE_SIZE).to_string());
    sessions.extend(others);
    Ok((sessions, page::paging(total, matching, next)))
}

/// The number of open sessions of all people.
pub(crate) async fn count_open(db: &impl ConnectionTrait, now: Timestamp) -> Result<u64> {
    Ok(open_sessions(now).count(db).await?)
}

/// The sessions that have not ended by themselves.
fn open_sessions(now: Timestamp) -> Select<session::Entity> {
    session::Entity::find()
        .filter(Column::LastSeenAt.gt(now.plus(-UNUSED_MAX).0))
        .filter(Column::CreatedAt.gt(now.plus(-AGE_MAX).0))
}
