//! Makes the compressed copies for `Content-Encoding`, with the highest compression.

use std::io::Write as _;

use anyhow::Result;
use brotli::CompressorWriter;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Highest quality, and the largest window that every browser accepts.
const BROTLI_QUALITY: u32 = 11;
const BROTLI_WINDOW: u32 = 22;

pub(crate) fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let mut writer = CompressorWriter::new(&mut compressed, 1 << 16, BROTLI_QUALITY, BROTLI_WINDOW);
    writer.write_all(content)?;
    drop(writer);
    Ok(compressed)
}

pub(crate) fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(content)?;
    Ok(writer.finish()?)
}
