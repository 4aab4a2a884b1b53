//! Checks that folders import each other in one direction, never in a circle, so that a reader can go from a folder to
//! what it stands on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each folder (or file beside `lib.rs`) imports, each time with one file that has the import.
type Imports = BTreeMap<String, BTreeMap<String, PathBuf>>;

#[test]
fn no_folder_imports_another_in_a_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut circles = Vec::new();
    for name in ["app", "backend", "model", "server"] {
        let imports = imports(&root.join(name).join("src"));
        assert!(imports.len() > 3, "{name} has folders");
        for (from, to) in in_circles(&imports) {
            let file = imports[&from][&to].display();
            circles.push(format!(
                "{name}: `{from}` imports `{to}` ({file}), which leads back to `{from}`"
            ));
        }
    }
    assert!(circles.is_empty(), "folders in a circle:\n{}", circles.join("\n"));
}

#[test]
fn what_all_else_stands_on_imports_little() {
    let imports = imports(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let of = |folder: &str| imports[folder].keys().cloned().collect::<Vec<_>>();
    assert_eq!(of("verifier"), ["clock", "crypto", "error"]);
    assert_eq!(of("crypto"), ["error", "private_file"]);
    let store = of("store");
    for service in [
        "accounts",
        "audit",
        "cluster",
        "endpoints",
        "environments",
        "keys",
        "profiles",
        "receipts",
        "service_accounts",
        "usage",
    ] {
        assert!(!store.iter().any(|to| to == service), "the store imports {service}");
        assert!(imports[service].contains_key("store"), "{service} stands on the store");
    }
}

#[test]
fn a_circle_is_found_and_a_line_is_none() {
    let imports = |pairs: &[(&str, &str)]| {
        let mut imports = Imports::new();
        for (from, to) in pairs {
            let to = ((*to).to_owned(), PathBuf::new());
            imports.entry((*from).to_owned()).or_default().extend([to]);
        }
        imports
    };
    assert!(in_circles(&imports(&[("keys", "store"), ("usage", "store"), ("keys", "usage")])).is_empty());
    let circle = imports(&[("keys", "store"), ("store", "usage"), ("usage", "store")]);
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(in_circles(&circle), [pair("store", "usage"), pair("usage", "store")]);
}

#[test]
fn every_way_to_import_is_seen() {
    let source = "use crate::store::entities::head;\nuse crate::{audit, keys::{self, NewKey}};\n\
                  // use crate::comment;\nfn one() { crate::verifier::hour(); }\n\
                  #[cfg(test)]\nmod tests { use crate::services::Services; }";
    let found: Vec<String> = imported(source).into_iter().collect();
    assert_eq!(found, ["audit", "keys", "store", "verifier"]);
}

/// Reads the imports of all files of a crate. Modules that exist for tests alone may import everything, so they are
/// left out.
fn imports(src: &Path) -> Imports {
    let mut files = Vec::new();
    find(src, &mut files);
    let read = |file: &PathBuf| fs::read_to_string(file).unwrap();
    let for_tests: BTreeSet<PathBuf> = files.iter().flat_map(|file| test_modules(file, &read(file))).collect();
    let mut imports = Imports::new();
    for file in files.iter().filter(|file| !for_tests.contains(*file)) {
        let relative = file.strip_prefix(src).unwrap();
        let from = folder(relative);
        let own = imports.entry(from.clone()).or_default();
        for to in imported(&read(file)).into_iter().filter(|to| *to != from) {
            own.entry(to).or_insert_with(|| relative.to_owned());
        }
    }
    let folders: BTreeSet<String> = imports.keys().cloned().collect();
    for own in imports.values_mut() {
        own.retain(|to, _| folders.contains(to));
    }
    imports
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The files of the modules that a file declares under `#[cfg(test)]`.
fn test_modules(file: &Path, source: &str) -> Vec<PathBuf> {
    let name = file.file_stem().unwrap();
    let folder = if ["mod", "lib", "main"].iter().any(|own| name == *own) {
        file.parent().unwrap().to_owned()
    } else {
        file.with_extension("")
    };
    source
        .split("#[cfg(test)]")
        .skip(1)
        .filter_map(|after| after.split_once(';')?.0.trim().split("mod ").nth(1))
        .map(|module| folder.join(module.trim()).with_extension("rs"))
        .collect()
}

/// The folder of a file, or the file's own name beside `lib.rs`.
fn folder(relative: &Path) -> String {
    let first = relative.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The first names of all paths that begin with `crate::`.
fn imported(source: &str) -> BTreeSet<String> {
    let code: Vec<&str> = source
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default()
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect();
    let code = code.join("\n");
    code.split("crate::").skip(1).flat_map(first_names).collect()
}

/// `store::entities` begins with `store`, `{audit, keys::{self, NewKey}}` with `audit` and `keys`.
fn first_names(path: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        let is_part = |character: &char| character.is_alphanumeric() || *character == '_';
        text.trim_start().chars().take_while(is_part).collect()
    };
    let Some(list) = path.strip_prefix('{') else {
        return vec![word(path)];
    };
    let (mut names, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(word(&list[start..at]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(word(&list[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

/// Each import that lies on a circle: the other folder leads back.
fn in_circles(imports: &Imports) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (from, to) in imports
        .iter()
        .flat_map(|(from, own)| own.keys().map(move |to| (from, to)))
    {
        let (mut seen, mut next) = (BTreeSet::new(), vec![to]);
        while let Some(folder) = next.pop() {
            if seen.insert(folder) {
                next.extend(imports.get(folder).into_iter().flat_map(BTreeMap::keys));
            }
        }
        if seen.contains(from) {
            found.push((from.clone(), to.clone()));
        }
    }
    found
}
