//! Makes the JS glue of wasm-bindgen smaller: short names for what the WASM imports, no comments, no indentation.

use anyhow::{Result, ensure};

/// The functions that the glue gives to the WASM. Each is declared on a line of its own, by a name that is not used elsewhere.
#[derive(Debug)]
pub(crate) struct Glue {
    js: String,
    renamed: usize,
}

impl Glue {
    pub(crate) fn new(js: &str) -> Self {
        Self {
            js: without_comments(js),
            renamed: 0,
        }
    }

    /// Gives an imported function a short name, and returns that name. The names of wasm-bindgen are long, and end in a hash that cannot
    /// be compressed. They would be in the WASM and in the glue.
    pub(crate) fn rename(&mut self, import: &str) -> Result<String> {
        let declared = format!("\n{import}: ");
        let count = self.js.matches(&declared).count();
        ensure!(
            count == 1,
            "the JS glue declares the import {import} {count} times: wasm-bindgen writes it in another way now"
        );
        let name = short_name(self.renamed);
        self.renamed += 1;
        self.js = self.js.replacen(&declared, &format!("\n{name}: "), 1);
        Ok(name)
    }

    pub(crate) fn into_js(self) -> String {
        self.js
    }
}

/// The JS without indentation, empty lines and comments that have lines of their own.
pub(crate) fn without_comments(js: &str) -> String {
    let mut small = String::with_capacity(js.len());
    let mut in_comment = false;
    for line in js.lines().map(str::trim) {
        in_comment |= line.starts_with("/*");
        if !in_comment && !line.is_empty() && !line.starts_with("//") {
            small.push_str(line);
            small.push('\n');
        }
        in_comment &= !line.ends_with("*/");
    }
    small
}

/// `a` to `z`, `aa` to `zz`, and so on. No name has a digit or an underscore, which the names of wasm-bindgen have.
fn short_name(number: usize) -> String {
    let letter = char::from(b'a' + u8::try_from(number % 26).unwrap_or_default());
    match number / 26 {
        0 => letter.to_string(),
        rest => format!("{}{letter}", short_name(rest - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JS: &str = "const import0 = {\n            __proto__: null,\n        __wbg_now_1a: function() {\n// Comment.\nreturn 1;\n},\n\
        __wbg_now_1a2b: Object.is,\n/**\n * @returns {number}\n */\n};\n\nlet a = `//${b}`;\n";

    #[test]
    fn imports_get_short_names_and_comments_are_left_out() {
        let mut glue = Glue::new(JS);
        assert_eq!(glue.rename("__wbg_now_1a2b").unwrap(), "a");
        assert_eq!(glue.rename("__wbg_now_1a").unwrap(), "b");
        assert_eq!(
            glue.into_js(),
            "const import0 = {\n__proto__: null,\nb: function() {\nreturn 1;\n},\na: Object.is,\n};\nlet a = `//${b}`;\n"
        );
    }

    #[test]
    fn an_import_that_the_glue_does_not_declare_is_an_error() {
        assert!(Glue::new(JS).rename("__wbg_then_1a").is_err());
    }

    #[test]
    fn short_names_differ() {
        let names: Vec<String> = [0, 25, 26, 51, 52, 701, 702].map(short_name).into();
        assert_eq!(names, ["a", "z", "aa", "az", "ba", "zz", "aaa"]);
    }
}
