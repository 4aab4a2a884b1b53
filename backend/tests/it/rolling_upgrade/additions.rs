//! The rule that migrations only add. SQLite tells most about a schema, and there is one set of migrations for both databases.

use std::collections::{BTreeMap, BTreeSet};

use migrations::{BREAKS_OLDER_VERSIONS, LAST_WITHOUT_RULE, Migrator};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use sea_orm_migration::{MigratorTrait, SchemaManager};

use super::next_version::{BreakingVersion, NextVersion};
use super::rows;
use crate::common::TestDatabase;

/// A column: type, whether it is NOT NULL, default, place in the primary key.
type Column = [String; 4];

/// What older versions know of a schema.
#[derive(Default)]
struct Schema {
    /// The columns of each table.
    tables: BTreeMap<String, BTreeMap<String, Column>>,
    /// What limits the rows of a table beside its columns: triggers, unique indexes, references and checks.
    rules: BTreeMap<String, BTreeSet<String>>,
}

async fn read(db: &DatabaseConnection) -> Schema {
    let mut schema = Schema::default();
    let tables = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    for table in rows(db, tables, 2).await {
        let [name, sql] = <[String; 2]>::try_from(table).unwrap();
        let columns = format!(
            "SELECT name, type, CAST(\"notnull\" AS text), COALESCE(dflt_value, 'none'), CAST(pk AS text)
             FROM pragma_table_info('{name}')"
        );
        let columns = rows(db, &columns, 5).await.into_iter().map(|row| {
            let [column, rest @ ..] = <[String; 5]>::try_from(row).unwrap();
            (column, rest)
        });
        schema.tables.insert(name.clone(), columns.collect());
        let rules = format!(
            "SELECT 'trigger ' || sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = '{name}'
             UNION ALL SELECT 'unique ' || name FROM pragma_index_list('{name}') WHERE \"unique\" AND origin <> 'pk'
             UNION ALL SELECT 'reference ' || \"from\" || \"table\" || on_delete FROM pragma_foreign_key_list('{name}')"
        );
        let rules = rows(db, &rules, 1).await.into_iter().flatten();
        let checks = format!("{} checks", sql.to_uppercase().matches("CHECK").count());
        schema.rules.insert(name, rules.chain([checks]).collect());
    }
    schema
}

/// What of a schema older versions would stumble over, in words.
fn breaks(before: &Schema, after: &Schema) -> Vec<String> {
    let mut found = Vec::new();
    for (table, columns) in &before.tables {
        let Some(now) = after.tables.get(table) else {
            found.push(format!("{table} is gone"));
            continue;
        };
        for (column, known) in columns {
            match now.get(column) {
                None => found.push(format!("{table}.{column} is gone")),
                Some(now) if now != known => found.push(format!("{table}.{column} is another column")),
                Some(_) => {}
            }
        }
        for (column, [_, not_null, default, _]) in now.iter().filter(|(column, _)| !columns.contains_key(*column)) {
            if not_null == "1" && default == "none" {
                found.push(format!("{table}.{column} needs a value"));
            }
        }
        let rules = &before.rules[table];
        let new = after.rules[table].iter().filter(|rule| !rules.contains(*rule));
        found.extend(new.map(|rule| format!("{table} has a new rule: {rule}")));
    }
    found
}

/// Applies the migrations of a version one by one. Answers with those that do more than add, and what that is.
async fn breaking<M: MigratorTrait>(after: &str) -> Vec<(String, Vec<String>)> {
    let database = TestDatabase::sqlite().await;
    let db = database.connect().await;
    let manager = SchemaManager::new(&db);
    let mut found = Vec::new();
    let mut before = Schema::default();
    let mut rule_holds = false;
    for migration in M::migrations() {
        migration.up(&manager).await.unwrap();
        let now = read(&db).await;
        let broken = breaks(&before, &now);
        if rule_holds && !broken.is_empty() {
            found.push((migration.name().to_owned(), broken));
        }
        rule_holds |= migration.name() == after;
        before = now;
    }
    assert!(rule_holds, "there is a migration {after}");
    found
}

#[tokio::test]
async fn migrations_only_add() {
    let mut breaking = breaking::<Migrator>(LAST_WITHOUT_RULE).await;
    breaking.retain(|(name, _)| !name.ends_with(BREAKS_OLDER_VERSIONS));
    assert!(
        breaking.is_empty(),
        "nodes of the version before do not survive these migrations. Let them add only, see migrations/src/lib.rs: \
         {breaking:#?}"
    );
}

#[tokio::test]
async fn the_rule_allows_what_the_next_version_adds_and_finds_what_breaks() {
    assert_eq!(breaking::<NextVersion>(LAST_WITHOUT_RULE).await, []);
    let found = breaking::<BreakingVersion>(LAST_WITHOUT_RULE).await;
    let [(name, why)] = &found[..] else { panic!("{found:?}") };
    assert!(name.ends_with(BREAKS_OLDER_VERSIONS));
    assert!(why.contains(&"api_keys.name_lower is gone".to_owned()), "{why:?}");

    // Migrations from before the rule did more than add.
    let earlier = breaking::<Migrator>("m20261124_000008_list_indexes").await;
    assert!(
        earlier.iter().any(|(name, _)| name == "m20261126_000013_usage"),
        "{earlier:?}"
    );

    let database = TestDatabase::sqlite().await;
    let db = database.connect().await;
    Migrator::up(&db, None).await.unwrap();
    for (sql, why) in [
        ("DROP TABLE receipts", "receipts is gone"),
        ("ALTER TABLE nodes DROP COLUMN version", "nodes.version is gone"),
        (
            "CREATE UNIQUE INDEX one_name ON nodes (name)",
            "nodes has a new rule: unique one_name",
        ),
        (
            "ALTER TABLE users ADD COLUMN manager varchar REFERENCES users (id)",
            "users has a new rule: reference managerusersNO ACTION",
        ),
        (
            "ALTER TABLE users ADD COLUMN age bigint CHECK (age > 0)",
            "users has a new rule: 1 checks",
        ),
    ] {
        let before = read(&db).await;
        db.execute_unprepared(sql).await.unwrap();
        assert_eq!(breaks(&before, &read(&db).await), [why], "{sql}");
    }
    let before = read(&db).await;
    db.execute_unprepared(
        "CREATE TRIGGER no_names BEFORE UPDATE OF name ON users BEGIN SELECT RAISE(ABORT, 'no'); END",
    )
    .await
    .unwrap();
    assert_eq!(breaks(&before, &read(&db).await).len(), 1);
}
