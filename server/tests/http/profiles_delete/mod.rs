//! `POST /profiles/{id}/delete`

mod status_303;
mod status_403;
mod status_409;
