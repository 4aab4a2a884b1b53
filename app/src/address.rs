//! Query strings of the screens' own addresses.

use leptos_router::params::ParamsMap;

/// Adds these parameters, without those that are empty: an address says only what it asks for.
pub(crate) fn add<'a>(params: &mut ParamsMap, values: impl IntoIterator<Item = (&'static str, &'a String)>) {
    for (name, value) in values.into_iter().filter(|(_, value)| !value.is_empty()) {
        params.insert(name, value.clone());
    }
}

/// The same with the environment before them. Empty it asks for all, and left out for the one that was chosen last.
pub(crate) fn in_environment<'a>(
    environment: Option<&String>,
    values: impl IntoIterator<Item = (&'static str, &'a String)>,
) -> ParamsMap {
    let mut params = ParamsMap::new();
    if let Some(environment) = environment {
        params.insert("environment", environment.clone());
    }
    add(&mut params, values);
    params
}
