//! `ANY /v1/authorize` and `/v1/authorize/{*path}`

mod addresses;
mod fuzz;
mod status_200;
mod status_400;
mod status_401;
mod status_403;
mod status_429;
mod status_503;
