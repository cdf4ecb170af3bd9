//! The facts of the conventions that the generator reads: a file in the repository enters or leaves, or the conventions enter.
//!
//! Facts are keys, types, well-known values, requirement levels, units and boundaries. The conventions' prose is not among them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Error;
use crate::workspace;

/// The facts of one release.
#[derive(Debug, Deserialize, Serialize)]
pub struct Facts {
    #[serde(default)]
    pub(crate) semconv_version: String,
    #[serde(default)]
    pub(crate) schema_url: String,
    pub(crate) attributes: Vec<Attribute>,
    #[serde(default)]
    pub(crate) spans: Vec<Span>,
    #[serde(default)]
    pub(crate) metrics: Vec<Metric>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Attribute {
    pub(crate) key: String,
    #[serde(rename = "type")]
    pub(crate) ty: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) members: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deprecated: Option<Deprecated>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Deprecated {
    /// The key that takes its place; there need not be one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) renamed_to: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Span {
    pub(crate) id: String,
    /// The requirement level of each key.
    pub(crate) levels: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Metric {
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) boundaries: Vec<f64>,
    pub(crate) attributes: Vec<String>,
}

impl Facts {
    /// The file of facts that the generated files are made from.
    pub fn path() -> PathBuf {
        workspace().join("tests/data/semconv/1.41.1.json")
    }

    /// Reads a file of facts.
    ///
    /// # Errors
    /// If the text is not one; the message names line and column.
    pub fn read(json: &str) -> Result<Self, Error> {
        serde_json::from_str(json).map_err(|e| Error::new(e.to_string()))
    }

    /// Takes the facts out of the whole conventions.
    ///
    /// # Errors
    /// If the text is not the conventions as JSON.
    pub fn of_conventions(json: &str) -> Result<Self, Error> {
        let all: conventions::All =
            serde_json::from_str(json).map_err(|e| Error::new(e.to_string()))?;
        Ok(all.into())
    }

    /// The text of the file.
    ///
    /// # Errors
    /// None of these facts: only what cannot be JSON.
    pub fn text(&self) -> Result<String, Error> {
        let text = serde_json::to_string_pretty(self).map_err(|e| Error::new(e.to_string()))?;
        Ok(text + "\n")
    }
}

/// The parts of the conventions that facts are taken from.
mod conventions {
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct All {
        semconv_version: String,
        schema_url: String,
        attributes: Vec<Attribute>,
        spans: Vec<Span>,
        metrics: Vec<Metric>,
    }

    #[derive(Deserialize)]
    struct Attribute {
        key: String,
        #[serde(rename = "type")]
        ty: String,
        #[serde(default, rename = "enum")]
        known: Known,
        deprecated: Option<super::Deprecated>,
    }

    #[derive(Default, Deserialize)]
    struct Known {
        members: Vec<Member>,
    }

    #[derive(Deserialize)]
    struct Member {
        value: String,
        deprecated: Option<super::Deprecated>,
    }

    #[derive(Deserialize)]
    struct Span {
        id: String,
        attributes: Vec<Use>,
    }

    #[derive(Deserialize)]
    struct Use {
        key: String,
        requirement: Requirement,
    }

    #[derive(Deserialize)]
    struct Requirement {
        level: String,
    }

    #[derive(Deserialize)]
    struct Metric {
        name: String,
        unit: String,
        #[serde(default)]
        explicit_bucket_boundaries: Vec<f64>,
        attributes: Vec<Use>,
    }

    impl From<All> for super::Facts {
        fn from(all: All) -> Self {
            super::Facts {
                semconv_version: all.semconv_version,
                schema_url: all.schema_url,
                attributes: all.attributes.into_iter().map(attribute).collect(),
                spans: all.spans.into_iter().map(span).collect(),
                metrics: all.metrics.into_iter().map(metric).collect(),
            }
        }
    }

    fn attribute(of: Attribute) -> super::Attribute {
        // A deprecated member only stands in for another one of the same list.
        let members = of.known.members.into_iter();
        super::Attribute {
            key: of.key,
            ty: of.ty,
            members: members
                .filter(|m| m.deprecated.is_none())
                .map(|m| m.value)
                .collect(),
            deprecated: of.deprecated,
        }
    }

    fn span(of: Span) -> super::Span {
        let levels = of.attributes.into_iter();
        super::Span {
            id: of.id,
            levels: levels.map(|a| (a.key, a.requirement.level)).collect(),
        }
    }

    fn metric(of: Metric) -> super::Metric {
        super::Metric {
            name: of.name,
            unit: of.unit,
            boundaries: of.explicit_bucket_boundaries,
            attributes: of.attributes.into_iter().map(|a| a.key).collect(),
        }
    }
}
