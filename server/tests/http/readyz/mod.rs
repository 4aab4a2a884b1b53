//! `GET /readyz`

mod status_200;
mod status_503;
