//! Failed attempts to log in, counted for all nodes together.

use model::time::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait as _, FromQueryResult, PaginatorTrait, QueryFilter,
};

use super::column::Stored;
use super::entities::throttled_subject::{self, Column};
use super::statement::statement;
use crate::error::Result;

/// The most rows that stay in the table.
const ROWS_MAX: u64 = 100_000;

/// A subject's count as the database has it. Each failure changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoredFailures {
    pub(crate) count: i64,
    pub(crate) last_at: Timestamp,
}

/// The name of a subject in the table.
pub(crate) type SubjectMac = [u8; 32];

/// Failures of a subject that are not stored yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewFailures {
    pub(crate) count: i64,
    pub(crate) last_at: Timestamp,
    pub(crate) forgotten_at: Timestamp,
}

/// What is stored about these subjects. Those without failures are left out.
pub(crate) async fn read(
    db: &impl ConnectionTrait,
    subjects: impl IntoIterator<Item = SubjectMac>,
) -> Result<Vec<(SubjectMac, StoredFailures)>> {
    let subjects: Vec<Vec<u8>> = subjects.into_iter().map(Vec::from).collect();
    let rows = throttled_subject::Entity::find()
        .filter(Column::Subject.is_in(subjects))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| named(row.subject, row.count, row.last_at.0))
        .collect())
}

/// Adds failures, and answers with the new counts. The subjects have to be in order, since two nodes would otherwise lock
/// the rows in different orders and wait for each other.
pub(crate) async fn add(
    db: &impl ConnectionTrait,
    failures: &[(SubjectMac, NewFailures)],
) -> Result<Vec<(SubjectMac, StoredFailures)>> {
    #[derive(FromQueryResult)]
    struct Row {
        subject: Vec<u8>,
        count: i64,
        last_at: Stored<Timestamp>,
    }

    if failures.is_empty() {
        return Ok(Vec::new());
    }
    let rows = vec!["(?, ?, ?, ?)"; failures.len()].join(", ");
    let sql = format!(
        "INSERT INTO throttled_subjects (subject, count, last_at, forgotten_at) VALUES {rows}
         ON CONFLICT (subject) DO UPDATE SET
            count = CASE WHEN throttled_subjects.forgotten_at <= excluded.last_at THEN excluded.count
                ELSE throttled_subjects.count + excluded.count END,
            last_at = excluded.last_at, forgotten_at = excluded.forgotten_at
         RETURNING subject, count, last_at"
    );
    let values = failures.iter().flat_map(|(subject, new)| {
        [
            subject.to_vec().into(),
            new.count.into(),
            new.last_at.0.into(),
            new.forgotten_at.0.into(),
        ]
    });
    let rows = Row::find_by_statement(statement(db.get_database_backend(), &sql, values))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| named(row.subject, row.count, row.last_at.0))
        .collect())
}

