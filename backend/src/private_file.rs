//! Files that only their owner may read. No file is written through a link, and no existing file is overwritten by
//! accident.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Creates a file. Fails where the path exists, even as a link to nothing (`O_EXCL`, POSIX.1-2017 `open`).
pub fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a new file as a whole: a reader never sees half of it.
pub(crate) fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let draft = draft(path, text, true)?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    linked
}

/// Replaces a file as a whole. Its content and the folder's entry are on the disk when this returns.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    fs::rename(draft(path, text, true)?, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Replaces a file as a whole without waiting for the disk. For a file that is written again soon: a power cut may lose
/// the last version.
pub(crate) fn replace_soon(path: &Path, text: &str) -> io::Result<()> {
    fs::rename(draft(path, text, false)?, path)
}

/// Writes the text into a file beside `path`, and answers with the path of that file.
fn draft(path: &Path, text: &str, durable: bool) -> io::Result<PathBuf> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.draft", std::process::id()));
    let draft = PathBuf::from(name);
    // An earlier process with this process ID may have left one behind when it was stopped.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = create(&draft)?;
    file.write_all(text.as_bytes())?;
    if durable {
        file.sync_all()?;
    }
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_neither_followed_nor_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let (file, target, link) = (
            folder.path().join("file"),
            folder.path().join("target"),
            folder.path().join("link"),
        );
        create(&file).unwrap().write_all(b"kept").unwrap();
        assert_eq!(create(&file).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&target, &link).unwrap();
            assert_eq!(create(&link).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert!(!target.exists());
            replace(&link, "new").unwrap();
            assert!(!target.exists(), "the link itself is replaced");
            assert_eq!(fs::read_to_string(&link).unwrap(), "new");
        }
    }
}
