//! Makes the compiled WASM fit for browsers: splits it into parts that are loaded on demand, adds the JS glue with wasm-bindgen, and
//! makes it smaller with wasm-opt.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow, bail};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use sha2::{Digest as _, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::folder::{HASH_LENGTH, hex};
use crate::glue::Glue;
use crate::loader::{self, LOADER};
use crate::parts::{self, Packed};
use crate::{places, sort, unused};

/// What the browser loads: an ES module; the WASM, which the ES module loads when its default export is called with the WASM's URL; and the
/// parts of the application, which the ES module loads on demand.
pub(crate) struct Browser {
    /// A hash over the content of all files and of the parts' style sheets. The names of all of them contain it, so that a file refers
    /// only to files of one build.
    pub(crate) hash: String,
    pub(crate) js: Vec<u8>,
    pub(crate) wasm: Vec<u8>,
    pub(crate) parts: Packed,
}

/// The name under which the WASM imports the functions of the JS glue. It comes from wasm-bindgen.
const GLUE: &str = "./latchkey_bg.js";

/// The WASM features that rustc uses for wasm32-unknown-unknown. wasm-opt enables none of them by itself.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// `wasm_opt` is the script of npm's package binaryen, run by Node. Without it, the WASM stays as it is. `styles` has the style sheets of
/// the parts.
pub(crate) fn for_browsers(
    compiled: &Path,
    wasm_opt: Option<&Path>,
    styles: &BTreeMap<String, String>,
) -> Result<Browser> {
    let scratch = compiled.with_extension("parts");
    if scratch.exists() {
        fs::remove_dir_all(&scratch).with_context(|| format!("{} cannot be removed", scratch.display()))?;
    }
    let split = split(compiled, &scratch, wasm_opt.is_some())?;
    let bound = split.main.with_extension("bound.wasm");
    let js = bind(&split.main, &bound)?;
    let optimise_part = |part: PathBuf| {
        let name = part.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok((name, optimise(&part, wasm_opt)?))
    };
    // wasm-opt runs on one core.
    let (wasm, modules) = rayon::join(
        || optimise(&bound, wasm_opt),
        || {
            split
                .modules
                .into_par_iter()
                .map(optimise_part)
                .collect::<Result<BTreeMap<_, _>>>()
        },
    );
    let (wasm, modules) = (wasm?, modules?);
    let parts = parts::pack(&modules, &split.modules_of_parts)?;
    let with_sheet: Vec<&str> = styles.keys().map(String::as_str).collect();
    if let Some(part) = with_sheet
        .iter()
        .find(|part| !parts.files_of_parts.contains_key(**part))
    {
        bail!("style/parts/{part}.css is the style sheet of a part that the WASM does not have");
    }

    let mut hash = Sha256::new();
    for content in [js.as_bytes(), &wasm, loader::SCRIPT.as_bytes()] {
        hash.update(Sha256::digest(content));
    }
    for content in parts.files.values() {
        hash.update(Sha256::digest(content));
    }
    for (part, style) in styles {
        hash.update(Sha256::digest(part));
        hash.update(Sha256::digest(style));
    }
    let hash = hex(&hash.finalize());
    let hash = &hash[..HASH_LENGTH];

    let known = loader::Parts {
        files: &parts.files_of_parts,
        styled: &with_sheet,
        hash,
    };
    let js = loader::merge(&js, &split.loader, known)?;
    Ok(Browser {
        hash: hash.to_owned(),
        js: js.into_bytes(),
        wasm,
        parts,
    })
}

/// The compiled WASM, split at the functions marked with `leptos::lazy`.
struct Split {
    main: PathBuf,
    loader: String,
    /// The files of all other modules. Their names without the extension are the names of the modules.
    modules: Vec<PathBuf>,
    /// The names of the modules that each part needs.
    modules_of_parts: BTreeMap<String, Vec<String>>,
}

fn split(compiled: &Path, scratch: &Path, optimised: bool) -> Result<Split> {
    let wasm = fs::read(compiled).with_context(|| format!("{} cannot be read", compiled.display()))?;
    let wasm = unused::empty(&wasm, optimised)?;
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
        modules: split.split_modules,
        modules_of_parts: split.prefetch_map.into_iter().collect(),
    })
}

/// Makes the JS glue, and writes the WASM that fits it to `bound`. `main` keeps the names of its functions, so that tools can tell what
/// is in it.
fn bind(main: &Path, bound: &Path) -> Result<String> {
    let mut output = Bindgen::new()
        .input_path(main)
        .out_name("latchkey")
        .web(true)?
        .typescript(false)
        // The parts find its items by these names.
        .keep_lld_exports(true)
        .demangle(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()
        .context("wasm-bindgen cannot read the compiled WASM")?;
    // A crate that declares only types is listed, too, with an empty entry.
    let inline = output
        .snippets()
        .iter()
        .filter(|(_, snippets)| !snippets.is_empty())
        .map(|(name, _)| name);
    if let Some(origin) = inline.chain(output.local_modules().keys()).next() {
        bail!("{origin} brings inline JS with it, which the site does not serve: use web-sys or js-sys");
    }
    let mut glue = Glue::new(output.js());
    for import in output.wasm_mut().imports.iter_mut() {
        // The parts have to find what the loader gives to the WASM.
        if import.module == GLUE {
            import.name = glue.rename(&import.name)?;
        }
    }
    let exports = &mut output.wasm_mut().exports;
    let mut unused = Vec::new();
    for export in exports.iter() {
        if is_for_streams(&export.name) {
            unused.push(export.id());
        }
    }
    for export in unused {
        exports.delete(export);
    }
    fs::write(bound, output.wasm_mut().emit_wasm())
        .with_context(|| format!("{} cannot be written", bound.display()))?;
    Ok(glue.into_js())
}

/// Whether an export belongs to the streams of server functions (`wasm-streams`). `server_fn` brings them along, and the console uses
/// none. wasm-opt removes their code once they are no exports.
fn is_for_streams(export: &str) -> bool {
    export.trim_start_matches("__wbg_").starts_with("intounderlying")
}

fn optimise(wasm: &Path, wasm_opt: Option<&Path>) -> Result<Vec<u8>> {
    let Some(wasm_opt) = wasm_opt else {
        return fs::read(wasm).with_context(|| format!("{} cannot be read", wasm.display()));
    };
    let optimised = wasm.with_extension("optimised.wasm");
    let status = Command::new("node")
        .arg(wasm_opt)
        // `-Oz` makes files that are smaller, and larger once they are compressed.
        .arg("-Os")
        .args(FEATURES)
        // The data start at 1 MiB, above the stack.
        .args(["--low-memory-unused", "--strip-debug", "--strip-producers", "--output"])
        .arg(&optimised)
        .arg(wasm)
        .status()
        .context("node, which runs wasm-opt, cannot be started")?;
    if !status.success() {
        bail!("wasm-opt failed ({status}), see its messages above");
    }
    let wasm = fs::read(&optimised).with_context(|| format!("{} cannot be read", optimised.display()))?;
    sort::sorted(&places::empty(&wasm)?)
}
