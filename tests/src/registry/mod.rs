//! The registry's generator: `genai-semconv.json` enters, the text of the generated files leaves.
//!
//! What the JSON says of an operation is joined with what the attributes offer (short names, sides, which keys of which operation); that
//! second part stands in `rules`. `tables` writes the Rust tables and keys, `docs` the markdown tables of the macros' documentation.

mod docs;
mod rules;
mod setters;
mod tables;

use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Why nothing could be generated.
#[derive(Debug)]
pub struct Error(String);

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// An attribute of the conventions.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) key: String,
    pub(crate) ty: &'static str,
    pub(crate) members: Vec<String>,
    pub(crate) deprecated: Option<Deprecation>,
}

/// What replaces a deprecated attribute.
#[derive(Debug)]
pub(crate) enum Deprecation {
    Renamed(usize),
    Obsolete,
}

/// An attribute as one operation uses it.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) id: usize,
    pub(crate) short: String,
    pub(crate) side: &'static str,
    pub(crate) requirement: &'static str,
    pub(crate) only_remote: bool,
}

/// An operation attribute.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) names: &'static [&'static str],
    pub(crate) client: bool,
    pub(crate) uses: Vec<Use>,
}

/// A metric of the client side.
#[derive(Debug)]
pub(crate) struct Metric {
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) boundaries: Vec<f64>,
    pub(crate) attributes: Vec<usize>,
}

/// Everything the generated files are made of.
#[derive(Debug)]
pub struct Registry {
    pub(crate) version: String,
    pub(crate) schema_url: String,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) metrics: Vec<Metric>,
}

impl Registry {
    /// Reads the conventions.
    ///
    /// # Errors
    /// If the JSON lacks something the rules name, or has a type that is not known.
    pub fn read(json: &str) -> Result<Self, Error> {
        let root: Value = serde_json::from_str(json).map_err(|e| Error::new(e.to_string()))?;
        let mut keys: Vec<&str> = list(&root, "attributes")?
            .iter()
            .map(|a| text(a, "key"))
            .collect::<Result<_, _>>()?;
        keys.sort_unstable();
        let mut attributes = Vec::new();
        for key in &keys {
            let found = list(&root, "attributes")?
                .iter()
                .find(|a| a["key"] == **key);
            attributes.push(attribute(found.unwrap_or(&Value::Null), &keys)?);
        }
        let operations = rules::operations(&root, &attributes)?;
        let mut metrics = Vec::new();
        for metric in list(&root, "metrics")?.iter().filter(|m| {
            m["name"]
                .as_str()
                .is_some_and(|n| n.starts_with("gen_ai.client."))
        }) {
            metrics.push(Metric {
                name: text(metric, "name")?.to_owned(),
                unit: text(metric, "unit")?.to_owned(),
                boundaries: list(metric, "explicit_bucket_boundaries")?
                    .iter()
                    .filter_map(Value::as_f64)
                    .collect(),
                attributes: list(metric, "attributes")?
                    .iter()
                    .map(|a| id(&attributes, text(a, "key")?))
                    .collect::<Result<_, _>>()?,
            });
        }
        Ok(Self {
            version: text(&root, "semconv_version")?.to_owned(),
            schema_url: text(&root, "schema_url")?.to_owned(),
            attributes,
            operations,
            metrics,
        })
    }

    /// The generated files: path below the workspace, content.
    pub fn files(&self) -> Vec<(PathBuf, String)> {
        let table = tables::table(self);
        let mut files = vec![
            (
                PathBuf::from("genai-macros/src/registry/table.rs"),
                table.clone(),
            ),
            (
                PathBuf::from("genai-runtime/src/semconv/registry/table.rs"),
                table,
            ),
            (
                PathBuf::from("genai-runtime/src/semconv/registry/keys.rs"),
                tables::keys(self),
            ),
            (
                PathBuf::from("genai-runtime/src/api/invocation/setters.rs"),
                setters::setters(self),
            ),
        ];
        for operation in &self.operations {
            let path = format!("genai-macros/src/docs/keys_{}.md", operation.name);
            files.push((PathBuf::from(path), docs::keys(self, operation)));
        }
        files
    }

    /// The generated files that are missing or differ below `root`.
    pub fn stale(&self, root: &Path) -> Vec<PathBuf> {
        let differs = |(path, content): &(PathBuf, String)| {
            std::fs::read_to_string(root.join(path)).ok().as_ref() != Some(content)
        };
        self.files()
            .into_iter()
            .filter(differs)
            .map(|(path, _)| path)
            .collect()
    }

    /// Writes the generated files below `root`.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, root: &Path) -> Result<(), Error> {
        for (path, content) in self.files() {
            let path = root.join(path);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)
                    .map_err(|e| Error::new(format!("{}: {e}", folder.display())))?;
            }
            std::fs::write(&path, content)
                .map_err(|e| Error::new(format!("{}: {e}", path.display())))?;
        }
        Ok(())
    }
}

fn attribute(json: &Value, keys: &[&str]) -> Result<Attribute, Error> {
    let key = text(json, "key")?;
    let ty = match text(json, "type")? {
        "string" => "Str",
        "int" => "Int",
        "double" => "Double",
        "boolean" => "Bool",
        "string[]" => "Strs",
        "any" => "Content",
        other => {
            return Err(Error::new(format!(
                "`{key}`: the type `{other}` is not known"
            )));
        }
    };
    // A deprecated member only stands in for another one of the same list.
    let members = json["enum"]["members"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let members = members
        .iter()
        .filter(|m| m["deprecated"].is_null())
        .map(|m| Ok(text(m, "value")?.to_owned()));
    let deprecated = match json["deprecated"]["renamed_to"].as_str() {
        Some(to) => {
            let id = keys.binary_search(&to).map_err(|_| {
                Error::new(format!("`{key}` is replaced by `{to}`, which is missing"))
            })?;
            Some(Deprecation::Renamed(id))
        }
        None if json["deprecated"].is_null() => None,
        None => Some(Deprecation::Obsolete),
    };
    Ok(Attribute {
        key: key.to_owned(),
        ty,
        members: members.collect::<Result<_, Error>>()?,
        deprecated,
    })
}

pub(crate) fn id(attributes: &[Attribute], key: &str) -> Result<usize, Error> {
    attributes
        .binary_search_by(|a| a.key.as_str().cmp(key))
        .map_err(|_| Error::new(format!("`{key}` is not in the registry")))
}

pub(crate) fn text<'a>(json: &'a Value, field: &str) -> Result<&'a str, Error> {
    json[field]
        .as_str()
        .ok_or_else(|| Error::new(format!("no text `{field}` in {json}")))
}

pub(crate) fn list<'a>(json: &'a Value, field: &str) -> Result<&'a [Value], Error> {
    json[field]
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| Error::new(format!("no list `{field}`")))
}
