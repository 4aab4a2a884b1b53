//! Puts the script that loads the parts into the JS glue. The glue would import it only once it has arrived itself, and every page
//! would wait for two files, one after the other.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Result, ensure};

use crate::glue::without_comments;

/// The module from which the compiled WASM imports the functions that load its parts. The name comes from `leptos::lazy`.
pub(crate) const LOADER: &str = "./__wasm_split.______________________.js";

/// Our own loader. It takes the place of the one by `wasm_split_cli_support`, which has a function and a request for every module.
pub(crate) const SCRIPT: &str = include_str!("loader.js");

/// What the loader by `wasm_split_cli_support` contains, and ours relies on: the imports of the modules, and how the WASM is told of the
/// result.
const RELIED_ON: [&str; 3] = [
    "sharedImports = { __wasm_split: {  } };",
    "= initSync(undefined, undefined);",
    "__indirect_function_table.get(callbackIndex)(callbackData, success);",
];

/// What the loader has to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    /// The names of the files of each part.
    pub(crate) files: &'a BTreeMap<String, Vec<String>>,
    /// The parts that have a style sheet.
    pub(crate) styled: &'a [&'a str],
    /// The hash in the names of all these files.
    pub(crate) hash: &'a str,
}

/// Puts the loader into the glue. `replaced` is the loader by `wasm_split_cli_support`.
pub(crate) fn merge(glue: &str, replaced: &str, parts: Parts<'_>) -> Result<String> {
    let functions = parts.files.keys();
    let functions = functions.map(|part| format!("export const __wasm_split_load_{part} = "));
    for text in functions.chain(RELIED_ON.map(str::to_owned)) {
        ensure!(
            replaced.contains(&text),
            "the loader of the parts does not contain {text:?}: wasm_split_cli_support writes it in another way now"
        );
    }
    // The glue imports the loader, and hands it to the WASM, once for each function.
    let import = format!("from \"{LOADER}\"");
    let hand_over = format!("\"{LOADER}\": import");
    let (mut js, mut handed_over) = (String::with_capacity(glue.len() + SCRIPT.len()), false);
    for line in glue.lines() {
        if line.starts_with("import ") && line.ends_with(&import) {
            continue;
        }
        if line.starts_with(&hand_over) {
            if !handed_over {
                writeln!(js, "\"{LOADER}\": partLoaders,")?;
                handed_over = true;
            }
            continue;
        }
        js.push_str(line);
        js.push('\n');
    }
    ensure!(
        handed_over,
        "the JS glue does not hand the loader of the parts to the WASM"
    );
    ensure!(
        !js.contains(&import),
        "the JS glue imports the loader of the parts in another way now"
    );
    writeln!(js, "const HASH = {};", serde_json::to_string(parts.hash)?)?;
    writeln!(js, "const FILES = {};", serde_json::to_string(parts.files)?)?;
    writeln!(js, "const STYLED = {};", serde_json::to_string(parts.styled)?)?;
    js.push_str(&without_comments(SCRIPT));
    Ok(js)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced() -> String {
        format!(
            "{}\nexport const __wasm_split_load_home = 1;\nexport const __wasm_split_load_keys = 2;\n",
            RELIED_ON.join("\n")
        )
    }

    fn glue() -> String {
        format!(
            "import * as import1 from \"{LOADER}\"\nimport * as import2 from \"{LOADER}\"\nreturn {{\n\
             \"./latchkey_bg.js\": import0,\n\"{LOADER}\": import1,\n\"{LOADER}\": import2,\n}};\n\
             export {{ initSync, __wbg_init as default }};\n"
        )
    }

    fn files(parts: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        parts
            .iter()
            .map(|(part, names)| ((*part).to_owned(), owned(names)))
            .collect()
    }

    fn parts(files: &BTreeMap<String, Vec<String>>) -> Parts<'_> {
        Parts {
            files,
            styled: &["keys"],
            hash: "ab12",
        }
    }

    #[test]
    fn the_glue_loads_the_parts_itself() {
        let files = files(&[("home", &["split_home"]), ("keys", &["split_keys", "chunk_9"])]);
        let js = merge(&glue(), &replaced(), parts(&files)).unwrap();
        let start = format!(
            "return {{\n\"./latchkey_bg.js\": import0,\n\"{LOADER}\": partLoaders,\n}};\n\
             export {{ initSync, __wbg_init as default }};\n\
             const HASH = \"ab12\";\n\
             const FILES = {{\"home\":[\"split_home\"],\"keys\":[\"split_keys\",\"chunk_9\"]}};\n\
             const STYLED = [\"keys\"];\n"
        );
        assert!(js.starts_with(&start), "{js}");
        assert!(js.ends_with(&without_comments(SCRIPT)), "{js}");
        assert!(!js.contains("// "), "no comment is left: {js}");
    }

    #[test]
    fn a_part_that_the_wasm_does_not_load_is_an_error() {
        assert!(merge(&glue(), &replaced(), parts(&files(&[("audit", &["split_audit"])]))).is_err());
    }

    #[test]
    fn a_glue_without_the_loader_is_an_error() {
        let files = files(&[("home", &["split_home"])]);
        assert!(merge("const import0 = {};\n", &replaced(), parts(&files)).is_err());
    }

    #[test]
    fn a_loader_that_works_in_another_way_is_an_error() {
        let files = files(&[("home", &["split_home"])]);
        assert!(merge(&glue(), "export const __wasm_split_load_home = 1;\n", parts(&files)).is_err());
    }
}
