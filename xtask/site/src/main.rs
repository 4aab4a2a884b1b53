//! Makes the site out of the compiled WASM and the style sheets: JS glue, optimised WASM, style sheets and the icon, under
//! content-hashed names, compressed, with a manifest of the names.
//!
//! A package of its own, run by `cargo xtask`, so that its large dependencies are compiled once per machine.

mod compress;
mod css;
mod folder;
mod glue;
mod linked;
mod loader;
mod parts;
mod places;
mod sort;
mod unused;
mod wasm;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::compress::Compression;
use crate::folder::{File, Folder, Inputs, PartFiles};

/// The command line.
struct Options {
    /// Whether to make the site quickly, and not small.
    quick: bool,
    wasm: PathBuf,
    wasm_opt: PathBuf,
    style: PathBuf,
    out: PathBuf,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("      {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let options = options()?;
    let inputs = Inputs::read(&options.wasm, &options.wasm_opt, &options.style)?;
    let folder = Folder::new(options.out);
    if folder.is_made_of(&inputs) {
        eprintln!("      The site is up to date.");
        return Ok(());
    }

    let css = css::bundle(&options.style.join("main.css"))?;
    let styles = css::bundle_parts(&options.style.join("parts"))?;
    let icon =
        std::fs::read(options.style.join("icon.svg")).context("style/icon.svg, the site's icon, cannot be read")?;
    let wasm_opt = (!options.quick).then_some(options.wasm_opt.as_path());
    let browser = wasm::for_browsers(&options.wasm, wasm_opt, &styles)?;
    let of_browser = |key, name: &str, extension, content| File {
        key,
        name: format!("{name}-{}.{extension}", browser.hash),
        content,
    };
    let mut files = vec![
        of_browser(Some("js"), "latchkey", "js", &browser.js[..]),
        of_browser(Some("wasm"), "latchkey", "wasm", &browser.wasm),
        File::alone("css", "latchkey", "css", css.as_bytes()),
        File::alone("icon", "icon", "svg", &icon),
    ];
    for (name, content) in &browser.parts.files {
        files.push(of_browser(None, name, "wasm", content));
    }
    for (part, style) in &styles {
        files.push(of_browser(None, part, "css", style.as_bytes()));
    }
    let compression = if options.quick {
        Compression::Fast
    } else {
        Compression::Best
    };
    let hash = &browser.hash;
    let needed = browser.parts.files_of_parts.iter();
    let needed = needed.map(|(part, names)| {
        let names = names.iter().map(|name| format!("{name}-{hash}.wasm"));
        (part.clone(), names.collect())
    });
    let parts = PartFiles {
        wasm: needed.collect(),
        styles: styles
            .keys()
            .map(|part| (part.clone(), format!("{part}-{hash}.css")))
            .collect(),
    };
    folder.write(&inputs, &files, &parts, compression)
}

fn options() -> Result<Options> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from).peekable();
    let quick = arguments
        .next_if(|argument| argument.as_os_str() == "--quick")
        .is_some();
    let (Some(wasm), Some(wasm_opt), Some(style), Some(out), None) = (
        arguments.next(),
        arguments.next(),
        arguments.next(),
        arguments.next(),
        arguments.next(),
    ) else {
        bail!("usage: site [--quick] WASM_FILE WASM_OPT STYLE_FOLDER OUTPUT_FOLDER (cargo xtask calls this)");
    };
    Ok(Options {
        quick,
        wasm,
        wasm_opt,
        style,
        out,
    })
}
