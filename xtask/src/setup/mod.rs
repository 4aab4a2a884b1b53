//! Installs what a new machine lacks, one file for each tool. Each does nothing if the tool is already installed.

pub(crate) mod apt;
pub(crate) mod browser;
pub(crate) mod cargo_deny;
pub(crate) mod faketime;
pub(crate) mod gateways;
pub(crate) mod node;
pub(crate) mod pip;
pub(crate) mod postgres;
pub(crate) mod rust;
pub(crate) mod wasm_std;
pub(crate) mod wrk;
