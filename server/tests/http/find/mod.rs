//! `POST /api/find`: what the command palette lists.

mod status_200;
mod status_401;
