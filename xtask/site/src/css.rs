//! Bundles the style sheets into one, and minifies it.

use std::path::Path;

use anyhow::{Result, anyhow, bail};
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

/// The start of the first `url(…)` that is neither a `data:` URL nor a fragment.
fn reference_to_a_file(css: &str) -> Option<&str> {
    css.match_indices("url(")
        .map(|(at, opening)| css[at + opening.len()..].trim_start_matches(['"', '\'']))
        .find(|rest| !rest.starts_with("data:") && !rest.starts_with('#'))
        .map(|rest| rest.split([')', '"', '\'']).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breakpoints_are_put_in_their_places() {
        let style = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../style/main.css");
        let css = bundle(&style).unwrap();
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
