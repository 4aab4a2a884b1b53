//! The folder of the finished site, and the stamp beside it: a hash over its inputs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use sha2::{Digest as _, Sha256};

use crate::compress::{Compression, brotli, gzip};

/// A hash over all inputs and tools of the site.
pub(crate) struct Inputs(String);

impl Inputs {
    pub(crate) fn read(wasm: &Path, wasm_opt: &Path, style: &Path) -> Result<Inputs> {
        let mut hash = Sha256::new();
        // Tools are identified by size and time, since they are large and change only when they are replaced.
        let program = std::env::current_exe().context("this program's own path is unknown")?;
        for tool in [program.as_path(), wasm_opt] {
            let metadata = fs::metadata(tool).with_context(|| format!("{} cannot be read", tool.display()))?;
            hash.update(format!("{} {:?} ", metadata.len(), metadata.modified()?));
        }
        let mut files = vec![wasm.to_path_buf()];
        list_files(style, &mut files)?;
        for file in files {
            let content = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            hash.update(Sha256::digest(content));
        }
        Ok(Inputs(hex(&hash.finalize())))
    }
}

fn list_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            list_files(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Hexadecimal digits of the hash in a file's name.
pub(crate) const HASH_LENGTH: usize = 16;

/// A file of the site. Its name contains a hash of its content.
pub(crate) struct File<'a> {
    /// Its name in the manifest; `None` if only another file refers to it.
    pub(crate) key: Option<&'static str>,
    pub(crate) name: String,
    pub(crate) content: &'a [u8],
}

impl<'a> File<'a> {
    /// A file that refers to no other file.
    pub(crate) fn alone(key: &'static str, name: &str, extension: &str, content: &'a [u8]) -> Self {
        let hash = hex(&Sha256::digest(content));
        Self {
            key: Some(key),
            name: format!("{name}-{}.{extension}", &hash[..HASH_LENGTH]),
            content,
        }
    }
}

/// The names of the files of the parts, by the names of the parts.
#[derive(Debug)]
pub(crate) struct PartFiles {
    /// The WASM files that a part needs.
    pub(crate) wasm: BTreeMap<String, Vec<String>>,
    /// The style sheet of a part.
    pub(crate) styles: BTreeMap<String, String>,
}

/// `manifest.json` and `assets/`.
pub(crate) struct Folder {
    path: PathBuf,
    stamp: PathBuf,
}

impl Folder {
    pub(crate) fn new(path: PathBuf) -> Folder {
        let stamp = path.with_extension("stamp");
        Folder { path, stamp }
    }

    pub(crate) fn is_made_of(&self, inputs: &Inputs) -> bool {
        self.path.join("manifest.json").is_file()
            && fs::read_to_string(&self.stamp).is_ok_and(|made_of| made_of == inputs.0)
    }

    /// Writes each file and its compressed copies, removes the files of earlier builds, and then writes the manifest and the stamp.
    pub(crate) fn write(
        &self,
        inputs: &Inputs,
        files: &[File<'_>],
        parts: &PartFiles,
        compression: Compression,
    ) -> Result<()> {
        let assets = self.path.join("assets");
        fs::create_dir_all(&assets).with_context(|| format!("{} cannot be created", assets.display()))?;
        let mut manifest = serde_json::Map::new();
        let mut current = BTreeSet::new();
        let compressed = files
            .par_iter()
            .map(|file| Ok((brotli(file.content, compression)?, gzip(file.content, compression)?)))
            .collect::<Result<Vec<_>>>()?;
        for (&File { key, ref name, content }, (br, gz)) in files.iter().zip(compressed) {
            eprintln!(
                "      {name}: {} bytes, {} as brotli, {} as gzip",
                content.len(),
                br.len(),
                gz.len()
            );
            for (name, content) in [
                (format!("{name}.br"), &br[..]),
                (format!("{name}.gz"), &gz),
                (name.clone(), content),
            ] {
                write_if_different(&assets.join(&name), content)?;
                current.insert(name);
            }
            if let Some(key) = key {
                manifest.insert(key.to_owned(), name.clone().into());
            }
        }
        manifest.insert("parts".to_owned(), serde_json::to_value(&parts.wasm)?);
        manifest.insert("styles".to_owned(), serde_json::to_value(&parts.styles)?);
        for entry in fs::read_dir(&assets)? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(|name| current.contains(name)) {
                fs::remove_file(entry.path())?;
            }
        }
        let mut manifest = serde_json::to_string_pretty(&manifest)?;
        manifest.push('\n');
        write_if_different(&self.path.join("manifest.json"), manifest.as_bytes())?;
        fs::write(&self.stamp, &inputs.0).with_context(|| format!("{} cannot be written", self.stamp.display()))
    }
}

/// Leaves an unchanged file alone. With a new time it would make cargo compile the server again.
fn write_if_different(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|existing| existing == content) {
        return Ok(());
    }
    fs::write(path, content).with_context(|| format!("{} cannot be written", path.display()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
