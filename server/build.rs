//! Has cargo compile the server again when the site inside it changed.

use std::fs;
use std::path::Path;

fn main() {
    let site = Path::new("../target/site");
    // A folder that is not there would count as changed each time. Where it cannot be created, that is all that happens.
    let _ = fs::create_dir_all(site);
    println!("cargo::rerun-if-changed={}", site.display());
}
