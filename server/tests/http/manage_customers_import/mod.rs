//! `POST /manage/v1/customers/import`.

mod status_200;
mod status_400;
mod status_403;
mod status_422;
