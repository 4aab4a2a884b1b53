//! Runs cargo-deny on a workspace.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::command::run;

/// Checks licences, duplicate versions and sources. Warnings are errors, so an exception that is no longer needed has to be
/// removed.
pub(super) fn check(program: &Path, workspace: &Path, config: &Path) -> Result<()> {
    run(command(program, workspace, config).args(CHECK))
}

const CHECK: [&str; 7] = [
    "check",
    "--hide-inclusion-graph",
    "--deny",
    "warnings",
    "bans",
    "licenses",
    "sources",
];

/// cargo-deny, with `config` as its deny.toml and Cargo.lock locked.
pub(super) fn command(program: &Path, workspace: &Path, config: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(workspace)
        .arg("--manifest-path")
        .arg(workspace.join("Cargo.toml"))
        .arg("--config")
        .arg(config)
        .arg("--locked");
    command
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::command::output_of;
    use crate::setup::{cargo_deny, rust};

    /// A folder with a workspace in `main/`, which depends on `dependencies`. Path dependencies lie beside it. Inside they would be
    /// members of the workspace, and no two members may have one name.
    fn workspace(dependencies: &str) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let manifest = format!(
            "{}\n[dependencies]\n{dependencies}\n[workspace]\n",
            package("main", "1.0.0", "MIT")
        );
        write_package(&folder.path().join("main"), &manifest);
        folder
    }

    fn package(name: &str, version: &str, license: &str) -> String {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\nlicense = \"{license}\"\npublish = false\n"
        )
    }

    fn write_package(folder: &Path, manifest: &str) {
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.join("src/lib.rs"), "").unwrap();
    }

    /// What the check prints with the real deny.toml. It always fails here, because the workspace needs none of the exceptions
    /// in that file. So each test searches for the message of its own fault.
    fn messages(folder: &TempDir) -> String {
        let workspace = folder.path().join("main");
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deny.toml");
        let mut lock = rust::cargo(&workspace);
        let mut check = command(&cargo_deny::ensure().unwrap(), &workspace, &config);
        // cargo keeps a copy of each repository that it sees. These must not end up in the developer's home folder.
        let home = folder.path().join("home");
        output_of(lock.arg("generate-lockfile").env("CARGO_HOME", &home)).unwrap();
        let output = check.args(CHECK).env("CARGO_HOME", &home).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    }

    const BAD_LICENSE: &str = "error[rejected]: failed to satisfy license requirements";
    const DUPLICATE: &str = "error[duplicate]: found 2 duplicate entries for crate 'twin'";
    const BAD_SOURCE: &str = "error[source-not-allowed]: detected 'git' source not explicitly allowed";
    const UNNEEDED: &str = "error[unmatched-skip]";

    #[test]
    fn only_unneeded_exceptions_are_refused_in_a_good_workspace() {
        let folder = workspace("one = { path = \"../one\" }");
        write_package(
            &folder.path().join("one"),
            &package("one", "1.0.0", "MIT OR Apache-2.0"),
        );
        let messages = messages(&folder);
        for fault in [BAD_LICENSE, DUPLICATE, BAD_SOURCE] {
            assert!(!messages.contains(fault), "{messages}");
        }
        assert!(messages.contains(UNNEEDED), "{messages}");
    }

    #[test]
    fn a_copyleft_licence_is_refused() {
        let folder = workspace("one = { path = \"../one\" }");
        write_package(&folder.path().join("one"), &package("one", "1.0.0", "GPL-3.0-only"));
        let messages = messages(&folder);
        assert!(messages.contains(BAD_LICENSE), "{messages}");
    }

    #[test]
    fn a_second_version_of_a_package_is_refused() {
        let folder = workspace(
            "one = { path = \"../one\", package = \"twin\" }\ntwo = { path = \"../two\", package = \"twin\" }",
        );
        write_package(&folder.path().join("one"), &package("twin", "1.0.0", "MIT"));
        write_package(&folder.path().join("two"), &package("twin", "2.0.0", "MIT"));
        let messages = messages(&folder);
        assert!(messages.contains(DUPLICATE), "{messages}");
    }

    #[test]
    fn a_package_out_of_git_is_refused() {
        let repository = tempfile::tempdir().unwrap();
        write_package(repository.path(), &package("one", "1.0.0", "MIT"));
        for arguments in ["init --quiet .", "add --all", "commit --quiet --message=One"] {
            let mut git = Command::new("git");
            git.args(["-c", "user.name=Test", "-c", "user.email=test@example.com"]);
            output_of(git.args(arguments.split(' ')).current_dir(repository.path())).unwrap();
        }
        let folder = workspace(&format!("one = {{ git = \"file://{}\" }}", repository.path().display()));
        let messages = messages(&folder);
        assert!(messages.contains(BAD_SOURCE), "{messages}");
    }
}
