//! What the user's package calls the runtime: its Cargo.toml enters, the path of the crate leaves.
//!
//! A package that also depends on the client called `genai` renames this library. Its manifest is read once per package and
//! searched line by line for that name, in less than a millisecond; a parser of TOML would have to be compiled by everyone. What is
//! not understood there counts as not renamed.

use std::fs;
use std::path::Path as File;
use std::sync::Mutex;

use proc_macro2::{Ident, Span};
use syn::{Path, parse_quote};

const PACKAGE: &str = "genai-runtime";

/// What a manifest says of the runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is a dependency of this name.
    Named(String),
    /// Nothing of it, though cargo builds the package by this manifest.
    Missing,
    /// Nothing that could be understood.
    Unknown,
}

/// The path of the runtime, if no `crate = ..` gives it. An error, where the package does not depend on it.
pub(crate) fn path() -> Result<Path, &'static str> {
    match of_package() {
        Found::Named(name) => {
            let name = Ident::new(&name, Span::call_site());
            Ok(parse_quote!(::#name))
        }
        Found::Unknown => Ok(parse_quote!(::genai)),
        Found::Missing => Err(
            "`genai-runtime` is no dependency of this package; add it, or write by which path it is reached: `crate = ::path::to::it`",
        ),
    }
}

/// The same for the package that is compiled, remembered: an editor's server expands for many.
fn of_package() -> Found {
    static LAST: Mutex<Option<(String, Found)>> = Mutex::new(None);
    let Ok(folder) = std::env::var("CARGO_MANIFEST_DIR") else {
        return Found::Unknown;
    };
    let Ok(mut last) = LAST.lock() else {
        return Found::Unknown;
    };
    if let Some((_, found)) = last.as_ref().filter(|(known, _)| *known == folder) {
        return found.clone();
    }
    // Cargo alone is known to go by the manifest.
    let found = match std::env::var("CARGO") {
        Ok(_) => in_folder(File::new(&folder)),
        Err(_) => Found::Unknown,
    };
    *last = Some((folder, found.clone()));
    found
}

fn in_folder(folder: &File) -> Found {
    let read = |folder: &File| fs::read_to_string(folder.join("Cargo.toml"));
    let Ok(manifest) = read(folder) else {
        return Found::Unknown;
    };
    in_manifest(&manifest, || {
        let mut above = folder.ancestors().filter_map(|folder| read(folder).ok());
        above.find(|manifest| manifest.contains("[workspace"))
    })
}

/// A dependency as written.
#[derive(Debug, Default)]
struct Dependency {
    name: String,
    package: Option<String>,
    is_inherited: bool,
}

/// What the manifest of a package says, and that of its workspace, which is asked for only where something is inherited.
pub(crate) fn in_manifest(manifest: &str, root: impl FnOnce() -> Option<String>) -> Found {
    let own = dependencies(manifest, |table| !table.starts_with("workspace"));
    let is_inherited = own.iter().any(|dependency| dependency.is_inherited);
    let root = if is_inherited { root() } else { None }.unwrap_or_default();
    let shared = dependencies(&root, |table| table == "workspace.dependencies");
    let is_runtime = |dependency: &&Dependency| {
        let package = match &dependency.package {
            None if dependency.is_inherited => {
                let mut shared = shared.iter();
                let inherited = shared.find(|shared| shared.name == dependency.name);
                inherited.and_then(|inherited| inherited.package.as_deref())
            }
            package => package.as_deref(),
        };
        package.unwrap_or(&dependency.name) == PACKAGE
    };
    let names = own.iter().filter(is_runtime).map(|dependency| {
        if dependency.name == PACKAGE {
            "genai".to_owned()
        } else {
            dependency.name.replace('-', "_")
        }
    });
    let mut names: Vec<String> = names
        .filter(|name| syn::parse_str::<Ident>(name).is_ok())
        .collect();
    // Several names are several versions or targets; the usual one comes first.
    names.sort_by_key(|name| name != "genai");
    match names.into_iter().next() {
        Some(name) => Found::Named(name),
        None if [manifest, &root].iter().any(|text| text.contains(PACKAGE)) => Found::Unknown,
        None if own.is_empty() => Found::Unknown,
        None => Found::Missing,
    }
}

/// The dependencies in the tables of `manifest` that are `wanted`.
fn dependencies(manifest: &str, wanted: impl Fn(&str) -> bool) -> Vec<Dependency> {
    let mut found: Vec<Dependency> = Vec::new();
    let (mut in_list, mut in_one) = (false, false);
    for entry in entries(manifest) {
        if let Some(header) = entry.strip_prefix('[') {
            let header = header.trim_start_matches('[').trim_end_matches(']').trim();
            (in_list, in_one) = (false, false);
            if header.ends_with("dependencies") && wanted(header) {
                in_list = true;
            } else if let Some((table, name)) = header.rsplit_once('.') {
                in_one = table.ends_with("dependencies") && wanted(table);
                if in_one {
                    found.push(Dependency {
                        name: unquoted(name),
                        ..Dependency::default()
                    });
                }
            }
            continue;
        }
        let Some((key, value)) = entry.split_once('=') else {
            continue;
        };
        if in_one {
            if let Some(dependency) = found.last_mut() {
                dependency.set(key.trim(), value.trim());
            }
        } else if in_list {
            let (name, field) = key.split_once('.').unwrap_or((key, ""));
            let name = unquoted(name);
            if !found.iter().any(|known| known.name == name) || field.is_empty() {
                found.push(Dependency {
                    name,
                    ..Dependency::default()
                });
            }
            let Some(dependency) = found.last_mut() else {
                continue;
            };
            if field.is_empty() {
                for field in value.trim().trim_matches(['{', '}']).split(',') {
                    if let Some((key, value)) = field.split_once('=') {
                        dependency.set(key.trim(), value.trim());
                    }
                }
            } else {
                dependency.set(field.trim(), value.trim());
            }
        }
    }
    found
}

impl Dependency {
    fn set(&mut self, key: &str, value: &str) {
        match key {
            "package" => self.package = Some(unquoted(value)),
            "workspace" => self.is_inherited = value == "true",
            _ => {}
        }
    }
}

/// The headers and entries of a manifest, each in one line and without comments.
fn entries(manifest: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open = 0_i32;
    for line in manifest.lines() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match found.last_mut().filter(|_| open > 0) {
            Some(entry) => entry.push_str(line),
            None => found.push(line.to_owned()),
        }
        if !line.starts_with('[') || open > 0 {
            open += line.chars().fold(0, |open, c| match c {
                '{' | '[' => open + 1,
                '}' | ']' => open - 1,
                _ => open,
            });
        }
    }
    found
}

fn unquoted(text: &str) -> String {
    text.trim().trim_matches(['"', '\'']).to_owned()
}
