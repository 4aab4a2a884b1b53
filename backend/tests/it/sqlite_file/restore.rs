//! What a restored file needs before it is used.

use crate::backup::open;
use crate::common::people::browser;
use crate::common::{PASSWORD, TestBackend, code, create, new_key};
use backend::audit::Actor;
use model::endpoint::Grant;
use model::role::Role;
use model::verify::Code;

#[tokio::test]
async fn after_a_restore_everybody_logs_in_again() {
    let test = TestBackend::on_sqlite().await;
    test.add_named("ada", Role::Owner).await;
    let id = test.add_named("ben", Role::Viewer).await;
    let ada = test.log_in_with_password("ada").await;
    let ben = test.log_in_with_password("ben").await;
    let shop = create(&test.services, &new_key("Shop", Grant::All)).await;
    let link = test
        .services
        .accounts
        .issue_reset_link(&ada.actor, &id, "http://latchkey.test")
        .await
        .unwrap();
    let secret = link.url.rsplit(['=', '/', '#']).next().unwrap().to_owned();
    test.services.cluster.join().await.unwrap();
    let file = test.database.folder().join("copy.db");
    test.services.backups.create(&file).await.unwrap();
    // This session ends after the backup, so it is still valid in the backup.
    test.services.accounts.log_out(ben.session.token(), None).await.unwrap();
    assert!(!test.is_in(&ben.session).await);

    let restored = open(&test, &file).await;
    let is_good = async |secret: &str| {
        restored
            .accounts
            .link_is_good(backend::accounts::Purpose::Reset, secret)
            .await
            .unwrap()
    };
    assert!(restored.accounts.session(ben.session.token()).await.unwrap().is_some());
    assert!(is_good(&secret).await, "{}", link.url);
    assert_eq!(restored.cluster.count_live_nodes().await.unwrap(), 1);
    let events = restored
        .audit
        .verify_chain(&Actor::command_line())
        .await
        .unwrap()
        .events;
    restored.backups.note_restore().await.unwrap();
    for session in [&ada.session, &ben.session] {
        assert!(restored.accounts.session(session.token()).await.unwrap().is_none());
    }
    assert!(!is_good(&secret).await);
    assert_eq!(restored.cluster.count_live_nodes().await.unwrap(), 0);
    let check = restored.audit.verify_chain(&Actor::command_line()).await.unwrap();
    assert_eq!((check.events, check.broken), (events + 1, None));
    let page = restored
        .audit
        .list(&Actor::command_line(), &model::audit::AuditQuery::default())
        .await
        .unwrap();
    assert_eq!(
        (page.events[0].action.as_str(), page.events[0].actor.as_str()),
        ("database.restored", "command line")
    );

    // Keys and passwords are unchanged.
    restored.cluster.load_index().await.unwrap();
    assert_eq!(code(&restored, &shop.token, "chat"), Code::Valid);
    let login = backend::accounts::Login {
        email: "ben@example.com".to_owned(),
        password: PASSWORD.into(),
        browser: browser(),
        device: None,
    };
    restored.accounts.log_in(login).await.unwrap();
}
