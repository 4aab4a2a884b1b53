//! Bundles the style sheets, and minifies them: one that every page has, and one for each part that has rules of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::stylesheet::{MinifyOptions, ParserFlags, ParserOptions, PrinterOptions};
use lightningcss::targets::{Features, Targets};

/// Follows the `@import`s of `entry`, and inserts breakpoints (`@custom-media`). The style sheets are written for current browsers,
/// so nothing else is translated for older ones.
pub(crate) fn bundle(entry: &Path) -> Result<String> {
    if !entry.is_file() {
        bail!("{} is missing: it is the entry of the style sheets", entry.display());
    }
    let files = FileProvider::new();
    // The parser's errors borrow from the files, so they are converted to text here.
    let options = ParserOptions {
        flags: ParserFlags::CUSTOM_MEDIA,
        ..ParserOptions::default()
    };
    let mut sheet = Bundler::new(&files, None, options)
        .bundle(entry)
        .map_err(|error| anyhow!("the style sheets cannot be read: {error}"))?;
    sheet
        .minify(MinifyOptions {
            targets: Targets {
                include: Features::CustomMediaQueries,
                ..Targets::default()
            },
            ..MinifyOptions::default()
        })
        .map_err(|error| anyhow!("the style sheets cannot be minified: {error}"))?;
    let css = sheet
        .to_css(PrinterOptions {
            minify: true,
            ..PrinterOptions::default()
        })
        .map_err(|error| anyhow!("the style sheets cannot be written: {error}"))?
        .code;
    if let Some(reference) = reference_to_a_file(&css) {
        bail!("the style sheets refer to a file, url({reference}…), which the site would not contain: use a data: URL");
    }
    Ok(css)
}

/// Bundles each style sheet in the folder, which has the name of its part.
pub(crate) fn bundle_parts(folder: &Path) -> Result<BTreeMap<String, String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut sheets = BTreeMap::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(part) = name.strip_suffix(".css") else {
            bail!("{} is not a style sheet", path.display());
        };
        sheets.insert(part.to_owned(), bundle(&path)?);
    }
    Ok(sheets)
}

/// The start of the first `url(…)` that is neither a `data:` URL nor a fragment.
fn reference_to_a_file(css: &str) -> Option<&str> {
    css.match_indices("url(")
        .map(|(at, opening)| css[at + opening.len()..].trim_start_matches(['"', '\'']))
        .find(|rest| !rest.starts_with("data:") && !rest.starts_with('#'))
        .map(|rest| rest.split([')', '"', '\'']).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use super::*;

    fn style() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../style")
    }

    /// The names of the components that a style sheet imports, in its order.
    fn components(sheet: &Path) -> Vec<String> {
        let text = fs::read_to_string(sheet).unwrap();
        let imports = text
            .lines()
            .filter_map(|line| line.split_once("components/")?.1.split_once(".css\")"));
        imports
            .map(|(name, rest)| {
                let is_condition = CONDITIONS.contains(&name);
                let layer = if is_condition {
                    " layer(conditions);"
                } else {
                    " layer(components);"
                };
                assert_eq!(rest, layer, "{name} in {}", sheet.display());
                name.to_owned()
            })
            .collect()
    }

    /// The components that win over all others, whatever part is loaded after them.
    const CONDITIONS: [&str; 3] = ["touch", "forced-colors", "print"];

    #[test]
    fn every_component_is_in_the_main_style_sheet_or_in_those_of_parts() {
        let main = components(&style().join("main.css"));
        for condition in CONDITIONS {
            assert!(main.iter().any(|name| name == condition), "{condition}");
        }
        let mut in_parts = BTreeSet::new();
        for part in fs::read_dir(style().join("parts")).unwrap() {
            let part = part.unwrap().path();
            let components = components(&part);
            assert!(!components.is_empty(), "{}", part.display());
            for name in components {
                assert!(
                    !main.contains(&name),
                    "{name} of {} is in the main style sheet",
                    part.display()
                );
                in_parts.insert(name);
            }
        }
        for component in fs::read_dir(style().join("components")).unwrap() {
            let component = component.unwrap().path();
            let name = component.file_stem().unwrap().to_str().unwrap().to_owned();
            assert!(
                main.contains(&name) || in_parts.contains(&name),
                "{name} is in no style sheet"
            );
        }
    }

    #[test]
    fn the_style_sheet_of_a_part_has_its_own_rules_in_the_layer_of_components() {
        let sheets = bundle_parts(&style().join("parts")).unwrap();
        let usage = &sheets["usage"];
        assert!(usage.starts_with("@layer components{"), "{usage}");
        assert!(usage.contains(".usage-filters"), "{usage}");
        assert!(
            usage.contains("@media screen and (width<=720px)"),
            "the breakpoint of phones"
        );
        assert!(!usage.contains(".dialog{"), "what every page has");
        for (part, sheet) in sheets {
            assert!(
                !sheet.contains("@media (--"),
                "no name of a breakpoint is left in {part}"
            );
        }
    }

    #[test]
    fn breakpoints_are_put_in_their_places() {
        let css = bundle(&style().join("main.css")).unwrap();
        assert!(
            css.contains("@media screen and (width<=720px)"),
            "the breakpoint of phones"
        );
        assert!(!css.contains("@media (--"), "no name of a breakpoint is left");
        assert!(!css.contains("@custom-media"), "no definition is left");
    }

    #[test]
    fn a_reference_to_a_file_is_noticed() {
        assert_eq!(reference_to_a_file("a{background:url(data:,x)}b{mask:url(#m)}"), None);
        assert_eq!(
            reference_to_a_file("a{mask:url(data:,x)}b{src:url(\"inter.woff2\")}"),
            Some("inter.woff2")
        );
    }
}
