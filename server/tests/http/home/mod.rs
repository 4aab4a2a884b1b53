//! `GET /` and `POST /api/home`.

mod status_200;
