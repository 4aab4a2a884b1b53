//! `POST /customers/{id}/delete`

mod status_303;
mod status_409;
