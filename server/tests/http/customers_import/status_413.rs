//! The file is too large.

use super::{import, sent_in_parts};
use crate::common::TestApp;

#[tokio::test]
async fn a_file_of_more_than_a_mebibyte_is_refused_with_a_page() {
    let app = TestApp::new().await.with_owner().await;
    let large = "x".repeat(1024 * 1024 + 1);
    for page in [
        import(&app, &[("file", &large)]).await,
        import(&app, &[("lines", &large)]).await,
        sent_in_parts(&app, vec![b'x'; 5 * 1024 * 1024]).await,
        sent_in_parts(&app, vec![b'x'; 20 * 1024 * 1024]).await,
    ] {
        assert_eq!(page.status, 413);
        assert!(page.body.contains("The file is larger than 1 MiB."));
        assert!(page.body.contains("<textarea"), "the form is there again");
        assert!(page.body.len() < 100_000, "{}", page.body.len());
    }
}
