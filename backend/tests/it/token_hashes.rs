//! The hashes of tokens are keyed: the database alone does not confirm a token.

use backend::audit::Actor;
use backend::crypto::sha256;
use backend::error::RefusedStart;
use backend::service_accounts::TokenTerms;
use backend::{Error, Services};
use migrations::Migrator;
use model::endpoint::Grant;
use model::list::ListQuery;
use model::rotate_form::{RotateKeyForm, RotateOutcome};
use model::service_account::ServiceAccountForm;
use model::verify::Code;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use sea_orm_migration::MigratorTrait;

use crate::common::database::execute;
use crate::common::{MASTER_KEY, TestBackend, create, decide, new_key, open};

const TABLES: [&str; 4] = ["api_keys", "environment_keys", "old_tokens", "service_tokens"];

/// All tokens of a database that has one of each kind: current, replaced, of an environment, of a service account.
struct Tokens {
    current: String,
    replaced: String,
    of_environment: String,
    of_service: String,
}

async fn make_tokens(services: &Services) -> Tokens {
    let by = Actor::command_line();
    let key = create(services, &new_key("Shop", Grant::All)).await;
    let rotate = RotateKeyForm {
        grace: "7d".to_owned(),
        ..RotateKeyForm::default()
    };
    let RotateOutcome::Rotated(rotated) = services.keys.rotate(&by, &key.id, &rotate).await.unwrap() else {
        panic!("the key was not rotated")
    };
    let environments = services.environments.list(&by, &ListQuery::default()).await.unwrap();
    let environment = &environments.environments[0].id;
    let account = ServiceAccountForm {
        name: "billing".to_owned(),
        role: "viewer".to_owned(),
        ..ServiceAccountForm::default()
    };
    let account = services
        .service_accounts
        .create(&by, &account, &TokenTerms::default())
        .await
        .unwrap();
    Tokens {
        current: rotated.token,
        replaced: key.token.reveal().to_owned(),
        of_environment: services.environments.reveal_key(&by, environment).await.unwrap().token,
        of_service: account.token,
    }
}

impl Tokens {
    fn all(&self) -> [&str; 4] {
        [&self.current, &self.replaced, &self.of_environment, &self.of_service]
    }

    /// Fails unless every token is accepted.
    async fn assert_accepted(&self, services: &Services) {
        for token in [&self.current, &self.replaced, &self.of_environment] {
            assert_eq!(decide(services, token, "chat").code, Code::Valid);
        }
        let service = services.service_accounts.authenticate(&self.of_service, None).await;
        assert!(service.unwrap().is_some());
    }
}

/// The stored hashes.
async fn hashes(db: &DatabaseConnection) -> Vec<Vec<u8>> {
    let mut hashes = Vec::new();
    for table in TABLES {
        let sql = format!("SELECT token_hash FROM {table} ORDER BY token_hash");
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql));
        hashes.extend(rows.await.unwrap().iter().map(|row| row.try_get_by_index(0).unwrap()));
    }
    hashes
}

/// Turns a database into one of an earlier version, which stored the plain SHA-256 of each token.
async fn downgrade(test: &TestBackend, tokens: &Tokens) {
    let db = test.connect_directly().await;
    for (table, token) in [
        ("api_keys", &tokens.current),
        ("old_tokens", &tokens.replaced),
        ("environment_keys", &tokens.of_environment),
        ("service_tokens", &tokens.of_service),
    ] {
        let plain = sha256(token)
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        execute(&db, &format!("UPDATE {table} SET token_hash = x'{plain}'"))
            .await
            .unwrap();
    }
    execute(&db, "DROP TABLE token_hash_key").await.unwrap();
    execute(
        &db,
        "DELETE FROM seaql_migrations WHERE version LIKE '%keyed_token_hashes_breaks_older_versions'",
    )
    .await
    .unwrap();
    db.close().await.unwrap();
}

#[tokio::test]
async fn a_stolen_database_does_not_confirm_a_token() {
    let test = TestBackend::new().await;
    let tokens = make_tokens(&test.services).await;
    test.services.cluster.load_index().await.unwrap();
    tokens.assert_accepted(&test.services).await;
    let stored = hashes(&test.connect_directly().await).await;
    assert_eq!(stored.len(), 4);
    for token in tokens.all() {
        assert!(!stored.contains(&sha256(token).to_vec()));
        assert!(!test.stores(token).await);
    }
}

#[tokio::test]
async fn the_hashes_of_an_earlier_version_are_replaced_once() {
    let test = TestBackend::new().await;
    let tokens = make_tokens(&test.services).await;
    let before = hashes(&test.connect_directly().await).await;
    downgrade(&test, &tokens).await;
    let db = test.connect_directly().await;
    assert!(hashes(&db).await.contains(&sha256(&tokens.current).to_vec()));

    let upgraded = test.another(2).await;
    upgraded.cluster.load_index().await.unwrap();
    tokens.assert_accepted(&upgraded).await;
    let after = hashes(&db).await;
    assert_eq!(after.len(), 4);
    assert!(!after.iter().any(|hash| before.contains(hash)), "the key is a new one");
    for token in tokens.all() {
        assert!(!after.contains(&sha256(token).to_vec()));
    }
    let again = test.another(3).await;
    again.cluster.load_index().await.unwrap();
    tokens.assert_accepted(&again).await;
    assert_eq!(hashes(&db).await, after);
}

#[tokio::test]
async fn a_new_master_key_leaves_the_hashes_as_they_are() {
    let test = TestBackend::new().await;
    let tokens = make_tokens(&test.services).await;
    let before = hashes(&test.connect_directly().await).await;
    let changed = test
        .with_new_master_key("another master key for tests, 32 or more")
        .await;
    changed.cluster.load_index().await.unwrap();
    tokens.assert_accepted(&changed).await;
    assert_eq!(hashes(&test.connect_directly().await).await, before);
    let other = open(
        &test.database,
        &test.clock,
        "another master key for tests, 32 or more",
        4,
    );
    let other = other.await.unwrap();
    other.cluster.load_index().await.unwrap();
    tokens.assert_accepted(&other).await;
}

#[tokio::test]
async fn the_hashes_are_not_replaced_while_a_node_of_an_earlier_version_runs() {
    let test = TestBackend::new().await;
    let tokens = make_tokens(&test.services).await;
    test.services.cluster.load_index().await.unwrap();
    test.services.cluster.join().await.unwrap();
    downgrade(&test, &tokens).await;
    let refused = open(&test.database, &test.clock, MASTER_KEY, 2).await.unwrap_err();
    assert!(
        matches!(refused, Error::RefusedStart(RefusedStart::ServerRuns)),
        "{refused:?}"
    );
    // Nothing was changed, and the node goes on.
    assert_eq!(decide(&test.services, &tokens.current, "chat").code, Code::Valid);
    let db = test.connect_directly().await;
    assert!(hashes(&db).await.contains(&sha256(&tokens.current).to_vec()));
    let applied = "SELECT count(*) FROM seaql_migrations";
    let applied = crate::common::database::number(&db, applied).await;
    assert_eq!(usize::try_from(applied).unwrap(), Migrator::migrations().len() - 1);

    test.services.cluster.leave().await.unwrap();
    let upgraded = test.another(3).await;
    upgraded.cluster.load_index().await.unwrap();
    tokens.assert_accepted(&upgraded).await;
}
