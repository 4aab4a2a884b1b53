//! Merges the module that loads the parts into the JS glue. The glue would import it only once it has arrived itself, and every page
//! would wait for two files, one after the other.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Result, ensure};

use crate::glue::without_comments;

/// The module from which the compiled WASM imports the functions that load its parts. The name comes from `leptos::lazy`.
pub(crate) const LOADER: &str = "./__wasm_split.______________________.js";

/// The line with which the loader imports the glue.
const IMPORT_OF_GLUE: &str = "import { initSync } from \"./latchkey.js\";\n";

/// What every function has that loads a part, before its name.
const EXPORT: &str = "export const ";

/// What the loader does with the error of a part that has not arrived.
const REPORT: &str = "console.error(e);";

/// Reports the error some seconds later. A page that a person leaves breaks off what it still loads, which is no error. Such a page
/// is gone by then.
const REPORT_LATER: &str = "setTimeout(console.error, 5000, e);";

/// Puts the loader into the glue. `parts` has the content of each part by its name. The name of its file contains `hash`, too.
pub(crate) fn merge(glue: &str, loader: &str, parts: &BTreeMap<String, Vec<u8>>, hash: &str) -> Result<String> {
    let mut loader = without_comments(loader);
    loader = replace(&loader, IMPORT_OF_GLUE, "")?;
    loader = replace(&loader, REPORT, REPORT_LATER)?;
    for name in parts.keys() {
        loader = replace(
            &loader,
            &format!("new URL(\"./{name}.wasm\", import.meta.url)"),
            &format!("partUrl(\"{name}\")"),
        )?;
    }
    let exports: Vec<&str> = loader
        .lines()
        .filter_map(|line| line.strip_prefix(EXPORT)?.split_once(' '))
        .map(|(name, _)| name)
        .collect();
    let functions = exports.join(", ");
    let loader = replace(&loader, EXPORT, "const ")?;

    // The glue imports the loader, and hands it to the WASM, once for each function.
    let import = format!("from \"{LOADER}\"");
    let hand_over = format!("\"{LOADER}\": import");
    let (mut js, mut handed_over) = (String::with_capacity(glue.len() + loader.len()), false);
    for line in glue.lines() {
        if line.starts_with("import ") && line.ends_with(&import) {
            continue;
        }
        if line.starts_with(&hand_over) {
            if !handed_over {
                writeln!(js, "\"{LOADER}\": {{ {functions} }},")?;
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
    write!(
        js,
        "const partUrl = (name) => new URL(`./${{name}}-{hash}.wasm`, import.meta.url);\n{loader}"
    )?;
    Ok(js)
}

/// Replaces a text. Fails if the text is missing, since then a new version of a tool writes something else.
fn replace(text: &str, from: &str, to: &str) -> Result<String> {
    ensure!(
        text.contains(from),
        "the loader of the parts does not contain {from:?}: wasm_split_cli_support writes it in another way now"
    );
    Ok(text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOADER_JS: &str = "import { initSync } from \"./latchkey.js\";\n\nfunction wrapAsyncCb(callee) {\n    \
        console.error(e);\n}\nfunction makeLoad(fetcher, deps) {}\n/* home, keys */\n\
        const __chunk_9 = makeLoad(() => {\n    const src = fetch(new URL(\"./chunk_9.wasm\", import.meta.url));\n}\n, []);\n\
        export const __wasm_split_load_home = wrapAsyncCb(makeLoad(() => {\n    const src = fetch(new URL(\"./split_home.wasm\", \
        import.meta.url));\n}\n, [__chunk_9]));\nexport const __wasm_split_load_keys = 1;\n";

    fn glue() -> String {
        format!(
            "import * as import1 from \"{LOADER}\"\nimport * as import2 from \"{LOADER}\"\nreturn {{\n\
             \"./latchkey_bg.js\": import0,\n\"{LOADER}\": import1,\n\"{LOADER}\": import2,\n}};\n\
             export {{ initSync, __wbg_init as default }};\n"
        )
    }

    fn parts(names: &[&str]) -> BTreeMap<String, Vec<u8>> {
        names.iter().map(|name| ((*name).to_owned(), Vec::new())).collect()
    }

    #[test]
    fn the_glue_loads_the_parts_itself() {
        let js = merge(&glue(), LOADER_JS, &parts(&["chunk_9", "split_home"]), "ab12").unwrap();
        assert_eq!(
            js,
            format!(
                "return {{\n\"./latchkey_bg.js\": import0,\n\
                 \"{LOADER}\": {{ __wasm_split_load_home, __wasm_split_load_keys }},\n}};\n\
                 export {{ initSync, __wbg_init as default }};\n\
                 const partUrl = (name) => new URL(`./${{name}}-ab12.wasm`, import.meta.url);\n\
                 function wrapAsyncCb(callee) {{\nsetTimeout(console.error, 5000, e);\n}}\n\
                 function makeLoad(fetcher, deps) {{}}\n\
                 const __chunk_9 = makeLoad(() => {{\nconst src = fetch(partUrl(\"chunk_9\"));\n}}\n, []);\n\
                 const __wasm_split_load_home = wrapAsyncCb(makeLoad(() => {{\nconst src = fetch(partUrl(\"split_home\"));\n}}\n, \
                 [__chunk_9]));\nconst __wasm_split_load_keys = 1;\n"
            )
        );
    }

    #[test]
    fn a_part_that_the_loader_does_not_load_is_an_error() {
        assert!(merge(&glue(), LOADER_JS, &parts(&["chunk_10"]), "ab12").is_err());
    }

    #[test]
    fn a_glue_without_the_loader_is_an_error() {
        assert!(merge("const import0 = {};\n", LOADER_JS, &parts(&["chunk_9"]), "ab12").is_err());
    }
}
