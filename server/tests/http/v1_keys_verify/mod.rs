//! `POST /v1/keys/verify`

mod slow;
mod status_200;
mod status_400;
mod status_405;
mod status_413;
mod status_503;
