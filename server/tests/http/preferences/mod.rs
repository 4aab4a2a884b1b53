//! `POST /preferences`: the choices of the user menu without scripts.

mod status_303;
