//! `GET /keys/{id}?method=…&path=…`: "Why denied?", for browsers without scripts too.

mod status_200;
