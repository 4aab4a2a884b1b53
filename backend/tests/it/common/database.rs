//! A test's own database: a SQLite file in a temporary folder, or, where `LATCHKEY_TEST_DATABASE_URL` names a PostgreSQL server, a
//! database on that server. The HTTP tests include this file, too.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use backend::clock::SystemClock;
use backend::crypto::master_key::MasterKey;
use backend::crypto::random::SeededRandom;
use backend::{HashingCost, Location, Options, Services, Settings};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement};
use tempfile::TempDir;

/// The URL of a database on a PostgreSQL server in which the role may create databases.
const SERVER: &str = "LATCHKEY_TEST_DATABASE_URL";
/// With `off`, nodes learn of changes by asking only.
const LISTEN: &str = "LATCHKEY_TEST_DATABASE_LISTEN";

pub struct TestDatabase {
    folder: TempDir,
    /// The URL on PostgreSQL.
    url: Option<String>,
}

impl TestDatabase {
    /// A database without a row. On PostgreSQL it has the schema already, since making that takes longer than copying it.
    pub async fn new() -> Self {
        Self::on(server().as_deref(), true).await
    }

    /// A database without a schema.
    pub async fn blank() -> Self {
        Self::on(server().as_deref(), false).await
    }

    /// A SQLite database, wherever the other tests run.
    pub async fn sqlite() -> Self {
        Self::on(None, false).await
    }

    async fn on(server: Option<&str>, with_schema: bool) -> Self {
        let url = match server {
            Some(server) => Some(create(server, with_schema).await),
            None => None,
        };
        Self {
            folder: tempfile::tempdir().unwrap(),
            url,
        }
    }

    pub fn location(&self) -> Location {
        match &self.url {
            Some(url) => Location::Postgres(url.parse().unwrap()),
            None => Location::Sqlite(self.folder().join("latchkey.db")),
        }
    }

    /// The URL of a database on PostgreSQL.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Host and port of the PostgreSQL server.
    pub fn server_address(&self) -> String {
        let (_, address) = self.url.as_ref().unwrap().split_once('@').unwrap();
        address.split_once('/').unwrap().0.to_owned()
    }

    /// The database on PostgreSQL, by another address than that of the server.
    pub fn location_at(&self, address: std::net::SocketAddr) -> Location {
        let url = self.url.as_ref().unwrap();
        let url = url.replacen(&self.server_address(), &address.to_string(), 1);
        Location::Postgres(url.parse().unwrap())
    }

    /// The database on PostgreSQL, over TLS to a server that has a certificate for `host` from this authority.
    pub fn location_with_tls(&self, host: &str, authority: &Path) -> Location {
        let url = self.url.as_ref().unwrap();
        let address = self.server_address();
        let (_, port) = address.rsplit_once(':').unwrap();
        let url = url.replacen(&address, &format!("{host}:{port}"), 1);
        let (url, _) = url.split_once('?').unwrap();
        let url = format!("{url}?sslmode=verify-full&sslrootcert={}", authority.display());
        Location::Postgres(url.parse().unwrap())
    }

    /// A folder of this test, with the database's files if it is SQLite.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A connection that avoids all rules of the backend.
    pub async fn connect(&self) -> DatabaseConnection {
        match &self.url {
            Some(url) => connect(url).await,
            None => {
                connect(&format!(
                    "sqlite://{}?mode=rwc",
                    self.folder().join("latchkey.db").display()
                ))
                .await
            }
        }
    }

    /// All that is stored, as the files of the database have it.
    pub async fn stored_bytes(&self) -> Vec<u8> {
        let db = self.connect().await;
        if self.url.is_none() {
            // The files have what is in the write-ahead log.
            let files = std::fs::read_dir(self.folder()).unwrap();
            let files = files.filter(|file| file.as_ref().unwrap().file_type().unwrap().is_file());
            return files
                .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
                .collect();
        }
        let tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()";
        let mut bytes = Vec::new();
        for table in texts(&db, tables).await {
            // Text as it is, and binary values in hexadecimal and as bytes.
            for row in texts(&db, &format!("SELECT CAST(row_to_json(t) AS text) FROM \"{table}\" t")).await {
                bytes.extend(row.as_bytes());
                for hexadecimal in row.split("\\\\x").skip(1) {
                    let digits = hexadecimal.split('"').next().unwrap();
                    bytes.extend(digits.as_bytes().chunks_exact(2).map(|pair| {
                        let pair = std::str::from_utf8(pair).unwrap();
                        u8::from_str_radix(pair, 16).unwrap()
                    }));
                }
            }
        }
        bytes
    }
}

/// Whether the tests run on PostgreSQL.
pub fn on_postgres() -> bool {
    server().is_some()
}

/// Whether PostgreSQL tells the nodes of the tests about changes.
pub fn listens() -> bool {
    std::env::var(LISTEN).as_deref() != Ok("off")
}

/// Runs statements as SQLite has them. Binary values, `x'00ff'`, are written for PostgreSQL as it has them.
pub async fn execute(db: &impl ConnectionTrait, sql: &str) -> Result<(), DbErr> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => sql.replace(" x'", " '\\x").replace("(x'", "('\\x"),
        _ => sql.to_owned(),
    };
    db.execute_unprepared(&sql).await.map(drop)
}

/// Drops the rules by which a table refuses changes.
pub async fn drop_triggers(db: &impl ConnectionTrait, table: &str) {
    if db.get_database_backend() == DbBackend::Postgres {
        execute(db, &format!("ALTER TABLE {table} DISABLE TRIGGER USER"))
            .await
            .unwrap();
        return;
    }
    let triggers = format!("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = '{table}'");
    for name in texts(db, &triggers).await {
        execute(db, &format!("DROP TRIGGER {name}")).await.unwrap();
    }
}

