//! By what nodes tell each other which requests of a key they have refused last: a question for each key about which somebody
//! has asked, and the answer of each node. A node writes only its own answers, so no two wait for each other.

use model::id::KeyId;
use model::time::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select, Statement,
};

use super::column::Stored;
use super::entities::{refused_request_answer as answer, refused_request_question as question};
use super::statement::statement;
use crate::error::Result;

/// Asks all nodes about a key, and answers with the time of the question. One that is not older than `fresh_since` counts.
pub(crate) async fn ask(
    db: &impl ConnectionTrait,
    id: &KeyId,
    now: Timestamp,
    fresh_since: Timestamp,
) -> Result<Timestamp> {
    if let Some(before) = question::Entity::find_by_id(id).one(db).await?
        && before.asked_at.0 >= fresh_since
    {
        return Ok(before.asked_at.0);
    }
    let question = question::Model {
        key_id: id.into(),
        asked_at: Stored(now),
    };
    let again = OnConflict::column(question::Column::KeyId)
        .update_column(question::Column::AskedAt)
        .to_owned();
    question::Entity::insert(question.into_active_model().reset_all())
        .on_conflict(again)
        .exec_without_returning(db)
        .await?;
    Ok(now)
}

/// The latest questions since a point in time, and at most this many.
pub(crate) async fn questions_since(
    db: &impl ConnectionTrait,
    since: Timestamp,
    most: u64,
) -> Result<Vec<question::Model>> {
    Ok(since_statement(since, most).all(db).await?)
}

fn since_statement(since: Timestamp, most: u64) -> Select<question::Entity> {
    question::Entity::find()
        .filter(question::Column::AskedAt.gt(since.0))
        .order_by_desc(question::Column::AskedAt)
        .limit(most)
}

/// Stores a node's answer in the place of its last one about the key.
pub(crate) async fn store_answer(db: &impl ConnectionTrait, row: answer::Model) -> Result<()> {
    let again = OnConflict::columns([answer::Column::KeyId, answer::Column::InstanceId])
        .update_columns([
            answer::Column::AskedAt,
            answer::Column::AnsweredAt,
            answer::Column::Requests,
        ])
        .to_owned();
    answer::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(again)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The answers about a key.
pub(crate) async fn answers(db: &impl ConnectionTrait, id: &KeyId) -> Result<Vec<answer::Model>> {
    Ok(answers_statement(id).all(db).await?)
}

fn answers_statement(id: &KeyId) -> Select<answer::Entity> {
    answer::Entity::find().filter(answer::Column::KeyId.eq(id.as_str()))
}

/// Removes what is stored about a key.
pub(crate) async fn remove_key(db: &impl ConnectionTrait, id: &KeyId) -> Result<()> {
    for sql in REMOVE_KEY {
        db.execute_raw(statement(db.get_database_backend(), sql, [id.as_str().into()]))
            .await?;
    }
    Ok(())
}

const REMOVE_KEY: [&str; 2] = [
    "DELETE FROM refused_request_questions WHERE key_id = ?",
    "DELETE FROM refused_request_answers WHERE key_id = ?",
];

/// Removes the questions and answers from before a point in time.
pub(crate) async fn remove_before(db: &impl ConnectionTrait, at: Timestamp) -> Result<()> {
    for removal in remove_before_statements(db.get_database_backend(), at) {
        db.execute_raw(removal).await?;
    }
    Ok(())
}

fn remove_before_statements(database: DbBackend, at: Timestamp) -> [Statement; 2] {
    [
        "DELETE FROM refused_request_questions WHERE asked_at < ?",
        "DELETE FROM refused_request_answers WHERE answered_at < ?",
    ]
    .map(|sql| statement(database, sql, [at.0.into()]))
}

#[cfg(test)]
mod tests {
    use sea_orm::QueryTrait;

    use super::*;
    use crate::store::postgres::query_plan::{assert_sought, new_store_without_scans};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    fn statements(database: DbBackend) -> Vec<Statement> {
        let id = KeyId::from_random("0123456789");
        let [questions, answers] = remove_before_statements(database, Timestamp(1));
        let [of_question, of_answers] = REMOVE_KEY.map(|sql| statement(database, sql, [id.as_str().into()]));
        vec![
            since_statement(Timestamp(1), 20).build(database),
            answers_statement(&id).build(database),
            questions,
            answers,
            of_question,
            of_answers,
        ]
    }

    #[tokio::test]
    async fn nothing_reads_a_whole_table() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        for statement in statements(DbBackend::Sqlite) {
            let plan = plan(&store, statement).await;
            assert!(
                plan.iter().any(|step| step.starts_with("SEARCH refused_request_")),
                "{plan:#?}"
            );
            assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{plan:#?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:#?}");
        }
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_nothing_reads_a_whole_table() {
        let store = new_store_without_scans().await;
        for statement in statements(DbBackend::Postgres) {
            assert_sought(&store, "refused_request_", statement).await;
        }
        store.close().await.unwrap();
    }
}
