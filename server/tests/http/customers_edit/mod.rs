//! `POST /customers/{id}/edit`, the plain form.

mod status_303;
mod status_403;
mod status_404;
mod status_409;
mod status_422;
