//! The npm packages of a package-lock.json: the tools of the browser tests and wasm-opt, Lighthouse, and those of the client for
//! TypeScript. None of their code is in the server's binary, nor in the client.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// The allowed licences, as packages write them. Expressions such as "MIT AND ISC" match nothing here.
const LICENCES: [&str; 10] = [
    // tslib, under Lighthouse.
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    // graceful-fs, under Lighthouse. Permissive.
    "BlueOak-1.0.0",
    "ISC",
    "MIT",
    // type-fest, whose code is types.
    "(MIT OR CC0-1.0)",
    // argparse, under the YAML reader of openapi-typescript. Permissive.
    "Python-2.0",
    // axe-core, which runs in the browser tests only. Its copyleft covers only its own files.
    "MPL-2.0",
];

/// The packages that say their licence in a file only, with the version in which it was read.
const LICENCES_IN_FILES: [(&str, &str); 1] = [
    // Under Lighthouse. The file has the text of BSD-3-Clause.
    ("parse-cache-control", "1.0.1"),
];

/// One sentence for each rule that a package breaks.
pub(super) fn faults(lock: &str) -> Result<Vec<String>> {
    let lock: Value = serde_json::from_str(lock).context("package-lock.json is not JSON")?;
    if lock["lockfileVersion"] != 3 {
        bail!("package-lock.json does not have version 3, the only one that is supported");
    }
    let packages = lock["packages"]
        .as_object()
        .context("package-lock.json lists no packages")?;
    // The package without a path is the folder itself.
    let others = packages.iter().filter(|(path, _)| !path.is_empty());
    Ok(others.flat_map(|(path, package)| faults_of(path, package)).collect())
}

fn faults_of(path: &str, package: &Value) -> Vec<String> {
    let name = path.rsplit_once("node_modules/").map_or(path, |(_, name)| name);
    let mut faults = Vec::new();
    // npm would download from this URL, whichever registry the machine is configured for.
    if !package["resolved"].is_null() {
        faults.push("has an address: take the line \"resolved\" away".to_owned());
    }
    if package["link"] == true || !path.starts_with("node_modules/") {
        faults.push("is a folder, not a package of the registry".to_owned());
    }
    let version = package["version"].as_str().unwrap_or_default();
    if !version.starts_with(|first: char| first.is_ascii_digit()) {
        faults.push(format!("has the version \"{version}\", which is not the registry's"));
    }
    if !package["integrity"]
        .as_str()
        .is_some_and(|hash| hash.starts_with("sha512-"))
    {
        faults.push("has no SHA-512 of its content".to_owned());
    }
    match package["license"].as_str() {
        Some(licence) if LICENCES.contains(&licence) => {}
        Some(licence) => faults.push(format!(
            "has the licence {licence}, which package_lock.rs does not list"
        )),
        None if LICENCES_IN_FILES.contains(&(name, version)) => {}
        None => faults.push("does not say its licence".to_owned()),
    }
    if package["hasInstallScript"] == true {
        faults.push("runs a script of its own when it is installed".to_owned());
    }
    if let Some(message) = package["deprecated"].as_str() {
        faults.push(format!("is deprecated: {message}"));
    }
    faults.iter().map(|fault| format!("npm's {name} {fault}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The faults of a correct package after `changes`.
    fn faults_with(changes: &Value) -> Vec<String> {
        let mut package = json!({ "version": "1.2.3", "integrity": "sha512-AAAA", "dev": true, "license": "MIT" });
        for (field, value) in changes.as_object().unwrap() {
            package[field] = value.clone();
        }
        let lock = json!({
            "lockfileVersion": 3,
            "packages": { "": { "name": "ours" }, "node_modules/a/node_modules/@b/c": package },
        });
        faults(&lock.to_string()).unwrap()
    }

    #[test]
    fn a_good_package_has_no_faults() {
        assert!(faults_with(&json!({})).is_empty());
    }

    #[test]
    fn a_package_with_an_address_is_refused() {
        assert_eq!(
            faults_with(&json!({ "resolved": "https://registry.example/c.tgz" })),
            ["npm's @b/c has an address: take the line \"resolved\" away"]
        );
    }

    #[test]
    fn each_other_fault_is_named() {
        for (changes, fault) in [
            (json!({ "license": "GPL-3.0-only" }), "has the licence GPL-3.0-only"),
            (
                json!({ "license": "MIT AND GPL-3.0-only" }),
                "has the licence MIT AND GPL-3.0-only",
            ),
            (json!({ "license": null }), "does not say its licence"),
            (json!({ "integrity": null }), "has no SHA-512"),
            (json!({ "integrity": "sha1-AAAA" }), "has no SHA-512"),
            (
                json!({ "version": "git+ssh://git@example.com/c.git#1" }),
                "which is not the registry's",
            ),
            (json!({ "version": null }), "which is not the registry's"),
            (json!({ "link": true }), "is a folder"),
            (json!({ "hasInstallScript": true }), "runs a script"),
            (json!({ "deprecated": "use another" }), "is deprecated: use another"),
        ] {
            let faults = faults_with(&changes);
            assert_eq!(faults.len(), 1, "{changes}: {faults:?}");
            assert!(faults[0].contains(fault), "{changes}: {faults:?}");
        }
    }

    #[test]
    fn a_licence_in_a_file_counts_for_the_version_in_which_it_was_read() {
        let faults = |version: &str| {
            let package = json!({ "version": version, "integrity": "sha512-AAAA" });
            let lock = json!({ "lockfileVersion": 3, "packages": { "node_modules/parse-cache-control": package } });
            super::faults(&lock.to_string()).unwrap()
        };
        assert!(faults("1.0.1").is_empty());
        assert_eq!(faults("1.0.2"), ["npm's parse-cache-control does not say its licence"]);
    }

    #[test]
    fn a_folder_beside_the_packages_is_refused() {
        let lock = json!({ "lockfileVersion": 3, "packages": { "": {}, "../elsewhere": {
            "version": "1.0.0", "integrity": "sha512-AAAA", "license": "MIT",
        } } });
        assert_eq!(
            faults(&lock.to_string()).unwrap(),
            ["npm's ../elsewhere is a folder, not a package of the registry"]
        );
    }

    #[test]
    fn another_format_is_an_error() {
        for lock in [
            "",
            "{}",
            r#"{"lockfileVersion": 2, "packages": {}}"#,
            r#"{"lockfileVersion": 3}"#,
        ] {
            faults(lock).unwrap_err();
        }
    }
}
