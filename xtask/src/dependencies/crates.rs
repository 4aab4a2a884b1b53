//! The Rust packages that Cargo.lock names.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::command::output_of;
use crate::setup::rust;

#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// Whether the package comes from a folder, rather than from a registry or git.
    folder: Option<PathBuf>,
}

/// The packages of the workspace at `root` and all their dependencies, for every system.
pub(super) fn of(root: &Path) -> Result<Vec<Package>> {
    let metadata = output_of(rust::cargo(root).args(["metadata", "--locked", "--all-features", "--format-version=1"]))?;
    read(&metadata)
}

fn read(metadata: &str) -> Result<Vec<Package>> {
    let metadata: Value = serde_json::from_str(metadata).context("`cargo metadata` did not print JSON")?;
    let packages = metadata["packages"]
        .as_array()
        .context("`cargo metadata` lists no packages")?;
    packages
        .iter()
        .map(|package| {
            let text = |field: &str| {
                package[field]
                    .as_str()
                    .map(str::to_owned)
                    .with_context(|| format!("`cargo metadata` does not say the {field} of a package"))
            };
            let manifest = PathBuf::from(text("manifest_path")?);
            Ok(Package {
                name: text("name")?,
                version: text("version")?,
                folder: package["source"].is_null().then(|| manifest.with_file_name("")),
            })
        })
        .collect()
}

/// One sentence for each package in a folder outside the checkout. cargo-deny accepts these, but a clone would not have them.
pub(super) fn outside(packages: &[Package], root: &Path) -> Vec<String> {
    packages
        .iter()
        .filter_map(|package| {
            let folder = package.folder.as_ref().filter(|folder| !folder.starts_with(root))?;
            Some(format!(
                "{} is in {}, outside the checkout",
                package.name,
                folder.display()
            ))
        })
        .collect()
}

#[cfg(test)]
impl Package {
    pub(super) fn of_registry(name: &str, version: &str) -> Package {
        Package {
            name: name.to_owned(),
            version: version.to_owned(),
            folder: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_in_a_folder_outside_the_checkout_is_refused() {
        let packages = read(
            r#"{"packages": [
                {"name": "ours", "version": "0.1.0", "source": null, "manifest_path": "/checkout/ours/Cargo.toml"},
                {"name": "strange", "version": "1.0.0", "source": null, "manifest_path": "/strange/Cargo.toml"},
                {"name": "serde", "version": "1.0.0", "source": "registry+…", "manifest_path": "/cache/serde/Cargo.toml"}
            ]}"#,
        )
        .unwrap();
        assert_eq!(
            outside(&packages, Path::new("/checkout")),
            ["strange is in /strange/, outside the checkout"]
        );
    }

    #[test]
    fn text_that_is_not_cargo_metadata_is_an_error() {
        for metadata in ["", "{}", r#"{"packages": [{"name": "one"}]}"#] {
            read(metadata).unwrap_err();
        }
    }
}
