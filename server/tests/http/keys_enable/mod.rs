//! `POST /keys/{id}/enable`

mod status_303;
mod status_403;
mod status_409;
