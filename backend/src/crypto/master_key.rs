//! The master key: 32 random bytes from which the other keys are derived. It is never in the database or a backup.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;

use super::random::{Random, base62};
use crate::private_file;

/// Characters in the file: 43 × log2(62) ≈ 256 bits.
const FILE_LENGTH: usize = 43;
/// The bits that the mode of the file must not have: those for its group and for others.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

/// The master key, from which keys are derived. `Debug` prints nothing.
#[derive(Debug)]
pub struct MasterKey(SecretBox<[u8; 32]>);

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    #[error("cannot read or write the master key file {0}: {1}")]
    File(PathBuf, io::Error),
    #[error("the master key needs at least 32 characters")]
    TooShort,
    #[error(
        "others can read the master key file {path} (mode {1:03o}), so it is not used; let only its owner read it: \
         chmod 600 '{path}'. Whoever has read it has the key: change it then (latchkey master-key rotate)",
        path = .0.display()
    )]
    Exposed(PathBuf, u32),
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

    /// Reads a key file that has to exist.
    pub fn from_existing_file(path: &Path) -> Result<Self, MasterKeyError> {
        Self::from_text(&read(path)?)
    }

    /// Writes a new key to the file, and moves the present one to `previous`. A reader finds either of them complete,
    /// and wherever this is interrupted, all needed keys exist.
    pub fn replace_file(path: &Path, previous: &Path, random: &dyn Random) -> Result<(), MasterKeyError> {
        let failed = |error| MasterKeyError::File(path.to_owned(), error);
        let before = read(path)?;
        private_file::replace(previous, &before).map_err(|error| MasterKeyError::File(previous.to_owned(), error))?;
        private_file::replace(path, &base62(random, FILE_LENGTH)).map_err(failed)
    }

    /// Reads the key file, or creates one that only its owner can read.
    pub fn from_file(path: &Path, random: &dyn Random) -> Result<Self, MasterKeyError> {
        let failed = |error| MasterKeyError::File(path.to_owned(), error);
        match read(path) {
            Err(MasterKeyError::File(_, error)) if error.kind() == io::ErrorKind::NotFound => {
                let text = base62(random, FILE_LENGTH);
                match private_file::write_new(path, &text) {
                    Ok(()) => Self::from_text(&text),
                    // Another process was faster, and its key counts.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::from_text(&read(path)?),
                    Err(error) => Err(failed(error)),
                }
            }
            read => Self::from_text(&read?),
        }
    }

    /// A key for one purpose, so that no two uses share one (HKDF-Expand with a single block, RFC 5869).
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut bytes = purpose.as_bytes().to_vec();
        bytes.push(1);
        mac(self.0.expose_secret(), &[&bytes])
    }

    /// A value that is stored in the database, to detect a wrong key at once. It reveals nothing of the key.
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

/// Reads a key file. Fails if other users could read it, since they would have the key.
fn read(path: &Path) -> Result<String, MasterKeyError> {
    let failed = |error| MasterKeyError::File(path.to_owned(), error);
    let mut file = fs::File::open(path).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The metadata of the open file, since the path may name another file a moment later.
        let mode = file.metadata().map_err(failed)?.permissions().mode();
        if mode & OTHERS != 0 {
            return Err(MasterKeyError::Exposed(path.to_owned(), mode & 0o777));
        }
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    Ok(text)
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
    #[cfg(unix)]
    fn a_file_that_others_can_read_is_refused_with_what_to_do() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::from_file(&path, &SeededRandom::new(1)).unwrap();
        for mode in [0o644, 0o640, 0o604, 0o620, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let expected = format!("(mode {mode:o}), so it is not used; let only its owner read it: chmod 600 '");
            for read in [
                MasterKey::from_file(&path, &SeededRandom::new(1)),
                MasterKey::from_existing_file(&path),
            ] {
                let sentence = read.unwrap_err().to_string();
                assert!(sentence.contains(&expected), "{sentence}");
            }
            assert!(MasterKey::replace_file(&path, &folder.path().join("previous"), &SeededRandom::new(1)).is_err());
        }
        for mode in [0o600, 0o400] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(MasterKey::from_file(&path, &SeededRandom::new(1)).is_ok());
        }
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
