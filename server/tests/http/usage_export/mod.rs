//! `GET /usage/export`

mod status_200;
mod status_303;
mod status_400;
mod status_409;
