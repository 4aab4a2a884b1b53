//! Installs the gateways that the tests put in front of the server.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::setup::{apt, pip};

const WHAT_FOR: &str = "test the gateways of docs/GATEWAYS.md";

/// Installs Debian's nginx and Caddy, and the gateways of end2end/gateways.txt. Returns the folder of the latter.
///
/// Every flavour of Debian's nginx contains `auth_request`. openssl makes the certificates of the gateways that speak TLS.
pub(crate) fn ensure(root: &Path) -> Result<PathBuf> {
    apt::ensure(&["nginx", "caddy", "openssl"], WHAT_FOR)?;
    pip::ensure_list(&root.join("end2end/gateways.txt"), "gateways", WHAT_FOR)
}
