//! Paths under `/v1` that there are not.

mod status_404;
