//! `GET /customers/export`.

mod status_200;
mod status_303;
mod status_400;
