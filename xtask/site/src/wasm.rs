//! The compiled WASM, made fit for browsers: split into parts that are loaded when they are needed, JS glue by
//! wasm-bindgen, size by wasm-opt.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow, bail};
use sha2::{Digest as _, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::folder::{HASH_LENGTH, hex};

/// What the browser loads: an ES module, the WASM that it loads when its default export is called with the WASM's address,
/// and the parts of the application that are loaded when they are needed.
pub(crate) struct Browser {
    /// Whatever is in any of the files: the names of all carry it, so that they refer only to each other.
    pub(crate) hash: String,
    pub(crate) js: Vec<u8>,
    pub(crate) wasm: Vec<u8>,
    /// Loads the parts; the ES module imports it.
    pub(crate) loader: Vec<u8>,
    /// By their names.
    pub(crate) parts: BTreeMap<String, Vec<u8>>,
}

/// The module from which the compiled WASM imports what loads its parts. `leptos::lazy` has written this name into it.
const LOADER: &str = "./__wasm_split.______________________.js";

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
    let scratch = compiled.with_extension("parts");
    if scratch.exists() {
        fs::remove_dir_all(&scratch).with_context(|| format!("{} cannot be removed", scratch.display()))?;
    }
    let split = split(compiled, &scratch)?;
    let js = bind(&split.main)?;
    let mut parts = BTreeMap::new();
    for part in split.parts {
        let name = part.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        parts.insert(name, optimise(&part, wasm_opt)?);
    }
    let wasm = optimise(&split.main, wasm_opt)?;

    let mut hash = Sha256::new();
    for content in [js.as_bytes(), &wasm, split.loader.as_bytes()] {
        hash.update(Sha256::digest(content));
    }
    for content in parts.values() {
        hash.update(Sha256::digest(content));
    }
    let hash = hex(&hash.finalize());
    let hash = &hash[..HASH_LENGTH];

    let js = renamed(
        &js,
        &format!("from \"{LOADER}\""),
        &format!("from \"./loader-{hash}.js\""),
    )?;
    let mut loader = renamed(&split.loader, "\"./latchkey.js\"", &format!("\"./latchkey-{hash}.js\""))?;
    for name in parts.keys() {
        loader = renamed(
            &loader,
            &format!("\"./{name}.wasm\""),
            &format!("\"./{name}-{hash}.wasm\""),
        )?;
    }
    Ok(Browser {
        hash: hash.to_owned(),
        js: js.into_bytes(),
        wasm,
        loader: loader.into_bytes(),
        parts,
    })
}

/// The compiled WASM, split at the functions marked with `leptos::lazy`.
struct Split {
    main: PathBuf,
    loader: String,
    parts: Vec<PathBuf>,
}

fn split(compiled: &Path, scratch: &Path) -> Result<Split> {
    let wasm = fs::read(compiled).with_context(|| format!("{} cannot be read", compiled.display()))?;
    let main = scratch.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(&wasm);
    options.output_dir = scratch;
    options.main_out_path = &main;
    options.main_module = "./latchkey.js";
    options.link_name = LOADER;
    let split = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("the compiled WASM cannot be split into its parts: {error:#}"))?;
    let loader = scratch.join(LOADER);
    let loader = fs::read_to_string(&loader).with_context(|| format!("{} cannot be read", loader.display()))?;
    Ok(Split {
        main,
        loader,
        parts: split.split_modules,
    })
}

/// Makes the JS glue, and the WASM that fits it in place of the compiled one.
fn bind(main: &Path) -> Result<String> {
    let mut output = Bindgen::new()
        .input_path(main)
        .out_name("latchkey")
        .web(true)?
        .typescript(false)
        // The parts find what they need of it by these names.
        .keep_lld_exports(true)
        .demangle(false)
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
    let js = output.js().to_owned();
    fs::write(main, output.wasm_mut().emit_wasm()).with_context(|| format!("{} cannot be written", main.display()))?;
    Ok(js)
}

fn optimise(wasm: &Path, wasm_opt: &Path) -> Result<Vec<u8>> {
    let optimised = wasm.with_extension("optimised.wasm");
    let status = Command::new("node")
        .arg(wasm_opt)
        .arg("-Oz")
        .args(FEATURES)
        .args(["--strip-debug", "--strip-producers", "--output"])
        .arg(&optimised)
        .arg(wasm)
        .status()
        .context("node, which runs wasm-opt, cannot be started")?;
    if !status.success() {
        bail!("wasm-opt failed ({status}), see its messages above");
    }
    fs::read(&optimised).with_context(|| format!("{} cannot be read", optimised.display()))
}

/// A text that is there, replaced. Where it is not, another version of a tool writes something else.
fn renamed(text: &str, from: &str, to: &str) -> Result<String> {
    if !text.contains(from) {
        bail!("the site's scripts do not name {from}, so that it cannot be given its place");
    }
    Ok(text.replace(from, to))
}
