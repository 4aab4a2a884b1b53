//! The user's cache folder, which outlives a checkout: compiled dependencies and the WASM standard library.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File, TryLockError};
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// `${XDG_CACHE_HOME:-$HOME/.cache}/latchkey`
pub(crate) fn folder() -> Result<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .context("neither XDG_CACHE_HOME nor HOME is set, so there is no cache folder: set one of them")?;
    let folder = base.join("latchkey");
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be created", folder.display()))?;
    Ok(folder)
}

/// A cargo target folder in the cache, locked for this process as long as the value lives.
///
/// Checkouts share it, and cargo takes their packages for the same packages: it would reuse the output of another checkout if that is
/// newer than this checkout's files. So the output of our own packages is invalidated if it comes from other sources. The
/// dependencies, which are most of the work, stay.
#[derive(Debug)]
pub(crate) struct TargetFolder {
    pub(crate) path: PathBuf,
    _lock: File,
}

impl TargetFolder {
    pub(crate) fn open(name: &str, root: &Path) -> Result<TargetFolder> {
        let path = folder()?.join(name);
        fs::create_dir_all(&path).with_context(|| format!("{} cannot be created", path.display()))?;
        let lock = lock(&path.join("latchkey.lock"))?;
        invalidate_other_sources(&path, root)?;
        Ok(TargetFolder { path, _lock: lock })
    }
}

/// Waits until no other xtask holds the lock. The lock ends with the file, and so with the process.
pub(crate) fn lock(path: &Path) -> Result<File> {
    let file = File::create(path).with_context(|| format!("{} cannot be created", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            eprintln!("      Waiting for another checkout's build to finish…");
            file.lock()
                .with_context(|| format!("{} cannot be locked", path.display()))?;
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("{} cannot be locked", path.display()));
        }
    }
    Ok(file)
}

fn invalidate_other_sources(target: &Path, root: &Path) -> Result<()> {
    let stamp = target.join("latchkey.sources");
    let before: BTreeMap<String, String> = fs::read_to_string(&stamp)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| {
            line.split_once(' ')
                .map(|(name, hash)| (name.to_owned(), hash.to_owned()))
        })
        .collect();
    let mut now = BTreeMap::new();
    for (name, folder) in packages(root)? {
        let mut hash = DefaultHasher::new();
        root.hash(&mut hash);
        hash_files(&folder, &mut hash)?;
        now.insert(name, format!("{:016x}", hash.finish()));
    }
    for name in now
        .iter()
        .filter(|(name, hash)| before.get(*name) != Some(hash))
        .map(|(name, _)| name)
    {
        forget(target, name)?;
    }
    let lines: Vec<String> = now.iter().map(|(name, hash)| format!("{name} {hash}")).collect();
    fs::write(&stamp, lines.join("\n")).with_context(|| format!("{} cannot be written", stamp.display()))
}

/// Our own packages, with their folders.
fn packages(root: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut packages = Vec::new();
    for parent in [root.to_path_buf(), root.join("clients"), root.join("xtask")] {
        for entry in fs::read_dir(&parent).with_context(|| format!("{} cannot be read", parent.display()))? {
            let entry = entry?;
            let Ok(manifest) = fs::read_to_string(entry.path().join("Cargo.toml")) else {
                continue;
            };
            let name = package_name(&manifest).with_context(|| format!("{} has no name", entry.path().display()))?;
            packages.push((name.to_owned(), entry.path()));
        }
    }
    Ok(packages)
}

/// The name in a Cargo.toml, which is the first one there.
fn package_name(manifest: &str) -> Option<&str> {
    manifest
        .lines()
        .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
}

fn hash_files(folder: &Path, hash: &mut DefaultHasher) -> Result<()> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            hash_files(&path, hash)?;
        } else {
            path.hash(hash);
            fs::read(&path)
                .with_context(|| format!("{} cannot be read", path.display()))?
                .hash(hash);
        }
    }
    Ok(())
}

/// Removes cargo's fingerprints of one package, in the folders `PROFILE/` and `TRIPLE/PROFILE/`.
fn forget(target: &Path, package: &str) -> Result<()> {
    for profile in subfolders(target)
        .into_iter()
        .flat_map(|folder| [vec![folder.clone()], subfolders(&folder)].concat())
    {
        for fingerprint in subfolders(&profile.join(".fingerprint")) {
            let name = fingerprint.file_name().unwrap_or_default().to_string_lossy();
            // The name is NAME-HASH. The name of another package may begin with ours.
            if name.rsplit_once('-').is_some_and(|(name, _)| name == package) {
                fs::remove_dir_all(&fingerprint)
                    .with_context(|| format!("{} cannot be removed", fingerprint.display()))?;
            }
        }
    }
    Ok(())
}

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect()
}
