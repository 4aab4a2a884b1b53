//! Installs the gateways that the tests put in front of the server.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::cache;
use crate::setup::{apt, pip};

const WHAT_FOR: &str = "test the gateways of docs/GATEWAYS.md";

/// Installs Debian's nginx and Caddy, and the gateways of end2end/gateways.txt. Returns the folder of the latter.
///
/// Every flavour of Debian's nginx contains `auth_request`. openssl makes the certificates of the gateways that speak TLS.
pub(crate) fn ensure(root: &Path) -> Result<PathBuf> {
    apt::ensure(&["nginx", "caddy", "openssl"], WHAT_FOR)?;
    let list = root.join("end2end/gateways.txt");
    let text = fs::read_to_string(&list).with_context(|| format!("{} cannot be read", list.display()))?;
    let folder = cache::folder()?.join(format!("gateways-{}", fingerprint(&text)));
    pip::ensure(&folder, &text, WHAT_FOR)?;
    Ok(folder)
}

/// The folder of a list depends on its content, so an older version is never taken for a newer one.
fn fingerprint(list: &str) -> String {
    let mut hash = DefaultHasher::new();
    list.hash(&mut hash);
    format!("{:016x}", hash.finish())
}
