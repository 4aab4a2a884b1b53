//! `POST /logout`

mod status_303;
