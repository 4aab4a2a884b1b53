//! `POST /keys/new`, the plain form.

mod status_200;
mod status_401;
mod status_403;
mod status_409;
mod status_413;
mod status_422;

/// The form as it is first shown, with these fields changed.
fn form<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let first = [
        ("name", "Shop"),
        ("environment", "default"),
        ("endpoints", "all"),
        ("expires", "never"),
    ];
    let kept = first
        .into_iter()
        .filter(|(name, _)| fields.iter().all(|(other, _)| other != name));
    kept.chain(fields.iter().copied()).collect()
}
