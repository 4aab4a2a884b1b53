//! `POST /environment`: the environment selector without scripts.

mod status_303;
