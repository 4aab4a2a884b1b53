//! TLS to the database. The tests' server has a certificate for `localhost` from an authority of its own.

use std::path::{Path, PathBuf};

use backend::error::{Error, RefusedStart};

use super::on_postgres;
use crate::common::TestBackend;
use crate::common::database::{number, texts};

/// The folder with the certificates of the server.
async fn certificates(test: &TestBackend) -> PathBuf {
    let db = test.connect_directly().await;
    let certificate = texts(&db, "SHOW ssl_cert_file").await.remove(0);
    Path::new(&certificate).parent().unwrap().to_owned()
}

/// Opens the database as `host`, trusting the authority of a certificate.
async fn open(test: &TestBackend, host: &str, authority: &Path) -> backend::Result<backend::Services> {
    test.try_another_at(test.database.location_with_tls(host, authority), 2)
        .await
}

#[tokio::test]
async fn a_server_with_the_right_certificate_is_accepted() {
    let Some(test) = on_postgres().await else { return };
    let authority = certificates(&test).await.join("ca.pem");
    let encrypted = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE datname = current_database() AND ssl";
    let db = test.connect_directly().await;
    assert_eq!(number(&db, encrypted).await, 0);
    let node = open(&test, "localhost", &authority).await.unwrap();
    node.cluster.load_index().await.unwrap();
    assert!(number(&db, encrypted).await > 0);
}

#[tokio::test]
async fn a_server_with_another_authority_or_another_name_is_refused() {
    let Some(test) = on_postgres().await else { return };
    let folder = certificates(&test).await;
    for (host, authority) in [("localhost", "other-ca.pem"), ("127.0.0.1", "ca.pem")] {
        let refused = open(&test, host, &folder.join(authority)).await.map(drop).unwrap_err();
        assert!(
            matches!(refused, Error::RefusedStart(RefusedStart::Unreachable { .. })),
            "{host} {authority}: {refused:?}"
        );
        assert!(
            refused.to_string().contains("certificate"),
            "{host} {authority}: {refused}"
        );
    }
}
