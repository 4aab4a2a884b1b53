//! What is in the package, and where it goes.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::Programs;
use crate::command::{output_of, run};

const MAINTAINER: &str = "The Latchkey authors <latchkey@packages.debian.org>";

/// Everything that the package is made of.
pub(super) struct Contents<'a> {
    /// The folder of the files that are written by hand.
    pub(super) source: PathBuf,
    /// The folder that becomes the package.
    pub(super) tree: &'a Path,
    pub(super) version: &'static str,
    /// In Unix time.
    pub(super) changed_at: u64,
    pub(super) architecture: String,
}

impl Contents<'_> {
    /// Writes all files of the package.
    pub(super) fn write(&self, programs: Programs<'_>) -> Result<()> {
        let mode = Permissions::from_mode(0o755);
        fs::set_permissions(self.tree, mode)?;
        self.copy(programs.latchkey, "usr/bin/latchkey", 0o755)?;
        run(Command::new("strip")
            .arg("--strip-unneeded")
            .args(["--remove-section=.comment", "--remove-section=.note"])
            .arg(self.tree.join("usr/bin/latchkey")))?;
        for (from, to, mode) in [
            ("latchkey.service", "lib/systemd/system/latchkey.service", 0o644),
            ("latchkey.sysusers", "usr/lib/sysusers.d/latchkey.conf", 0o644),
            ("latchkey.default", "etc/default/latchkey", 0o644),
            ("copyright", "usr/share/doc/latchkey/copyright", 0o644),
            ("lintian-overrides", "usr/share/lintian/overrides/latchkey", 0o644),
            ("postinst", "DEBIAN/postinst", 0o755),
            ("prerm", "DEBIAN/prerm", 0o755),
            ("postrm", "DEBIAN/postrm", 0o755),
        ] {
            self.copy(&self.source.join(from), to, mode)?;
        }
        self.put("DEBIAN/conffiles", "/etc/default/latchkey\n")?;
        self.write_manual(programs.manual)?;
        self.put("usr/share/doc/latchkey/changelog", &self.changelog()?)?;
        self.compress("usr/share/doc/latchkey/changelog")?;
        self.put("DEBIAN/md5sums", &self.checksums()?)?;
        self.put("DEBIAN/control", &self.control()?)
    }

    fn write_manual(&self, manual: &Path) -> Result<()> {
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        run(Command::new(manual).arg(folder.path()))?;
        for file in fs::read_dir(folder.path())? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            let place = match name.as_str() {
                "latchkey.bash" => "usr/share/bash-completion/completions/latchkey".to_owned(),
                "_latchkey" => "usr/share/zsh/vendor-completions/_latchkey".to_owned(),
                "latchkey.fish" => "usr/share/fish/vendor_completions.d/latchkey.fish".to_owned(),
                page => format!("usr/share/man/man1/{page}"),
            };
            self.copy(&file.path(), &place, 0o644)?;
            if place.ends_with(".1") {
                self.compress(&place)?;
            }
        }
        Ok(())
    }

    /// Debian's changelog. Git has the changes.
    fn changelog(&self) -> Result<String> {
        let at = format!("--date=@{}", self.changed_at);
        let date = output_of(Command::new("date").args([&at, "--rfc-email", "--utc"]))?;
        Ok(format!(
            "latchkey ({}) unstable; urgency=medium\n\n  * Release {}.\n\n -- {MAINTAINER}  {}\n",
            self.version,
            self.version,
            date.trim()
        ))
    }

    fn control(&self) -> Result<String> {
        let mut size = 0;
        Self::each_file(self.tree, &mut |path| {
            size += fs::metadata(path)?.len().div_ceil(1024);
            Ok(())
        })?;
        Ok(format!(
            "Package: latchkey\n\
             Version: {}\n\
             Architecture: {}\n\
             Maintainer: {MAINTAINER}\n\
             Installed-Size: {size}\n\
             Depends: {}, systemd | systemd-standalone-sysusers | systemd-sysusers\n\
             Recommends: ca-certificates\n\
             Section: net\n\
             Priority: optional\n\
             Description: self-hosted API-key console and verifier\n \
             Latchkey is installed next to an API. People create, scope, watch, rotate\n \
             and delete API keys in a web console. Gateways and services ask on every\n \
             request whether a key may call an endpoint, and get the answer from memory.\n",
            self.version,
            self.architecture,
            self.libraries()?
        ))
    }

    /// The packages of the shared libraries that the program needs.
    fn libraries(&self) -> Result<String> {
        // dpkg-shlibdeps wants a source package around it.
        let source = tempfile::tempdir().context("cannot make a folder")?;
        fs::create_dir(source.path().join("debian"))?;
        fs::write(
            source.path().join("debian/control"),
            "Source: latchkey\n\nPackage: latchkey\nArchitecture: any\n",
        )?;
        let printed = output_of(
            Command::new("dpkg-shlibdeps")
                .args(["-O", "--warnings=0"])
                .arg(self.tree.join("usr/bin/latchkey"))
                .current_dir(source.path()),
        )?;
        let depends = printed.trim().strip_prefix("shlibs:Depends=");
        depends.map(str::to_owned).context("dpkg-shlibdeps names no libraries")
    }

    fn checksums(&self) -> Result<String> {
        let mut files = Vec::new();
        Self::each_file(self.tree, &mut |path| {
            let name = path.strip_prefix(self.tree)?.to_path_buf();
            if !name.starts_with("DEBIAN") {
                files.push(name);
            }
            Ok(())
        })?;
        files.sort();
        output_of(Command::new("md5sum").args(&files).current_dir(self.tree))
    }

    fn each_file(folder: &Path, each: &mut dyn FnMut(&Path) -> Result<()>) -> Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                Self::each_file(&path, each)?;
            } else {
                each(&path)?;
            }
        }
        Ok(())
    }

    fn compress(&self, place: &str) -> Result<()> {
        run(Command::new("gzip")
            .args(["-9", "--no-name"])
            .arg(self.tree.join(place)))
    }

    fn copy(&self, from: &Path, place: &str, mode: u32) -> Result<()> {
        let to = self.place(place)?;
        fs::copy(from, &to).with_context(|| format!("{} cannot be copied", from.display()))?;
        fs::set_permissions(&to, Permissions::from_mode(mode))?;
        Ok(())
    }

    fn put(&self, place: &str, text: &str) -> Result<()> {
        let to = self.place(place)?;
        fs::write(&to, text)?;
        fs::set_permissions(&to, Permissions::from_mode(0o644))?;
        Ok(())
    }

    /// The path of a file in the tree, whose folder is made.
    fn place(&self, place: &str) -> Result<PathBuf> {
        let mut folder = self.tree.to_path_buf();
        let path = self.tree.join(place);
        for part in Path::new(place).parent().into_iter().flat_map(Path::components) {
            folder.push(part);
            if !folder.exists() {
                fs::create_dir(&folder)?;
                fs::set_permissions(&folder, Permissions::from_mode(0o755))?;
            }
        }
        Ok(path)
    }
}
