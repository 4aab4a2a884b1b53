//! `/setup`

mod status_200;
mod status_303;
mod status_403;
mod status_410;
mod status_422;
