//! `GET /reference`: the API Reference.

mod status_200;
