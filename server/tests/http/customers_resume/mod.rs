//! `POST /customers/{id}/resume`

mod status_303;
