//! `GET /keys/{id}`, the screen of a key

mod status_200;
