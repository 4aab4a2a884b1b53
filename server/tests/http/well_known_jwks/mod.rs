//! `GET /.well-known/jwks.json`

mod status_200;
