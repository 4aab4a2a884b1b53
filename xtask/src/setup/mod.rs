//! What a bare machine lacks, one file a thing. Each does nothing where it is there already.

pub(crate) mod apt;
pub(crate) mod browser;
pub(crate) mod cargo_deny;
pub(crate) mod gateways;
pub(crate) mod node;
pub(crate) mod pip;
pub(crate) mod rust;
pub(crate) mod wasm_std;
pub(crate) mod wrk;
