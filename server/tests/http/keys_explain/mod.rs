//! `GET /keys/{id}?method=…&path=…`: "Why denied?", also without scripts.

mod status_200;
