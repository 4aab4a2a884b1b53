//! Yanked versions, which their authors took back. The registry's index names them, and cargo keeps a copy of what it has read
//! there. On a new machine the copy is new. On others it may be older than the last yank.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::dependencies::crates::Package;

/// One sentence for each yanked version that is not in deny.toml's list `ignore`.
pub(super) fn faults(packages: &[Package], caches: &[PathBuf], deny_toml: &str) -> Vec<String> {
    packages
        .iter()
        .filter(|package| caches.iter().any(|cache| is_yanked(cache, package)))
        .map(|package| format!("{}@{}", package.name, package.version))
        .filter(|package| !is_ignored(deny_toml, package))
        .map(|package| format!("{package} was yanked by its authors: run `cargo update {package}`"))
        .collect()
}

/// The folders with cargo's copies of registry indexes. There are none if all packages are vendored.
pub(super) fn index_caches() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let Some(Ok(indexes)) = home.map(|home| fs::read_dir(home.join("registry/index"))) else {
        return Vec::new();
    };
    indexes.flatten().map(|index| index.path().join(".cache")).collect()
}

/// A file of the copy has one JSON line of the index for each version, with notes of cargo between them.
fn is_yanked(cache: &Path, package: &Package) -> bool {
    let Ok(content) = fs::read(cache.join(index_path(&package.name))) else {
        return false;
    };
    content
        .split(|byte| *byte == 0)
        .filter_map(|part| serde_json::from_slice::<Value>(part).ok())
        .any(|line| line["vers"] == package.version.as_str() && line["yanked"] == true)
}

/// The path of a package in a registry's index (The Cargo Book, "Index files").
fn index_path(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    match name.as_bytes() {
        [_] => format!("1/{name}"),
        [_, _] => format!("2/{name}"),
        [_, _, _] => format!("3/{}/{name}", &name[..1]),
        _ => format!("{}/{}/{name}", &name[..2], &name[2..4]),
    }
}

/// Whether the section `advisories` of deny.toml names `package` ("NAME@VERSION"), in cargo-deny's own notation.
fn is_ignored(deny_toml: &str, package: &str) -> bool {
    let section = deny_toml.split_once("[advisories]").map_or("", |(_, rest)| rest);
    let section = section.split_once("\n[").map_or(section, |(section, _)| section);
    section.contains(&format!("crate = \"{package}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yanked_version_is_refused_unless_deny_toml_ignores_it() {
        let cache = tempfile::tempdir().unwrap();
        fs::create_dir_all(cache.path().join("se/rd")).unwrap();
        let file = [
            "\u{3}etag: \"a\"",
            "1.0.0",
            r#"{"name": "serde", "vers": "1.0.0", "yanked": false}"#,
            "1.0.1",
            r#"{"name": "serde", "vers": "1.0.1", "yanked": true}"#,
            "",
        ];
        fs::write(cache.path().join("se/rd/serde"), file.join("\0")).unwrap();
        let caches = [cache.path().to_path_buf()];
        let packages = [
            Package::of_registry("serde", "1.0.0"),
            Package::of_registry("serde", "1.0.1"),
            Package::of_registry("unknown", "1.0.1"),
        ];
        let faults = |deny_toml| super::faults(&packages, &caches, deny_toml);
        let fault = ["serde@1.0.1 was yanked by its authors: run `cargo update serde@1.0.1`"];
        assert_eq!(faults(""), fault);
        assert_eq!(
            faults("[bans]\nskip = [{ crate = \"serde@1.0.1\" }]\n[advisories]\nignore = []\n"),
            fault
        );
        assert!(faults("[advisories]\nignore = [{ crate = \"serde@1.0.1\", reason = \"…\" }]\n").is_empty());
        assert_eq!(
            faults("[advisories]\nignore = []\n[bans]\nskip = [{ crate = \"serde@1.0.1\" }]\n"),
            fault
        );
    }

    #[test]
    fn short_names_have_places_of_their_own() {
        for (name, path) in [("a", "1/a"), ("ab", "2/ab"), ("syn", "3/s/syn"), ("Axum", "ax/um/axum")] {
            assert_eq!(index_path(name), path);
        }
    }

    /// The format of the copy is cargo's own and may change; this test fails then.
    #[test]
    fn cargos_cache_is_understood() {
        let caches = index_caches();
        let known = caches.is_empty()
            || caches.iter().any(|cache| {
                let file = fs::read(cache.join(index_path("serde_json"))).unwrap_or_default();
                file.split(|byte| *byte == 0)
                    .filter_map(|part| serde_json::from_slice::<Value>(part).ok())
                    .any(|line| line["vers"].is_string() && line["yanked"].is_boolean())
            });
        assert!(
            known,
            "the format or the place of cargo's copy of the index has changed"
        );
    }
}
