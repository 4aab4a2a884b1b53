//! `GET /healthz`

mod status_200;
