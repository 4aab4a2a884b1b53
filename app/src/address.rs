//! Query strings of the screens' own addresses.

use leptos_router::params::ParamsMap;

/// Adds these parameters, without those that are empty: an address says only what it asks for.
pub(crate) fn add<'a>(params: &mut ParamsMap, values: impl IntoIterator<Item = (&'static str, &'a String)>) {
    for (name, value) in values.into_iter().filter(|(_, value)| !value.is_empty()) {
        params.insert(name, value.clone());
    }
}

/// Puts the environment before the other parameters. An empty name asks for all environments. Without the parameter, the
/// environment that was chosen last counts.
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
