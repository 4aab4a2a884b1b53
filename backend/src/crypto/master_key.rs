//! The master key: 32 random bytes from which the other keys are derived. It is never in the database or a backup.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;

use super::random::{Random, base62};

/// Characters in the file: 43 × log2(62) ≈ 256 bits.
const FILE_LENGTH: usize = 43;

/// The key itself, and what is derived from it. `Debug` prints nothing.
#[derive(Debug)]
pub struct MasterKey(SecretBox<[u8; 32]>);

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    #[error("cannot read or write the master key file {0}: {1}")]
    File(PathBuf, io::Error),
    #[error("the master key needs at least 32 characters")]
    TooShort,
}

impl MasterKey {
    /// Takes the key from a text of at least 32 characters.
    pub fn from_text(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim();
        if text.len() < 32 {
            return Err(MasterKeyError::TooShort);
        }
        Ok(Self(SecretBox::new(Box::new(super::sha256(text)))))
    }

    /// Reads a key file that has to be there.
    pub fn from_existing_file(path: &Path) -> Result<Self, MasterKeyError> {
        let text = fs::read_to_string(path).map_err(|error| MasterKeyError::File(path.to_owned(), error))?;
        Self::from_text(&text)
    }

    /// Puts a fresh key into the file, and what was there into `previous`. A reader finds the one or the other whole,
    /// and wherever this stops both keys are there that are needed.
    pub fn replace_file(path: &Path, previous: &Path, random: &dyn Random) -> Result<(), MasterKeyError> {
        let failed = |error| MasterKeyError::File(path.to_owned(), error);
        let before = fs::read_to_string(path).map_err(failed)?;
        put(previous, &before).map_err(|error| MasterKeyError::File(previous.to_owned(), error))?;
        put(path, &base62(random, FILE_LENGTH)).map_err(failed)
    }

    /// Reads the key file, or makes one that only its owner can read.
    pub fn from_file(path: &Path, random: &dyn Random) -> Result<Self, MasterKeyError> {
        let failed = |error| MasterKeyError::File(path.to_owned(), error);
        match fs::read_to_string(path) {
            Ok(text) => Self::from_text(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = base62(random, FILE_LENGTH);
                match write_new(path, &text) {
                    Ok(()) => Self::from_text(&text),
                    // Another process was quicker: its key is the key.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        Self::from_text(&fs::read_to_string(path).map_err(failed)?)
                    }
                    Err(error) => Err(failed(error)),
                }
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// A key for one purpose, so that no two uses share one (HKDF-Expand with a single block, RFC 5869).
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut bytes = purpose.as_bytes().to_vec();
        bytes.push(1);
        mac(self.0.expose_secret(), &[&bytes])
    }

    /// Stored beside the data, to tell a wrong key at once. Says nothing about the key.
    pub fn check_value(&self) -> String {
        let check = self.derive("latchkey master key check");
        check
            .iter()
            .take(16)
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }
}

/// HMAC-SHA-256 over the parts, one after the other.
///
/// # Panics
/// Never: HMAC takes keys of any length.
pub fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104)")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Writes a whole file that did not exist, readable by its owner only; a reader never sees half of it.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let draft = draft(path, text)?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    linked
}

/// Puts a whole file in the place of another, for good: also the folder's entry is on the disk when this returns.
fn put(path: &Path, text: &str) -> io::Result<()> {
    fs::rename(draft(path, text)?, path)?;
    match path.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// A file beside the one that is meant, whole and readable by its owner only.
fn draft(path: &Path, text: &str) -> io::Result<PathBuf> {
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use super::super::random::SeededRandom;
    use super::*;

    #[test]
    fn the_file_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let first = MasterKey::from_file(&path, &SeededRandom::new(1)).unwrap();
        let again = MasterKey::from_file(&path, &SeededRandom::new(2)).unwrap();
        assert_eq!(first.check_value(), again.check_value());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_short_key_is_refused() {
        assert!(matches!(MasterKey::from_text("short"), Err(MasterKeyError::TooShort)));
    }

    #[test]
    fn purposes_have_different_keys() {
        let key = MasterKey::from_text(&"k".repeat(32)).unwrap();
        assert_ne!(key.derive("audit"), key.derive("device"));
    }
}
