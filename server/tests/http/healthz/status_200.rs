//! The process runs.

use model::time::DAY;

use crate::common::{Setup, TestApp};

#[tokio::test]
async fn a_process_is_healthy_even_if_it_may_not_serve() {
    let app = TestApp::with(Setup {
        loaded: false,
        ..Setup::default()
    })
    .await;
    assert_eq!(app.get("/healthz").await.status, 200);
    let app = TestApp::new().await;
    app.pass_in_silence(DAY);
    let answer = app.get("/healthz").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"));
}
