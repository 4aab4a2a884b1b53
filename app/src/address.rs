//! Builds the query strings of the screens' URLs.

use leptos_router::params::ParamsMap;

/// Adds these parameters, except those that are empty, so that URLs stay short.
pub(crate) fn add<'a>(params: &mut ParamsMap, values: impl IntoIterator<Item = (&'static str, &'a String)>) {
    for (name, value) in values.into_iter().filter(|(_, value)| !value.is_empty()) {
        params.insert(name, value.clone());
    }
}

/// The parameters with the environment before the others. An empty name means all environments. Without the parameter, a screen
/// uses the environment that was chosen last.
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
