//! `POST /customers/{id}/suspend`

mod status_303;
mod status_403;
