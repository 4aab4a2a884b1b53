//! `GET` requests for the screens.

mod compressed;
mod many;
mod numbers;
mod preloads;
mod security_headers;
mod status_200;
mod status_303;
mod status_403;
mod status_404;
