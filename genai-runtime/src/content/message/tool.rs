//! Tool definitions and the documents of a retrieval, with constructors.

use serde_json::{Map, Value};

use super::Word;

/// A tool the model may call.
///
/// ```
/// use genai::message::ToolDefinition;
/// use serde_json::json;
///
/// let tool = ToolDefinition::function("get_weather")
///     .description("The weather of a city")
///     .parameters(json!({"type": "object", "properties": {"city": {"type": "string"}}}));
/// # drop(tool);
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum ToolDefinition {
    /// A function of the application's.
    Function {
        /// Its name.
        name: String,
        /// What it does.
        description: Option<String>,
        /// The JSON schema of its parameters.
        parameters: Option<Value>,
    },
    /// Another tool, such as one of the provider's own.
    Other {
        /// Its `type`.
        kind: Word,
        /// Its name.
        name: String,
    },
}

/// A document a retrieval found.
///
/// ```
/// let found = genai::message::Document::new("doc-1", 0.93).field("content", "Paris is the capital of France.");
/// # drop(found);
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Document {
    /// Its id.
    pub id: String,
    /// Its score; `None` where the search gives none.
    pub score: Option<f64>,
    /// Other fields.
    pub fields: Map<String, Value>,
}

impl ToolDefinition {
    /// A function of the application's, without description and parameters.
    ///
    /// ```
    /// use genai::message::ToolDefinition;
    /// let tool = ToolDefinition::function("get_weather").description("The weather in a city").parameters(serde_json::json!({"type": "object"}));
    /// ```
    pub fn function(name: impl Into<String>) -> Self {
        Self::Function {
            name: name.into(),
            description: None,
            parameters: None,
        }
    }

    /// Another tool, such as one of the provider's own.
    pub fn other(kind: impl Into<Word>, name: impl Into<String>) -> Self {
        Self::Other {
            kind: kind.into(),
            name: name.into(),
        }
    }

    /// Says what a function does; other tools stay as they are.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        if let Self::Function { description, .. } = &mut self {
            *description = Some(text.into());
        }
        self
    }

    /// Sets the JSON schema of a function's parameters; other tools stay as they are.
    #[must_use]
    pub fn parameters(mut self, schema: impl Into<Value>) -> Self {
        if let Self::Function { parameters, .. } = &mut self {
            *parameters = Some(schema.into());
        }
        self
    }
}

impl Document {
    /// A document with its id and score, both of which the conventions require.
    pub fn new(id: impl Into<String>, score: f64) -> Self {
        Self {
            score: Some(score),
            ..Self::without_score(id)
        }
    }

    /// A document of a search that gives no scores: it is recorded without one.
    ///
    /// ```
    /// let found = genai::message::Document::without_score("doc-1").field("title", "Capitals");
    /// assert_eq!(found.score, None);
    /// ```
    pub fn without_score(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            score: None,
            fields: Map::new(),
        }
    }

    /// Adds a field, such as its title or text; `id` and `score` cannot be set so.
    #[must_use]
    pub fn field(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.insert(key.into(), value.into());
        self
    }
}
