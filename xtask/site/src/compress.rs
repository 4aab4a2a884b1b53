//! Makes the compressed copies for `Content-Encoding`.

use std::io::Write as _;

use anyhow::Result;
use brotli::CompressorWriter;
use flate2::write::GzEncoder;

/// The largest window that every browser accepts.
const BROTLI_WINDOW: u32 = 22;

/// How hard to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    /// The smallest files.
    Best,
    /// Files of twice the size, in a fraction of the time.
    Fast,
}

pub(crate) fn brotli(content: &[u8], compression: Compression) -> Result<Vec<u8>> {
    let quality = match compression {
        Compression::Best => 11,
        Compression::Fast => 1,
    };
    let mut compressed = Vec::new();
    let mut writer = CompressorWriter::new(&mut compressed, 1 << 16, quality, BROTLI_WINDOW);
    writer.write_all(content)?;
    drop(writer);
    Ok(compressed)
}

pub(crate) fn gzip(content: &[u8], compression: Compression) -> Result<Vec<u8>> {
    let level = match compression {
        Compression::Best => flate2::Compression::best(),
        Compression::Fast => flate2::Compression::fast(),
    };
    let mut writer = GzEncoder::new(Vec::new(), level);
    writer.write_all(content)?;
    Ok(writer.finish()?)
}
