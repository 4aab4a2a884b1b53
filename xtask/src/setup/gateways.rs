//! The gateways that are tested in front of the server.

use anyhow::Result;

use crate::setup::apt;

/// Debian's nginx has `auth_request` built in, whichever of its flavours is installed.
pub(crate) fn ensure() -> Result<()> {
    apt::ensure(&["nginx", "caddy"], "test the gateways of docs/GATEWAYS.md")
}
