//! `GET /keys/{id}?method=…&path=…`: "Why denied?", which also works without scripts.

mod status_200;
