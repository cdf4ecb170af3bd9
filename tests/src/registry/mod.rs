//! The registry's generator: the facts of the conventions enter, the text of the generated files leaves.
//!
//! What the facts say of an operation is joined with what the attributes offer (short names, sides, which keys of which operation); that
//! second part stands in `rules`. `tables` writes the Rust tables and keys, `docs` the markdown tables of the macros' documentation.

mod docs;
mod facts;
mod rules;
mod setters;
mod tables;

use std::fmt;
use std::path::{Path, PathBuf};

pub use facts::Facts;

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

/// A metric of the client side, or of MCP.
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
    /// The attributes of MCP's two spans, client and server.
    pub(crate) mcp: [Vec<usize>; 2],
    pub(crate) metrics: Vec<Metric>,
}

impl Registry {
    /// Joins the facts in `json` with the rules.
    ///
    /// # Errors
    /// If the facts lack something the rules name, or have a type or a level that is not known.
    pub fn read(json: &str) -> Result<Self, Error> {
        let mut facts = Facts::read(json)?;
        facts.attributes.sort_by(|a, b| a.key.cmp(&b.key));
        let keys: Vec<&str> = facts.attributes.iter().map(|a| a.key.as_str()).collect();
        let attributes = facts
            .attributes
            .iter()
            .map(|a| attribute(a, &keys))
            .collect::<Result<Vec<_>, _>>()?;
        let operations = rules::operations(&facts.spans, &attributes)?;
        let mcp = [
            rules::of_span("span.mcp.client", &facts.spans, &attributes)?,
            rules::of_span("span.mcp.server", &facts.spans, &attributes)?,
        ];
        let of_clients = |m: &&facts::Metric| {
            ["gen_ai.client.", "mcp."]
                .iter()
                .any(|p| m.name.starts_with(p))
        };
        let metrics = facts
            .metrics
            .iter()
            .filter(of_clients)
            .map(|m| metric(m, &attributes))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            version: facts.semconv_version,
            schema_url: facts.schema_url,
            attributes,
            operations,
            mcp,
            metrics,
        })
    }

    /// The keys of an operation, each with whether it is content.
    pub fn keys_of(&self, operation: &str) -> Vec<(&str, bool)> {
        let all = self.operations.iter().filter(|o| o.name == operation);
        let key = |u: &Use| {
            let is_content = u.side.starts_with("Content");
            (self.attributes[u.id].key.as_str(), is_content)
        };
        all.flat_map(|o| &o.uses).map(key).collect()
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
            (
                PathBuf::from("genai-runtime/src/extract/recorder/setters.rs"),
                setters::of_recorders(self),
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

fn attribute(of: &facts::Attribute, keys: &[&str]) -> Result<Attribute, Error> {
    let key = &of.key;
    let ty = match of.ty.as_str() {
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
    let deprecated = match &of.deprecated {
        None => None,
        Some(facts::Deprecated { renamed_to: None }) => Some(Deprecation::Obsolete),
        Some(facts::Deprecated {
            renamed_to: Some(to),
        }) => {
            let id = keys.binary_search(&to.as_str()).map_err(|_| {
                Error::new(format!("`{key}` is replaced by `{to}`, which is missing"))
            })?;
            Some(Deprecation::Renamed(id))
        }
    };
    Ok(Attribute {
        key: key.clone(),
        ty,
        members: of.members.clone(),
        deprecated,
    })
}

fn metric(of: &facts::Metric, attributes: &[Attribute]) -> Result<Metric, Error> {
    let ids = of.attributes.iter().map(|key| id(attributes, key));
    Ok(Metric {
        name: of.name.clone(),
        unit: of.unit.clone(),
        boundaries: of.boundaries.clone(),
        attributes: ids.collect::<Result<_, _>>()?,
    })
}

pub(crate) fn id(attributes: &[Attribute], key: &str) -> Result<usize, Error> {
    attributes
        .binary_search_by(|a| a.key.as_str().cmp(key))
        .map_err(|_| Error::new(format!("`{key}` is not in the registry")))
}
