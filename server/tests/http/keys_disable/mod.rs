//! `POST /keys/{id}/disable`

mod status_303;
mod status_403;
mod status_404;
mod status_409;