/// A statement that replaces rows, which only SQLite has. It runs no trigger for the rows that it removes.
pub fn replace(into: &str) -> Option<String> {
    (!on_postgres()).then(|| format!("REPLACE INTO {into}"))
}

/// Lets the database refuse new rows of a table, as a full disk would, until [`accept_rows`].
pub async fn refuse_rows(db: &impl ConnectionTrait, table: &str) {
    let trigger = match db.get_database_backend() {
        DbBackend::Postgres => format!(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE disk_full; END';
             CREATE TRIGGER full_disk BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION full_disk()"
        ),
        _ => format!("CREATE TRIGGER full_disk BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'full'); END"),
    };
    execute(db, &trigger).await.unwrap();
}

/// Ends [`refuse_rows`].
pub async fn accept_rows(db: &impl ConnectionTrait) {
    let drop = match db.get_database_backend() {
        DbBackend::Postgres => "DROP FUNCTION full_disk CASCADE",
        _ => "DROP TRIGGER full_disk",
    };
    execute(db, drop).await.unwrap();
}

/// The first column of each row.
pub async fn texts(db: &impl ConnectionTrait, sql: &str) -> Vec<String> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql));
    let rows = rows.await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// The first column of the only row.
pub async fn number(db: &impl ConnectionTrait, sql: &str) -> i64 {
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql));
    row.await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

fn server() -> Option<String> {
    std::env::var(SERVER).ok().filter(|url| !url.is_empty())
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    // Boxed, since it is large, and would make the futures of all tests large.
    let db = Box::pin(Database::connect(options)).await.unwrap();
    if url.starts_with("sqlite:") {
        db.execute_unprepared("PRAGMA foreign_keys = ON").await.unwrap();
    }
    db
}

/// Creates a database, and returns its URL. Its name begins with the number of this process, so that who started the tests
/// can drop the databases of those that have ended.
async fn create(server: &str, with_schema: bool) -> String {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    let admin = connect(server).await;
    // Left behind by a process with the same number.
    let mut script = vec![format!("DROP DATABASE IF EXISTS {name}")];
    let template = if with_schema {
        template(server, &admin).await
    } else {
        "template0".to_owned()
    };
    script.push(format!(
        "CREATE DATABASE {name} TEMPLATE {template}{}",
        strategy(&admin).await
    ));
    for sql in script {
        admin.execute_unprepared(&sql).await.unwrap();
    }
    admin.close().await.unwrap();
    database_url(server, &name)
}

/// Copying files takes less time than writing each page to the log. Before version 15 there is no other way.
async fn strategy(admin: &DatabaseConnection) -> &'static str {
    let version = number(admin, "SELECT CAST(current_setting('server_version_num') AS bigint)").await;
    if version >= 150_000 { " STRATEGY FILE_COPY" } else { "" }
}

/// The database with the schema of this program, from which others are copied. The first test makes it.
async fn template(server: &str, admin: &DatabaseConnection) -> String {
    let mut program = DefaultHasher::new();
    let path = std::env::current_exe().unwrap();
    let file = path.metadata().unwrap();
    (path, file.len(), file.modified().unwrap()).hash(&mut program);
    let name = format!("template_{:016x}", program.finish());
    let found = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    if number(admin, &found).await == 1 {
        return name;
    }
    // Only one process makes it. The lock ends with the connection.
    admin.execute_unprepared("SELECT pg_advisory_lock(4242)").await.unwrap();
    if number(admin, &found).await == 0 {
        let draft = format!("draft_{}", std::process::id());
        for sql in [
            format!("DROP DATABASE IF EXISTS {draft}"),
            format!("CREATE DATABASE {draft} TEMPLATE template0"),
        ] {
            admin.execute_unprepared(&sql).await.unwrap();
        }
        let url = database_url(server, &draft);
        let db = connect(&url).await;
        make_schema(&url, &db).await;
        db.close().await.unwrap();
        // A second connection writes the file with which all further ones start faster.
        let db = connect(&url).await;
        db.close().await.unwrap();
        let rename = format!("ALTER DATABASE {draft} RENAME TO {name}");
        admin.execute_unprepared(&rename).await.unwrap();
    }
    admin
        .execute_unprepared("SELECT pg_advisory_unlock(4242)")
        .await
        .unwrap();
    name
}

/// Makes the schema as the product does, and removes the rows that it stores in a new database.
async fn make_schema(url: &str, db: &DatabaseConnection) {
    let options = Options {
        location: Location::Postgres(url.parse().unwrap()),
        master_key: MasterKey::from_text("the rows under this key are removed").unwrap(),
        previous_master_key: None,
        clock: Arc::new(SystemClock),
        random: Arc::new(SeededRandom::new(1)),
        hashing_cost: HashingCost::Least,
        settings: Settings::default(),
    };
    Services::open(options).await.unwrap().0.close().await.unwrap();
    let tables = "SELECT quote_ident(table_name) FROM information_schema.tables
         WHERE table_schema = current_schema() AND table_name <> 'seaql_migrations'";
    let tables = texts(db, tables).await;
    let triggers = async |able: &str| {
        for table in &tables {
            let sql = format!("ALTER TABLE {table} {able} TRIGGER USER");
            execute(db, &sql).await.unwrap();
        }
    };
    triggers("DISABLE").await;
    execute(db, &format!("TRUNCATE {}", tables.join(", "))).await.unwrap();
    triggers("ENABLE").await;
}

/// The URL of another database on the same server.
fn database_url(server: &str, database: &str) -> String {
    let (address, query) = server.split_once('?').unwrap_or((server, ""));
    let (host, _) = address.rsplit_once('/').unwrap();
    format!("{host}/{database}?{query}")
}
