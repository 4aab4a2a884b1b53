//! `/manage/v1/keys`.

mod status_200;
mod status_201;
mod status_204;
mod status_403;
mod status_409;
mod status_412;
mod status_422;
