//! `POST /environment`: the selector in the header, without scripts.

mod status_303;