/// Adds one failure if nobody has added one since `known` was read. Answers whether it did.
pub(crate) async fn add_after(
    db: &impl ConnectionTrait,
    subject: &SubjectMac,
    known: StoredFailures,
    new: NewFailures,
) -> Result<bool> {
    let updated = throttled_subject::Entity::update_many()
        .col_expr(Column::Count, Expr::col(Column::Count).add(new.count))
        .col_expr(Column::LastAt, Expr::value(new.last_at.0))
        .col_expr(Column::ForgottenAt, Expr::value(new.forgotten_at.0))
        .filter(Column::Subject.eq(subject.to_vec()))
        .filter(Column::Count.eq(known.count))
        .filter(Column::LastAt.eq(known.last_at.0))
        .exec(db)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Takes back one failure.
pub(crate) async fn take_back(db: &impl ConnectionTrait, subject: &SubjectMac) -> Result<()> {
    throttled_subject::Entity::update_many()
        .col_expr(Column::Count, Expr::col(Column::Count).sub(1))
        .filter(Column::Subject.eq(subject.to_vec()))
        .filter(Column::Count.gt(0))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets all failures of a subject.
pub(crate) async fn remove(db: &impl ConnectionTrait, subject: &SubjectMac) -> Result<()> {
    throttled_subject::Entity::delete_by_id(subject.to_vec())
        .exec(db)
        .await?;
    Ok(())
}

/// Removes the rows that count for nothing. Where there are still more than the table may hold, those that will be
/// forgotten first go as well: somebody tries very many accounts, a few times each.
pub(crate) async fn remove_forgotten(db: &impl ConnectionTrait, now: Timestamp) -> Result<()> {
    remove_forgotten_above(db, now, ROWS_MAX).await
}

async fn remove_forgotten_above(db: &impl ConnectionTrait, now: Timestamp, most: u64) -> Result<()> {
    throttled_subject::Entity::delete_many()
        .filter(Column::ForgottenAt.lte(now.0))
        .exec(db)
        .await?;
    let rows = throttled_subject::Entity::find().count(db).await?;
    let Ok(excess @ 1..) = i64::try_from(rows.saturating_sub(most)) else {
        return Ok(());
    };
    let sql = "DELETE FROM throttled_subjects WHERE subject IN
        (SELECT subject FROM throttled_subjects ORDER BY forgotten_at LIMIT ?)";
    db.execute_raw(statement(db.get_database_backend(), sql, [excess.into()]))
        .await?;
    Ok(())
}

/// Every row has a MAC as its name. One that has not belongs to nobody.
fn named(subject: Vec<u8>, count: i64, last_at: Timestamp) -> Option<(SubjectMac, StoredFailures)> {
    Some((subject.try_into().ok()?, StoredFailures { count, last_at }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::query_plan::empty_store;

    const NOW: Timestamp = Timestamp(1_000);

    fn failure(subject: u8, forgotten_at: i64) -> (SubjectMac, NewFailures) {
        let new = NewFailures {
            count: 1,
            last_at: NOW,
            forgotten_at: Timestamp(forgotten_at),
        };
        ([subject; 32], new)
    }

    async fn stored(db: &impl ConnectionTrait) -> Vec<(u8, i64)> {
        let mut rows = read(db, (0..=9).map(|subject| [subject; 32])).await.unwrap();
        rows.sort_unstable_by_key(|(subject, _)| *subject);
        rows.iter()
            .map(|(subject, stored)| (subject[0], stored.count))
            .collect()
    }

    #[tokio::test]
    async fn failures_add_up_until_they_are_forgotten() {
        let store = empty_store().await;
        let db = &store.db;
        for count in 1..=3 {
            let added = add(db, &[failure(1, 2_000), failure(2, 1_000)]).await.unwrap();
            assert_eq!(
                added.iter().find(|(subject, _)| subject[0] == 1).unwrap().1.count,
                count
            );
        }
        // The second one is forgotten as soon as it is stored.
        assert_eq!(stored(db).await, [(1, 3), (2, 1)]);
    }

    #[tokio::test]
    async fn a_failure_is_added_once_to_what_was_read() {
        let store = empty_store().await;
        let db = &store.db;
        let (subject, new) = failure(1, 2_000);
        let known = add(db, &[(subject, new)]).await.unwrap()[0].1;
        assert!(add_after(db, &subject, known, new).await.unwrap());
        assert!(!add_after(db, &subject, known, new).await.unwrap());
        assert_eq!(stored(db).await, [(1, 2)]);
        take_back(db, &subject).await.unwrap();
        assert_eq!(stored(db).await, [(1, 1)]);
        remove(db, &subject).await.unwrap();
        assert_eq!(stored(db).await, []);
    }

    #[tokio::test]
    async fn the_table_holds_a_limited_number_of_rows() {
        let store = empty_store().await;
        let db = &store.db;
        for subject in 0..=9 {
            add(db, &[failure(subject, 995 + 2 * i64::from(subject))])
                .await
                .unwrap();
        }
        remove_forgotten_above(db, NOW, 5).await.unwrap();
        let left: Vec<u8> = stored(db).await.into_iter().map(|(subject, _)| subject).collect();
        assert_eq!(left, [5, 6, 7, 8, 9]);
        remove_forgotten_above(db, Timestamp(1_010), 5).await.unwrap();
        assert_eq!(stored(db).await.len(), 2);
    }
}
