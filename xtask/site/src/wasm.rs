//! The compiled WASM, made fit for browsers: JS glue by wasm-bindgen, size by wasm-opt.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

/// An ES module and the WASM that it loads when its default export is called with the WASM's address.
pub(crate) struct Browser {
    pub(crate) js: Vec<u8>,
    pub(crate) wasm: Vec<u8>,
}

/// What rustc may use in a module for wasm32-unknown-unknown; wasm-opt takes nothing for granted.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// `wasm_opt` is the script of npm's package binaryen, run by Node.
pub(crate) fn for_browsers(compiled: &Path, wasm_opt: &Path) -> Result<Browser> {
    let mut output = Bindgen::new()
        .input_path(compiled)
        .out_name("latchkey")
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()
        .context("wasm-bindgen cannot read the compiled WASM")?;
    // A crate that only declares types of its own is listed too, with nothing in it.
    let inline = output
        .snippets()
        .iter()
        .filter(|(_, snippets)| !snippets.is_empty())
        .map(|(name, _)| name);
    if let Some(origin) = inline.chain(output.local_modules().keys()).next() {
        bail!("{origin} brings inline JS with it, which the site does not serve: use web-sys or js-sys");
    }
    let js = output.js().as_bytes().to_vec();

    let scratch = compiled.with_extension("bindgen.wasm");
    let optimised = compiled.with_extension("optimised.wasm");
    std::fs::write(&scratch, output.wasm_mut().emit_wasm())
        .with_context(|| format!("{} cannot be written", scratch.display()))?;
    let status = Command::new("node")
        .arg(wasm_opt)
        .arg("-Oz")
        .args(FEATURES)
        .args(["--strip-debug", "--strip-producers", "--output"])
        .arg(&optimised)
        .arg(&scratch)
        .status()
        .context("node, which runs wasm-opt, cannot be started")?;
    if !status.success() {
        bail!("wasm-opt failed ({status}), see its messages above");
    }
    let wasm = std::fs::read(&optimised).with_context(|| format!("{} cannot be read", optimised.display()))?;
    Ok(Browser { js, wasm })
}
