//! Days as the sums of their hours.

use model::id::KeyId;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::{HOURS, Keys, key_text};
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::statement::{read_one, statement};

/// Stores the sums of a day's hours for some keys. Storing them again changes nothing.
pub(crate) async fn sum_up(db: &impl ConnectionTrait, day: i64, keys: Keys<'_>) -> Result<()> {
    db.execute_raw(sum_up_statement(db.get_database_backend(), day, keys))
        .await?;
    Ok(())
}

fn sum_up_statement(database: DbBackend, day: i64, keys: Keys<'_>) -> Statement {
    let (of_keys, keys) = keys.condition();
    let sql = format!(
        "{HOURS}
         INSERT INTO usage_days (day, key_id, endpoint_name, code, count)
         SELECT ?, used.key_id, used.endpoint_name, used.code, sum(used.count)
         FROM hours CROSS JOIN usage_hours AS used
         WHERE used.hour = hours.hour AND {of_keys}
         GROUP BY used.key_id, used.endpoint_name, used.code
         ON CONFLICT (day, key_id, endpoint_name, code) DO UPDATE SET count = excluded.count"
    );
    let values = [day * 24, day * 24 + 23, day].map(Value::from);
    statement(database, &sql, values.into_iter().chain(keys))
}

/// Stores that all days up to this one were summed up.
pub(crate) async fn note_summed_day(db: &impl ConnectionTrait, day: i64) -> Result<()> {
    let sql = "INSERT INTO usage_progress (id, last_day) VALUES (1, ?)
               ON CONFLICT (id) DO UPDATE SET last_day = excluded.last_day
               WHERE excluded.last_day > usage_progress.last_day";
    db.execute_raw(statement(db.get_database_backend(), sql, [Value::from(day)]))
        .await?;
    Ok(())
}

/// The last day that was summed up; `None` where no day was.
pub(crate) async fn last_summed_day(db: &impl ConnectionTrait) -> Result<Option<i64>> {
    let sql = "SELECT last_day FROM usage_progress WHERE id = 1";
    read_one(db, statement(db.get_database_backend(), sql, [])).await
}

/// The first hour with a request.
pub(crate) async fn first_hour(db: &impl ConnectionTrait) -> Result<Option<i64>> {
    let sql = "SELECT hour FROM usage_hours ORDER BY hour LIMIT 1";
    read_one(db, statement(db.get_database_backend(), sql, [])).await
}

/// The last key ID of a batch, which has the next `keys` + 1 keys after `after`. `None` if no more than `keys` are left.
pub(crate) async fn key_after(db: &impl ConnectionTrait, after: Option<&KeyId>, keys: u64) -> Result<Option<KeyId>> {
    let found = read_one(db, key_after_statement(db.get_database_backend(), after, keys)).await?;
    Ok(found.map(|Stored(key)| key))
}

fn key_after_statement(database: DbBackend, after: Option<&KeyId>, keys: u64) -> Statement {
    let sql = format!("SELECT id FROM api_keys WHERE id > ? ORDER BY id LIMIT 1 OFFSET {keys}");
    statement(database, &sql, [Value::from(key_text(after))])
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DATABASE, key, seeks};
    use super::*;
    use crate::store::postgres::query_plan::{assert_sought, new_store_without_scans};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    #[tokio::test]
    async fn summing_up_reads_only_the_hours_of_the_day() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let (key, last) = (key(), KeyId::from_random("zzzzzzzzzz"));
        for until in [None, Some(&last)] {
            let read = seeks(&store, sum_up_statement(DATABASE, 1, Keys::Between(Some(&key), until))).await;
            let seek = match until {
                None => "used USING PRIMARY KEY (hour=? AND key_id>?)",
                Some(_) => "used USING PRIMARY KEY (hour=? AND key_id>? AND key_id<?)",
            };
            assert_eq!(read, [seek]);
        }
    }

    #[tokio::test]
    async fn keys_are_counted_off_in_the_order_of_their_ids() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let plan = plan(&store, key_after_statement(DATABASE, Some(&key()), 1_000)).await;
        assert!(
            plan.len() == 1 && plan[0].starts_with("SEARCH api_keys USING COVERING INDEX"),
            "{plan:#?}"
        );
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_summing_up_seeks_the_hours_of_the_day() {
        let store = new_store_without_scans().await;
        let (key, last) = (key(), KeyId::from_random("zzzzzzzzzz"));
        let keys = Keys::Between(Some(&key), Some(&last));
        assert_sought(&store, "usage_hours", sum_up_statement(DbBackend::Postgres, 1, keys)).await;
        let next = key_after_statement(DbBackend::Postgres, Some(&key), 1_000);
        assert_sought(&store, "api_keys", next).await;
        store.close().await.unwrap();
    }
}
