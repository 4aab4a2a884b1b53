//! `POST /login`

mod status_303;
mod status_401;
mod status_403;
mod status_429;
mod status_503;
