//! The output for tokens: standard output, or a file that only its owner can read.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use backend::private_file;

use super::{Failure, cannot_create, print};

/// Where a command writes the tokens that it creates.
pub(super) enum Output {
    Standard,
    File(io::BufWriter<File>, PathBuf),
}

impl Output {
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::Standard);
        };
        match private_file::create(path) {
            Ok(file) => Ok(Self::File(io::BufWriter::new(file), path.to_owned())),
            Err(error) => Err(cannot_create(path, &error)),
        }
    }

    pub(super) fn write_token(&mut self, token: &str) -> Result<(), Failure> {
        match self {
            Self::Standard => print(token),
            Self::File(file, path) => writeln!(file, "{token}").map_err(|error| cannot_write(path, &error)),
        }
    }

    pub(super) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Standard => Ok(()),
            Self::File(mut file, path) => file
                .flush()
                .and_then(|()| file.get_ref().sync_all())
                .map_err(|error| cannot_write(&path, &error)),
        }
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure(format!("cannot write {}: {error}", path.display()))
}
