//! Every file in a folder here compiles without a warning, and what its test says holds.
//!
//! They are modules of one program and not programs of their own, which would be linked one by one.
#![deny(warnings)]
#![allow(
    clippy::all,
    reason = "functions as users write them, in every shape there is"
)]

mod derive;
mod evaluation;
mod hygiene;
mod key;
mod list;
mod macro_rules;
mod response;
mod signature;
mod span;
mod stream;
mod value;

use std::fs;
use std::path::Path;

/// A file that is no module would be compiled by nobody.
#[test]
fn every_file_is_a_module() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pass");
    let names = |path: &Path| {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap());
        let mut names: Vec<_> = entries
            .map(|entry| {
                entry
                    .path()
                    .file_stem()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            })
            .filter(|name| !matches!(name.as_str(), "main" | "mod"))
            .collect();
        names.sort();
        names
    };
    let modules = |path: &Path| {
        let source = fs::read_to_string(path).unwrap();
        let lines = source.lines().filter_map(|line| line.strip_prefix("mod "));
        let mut modules: Vec<_> = lines
            .map(|line| line.trim_end_matches(';').to_owned())
            .collect();
        modules.sort();
        modules
    };
    let folders = names(&here);
    assert_eq!(folders, modules(&here.join("main.rs")));
    for folder in folders {
        let folder = here.join(folder);
        assert_eq!(
            names(&folder),
            modules(&folder.join("mod.rs")),
            "{folder:?}"
        );
    }
}
