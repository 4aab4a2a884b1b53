//! Unknown paths under `/v1`.

mod status_404;
