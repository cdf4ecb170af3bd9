//! What the models of the embedded provider say.
//!
//! In comes a conversation, whatever wire it came over; out goes an answer that depends on nothing else.

use std::hash::Hasher as _;

use fnv::FnvHasher;
use serde_json::{Value, json};

/// A conversation.
#[derive(Debug, Default)]
pub(super) struct Question {
    /// The text of every message, for counting.
    pub(super) texts: Vec<String>,
    /// What the user said last.
    pub(super) user: String,
    /// The result of a tool, when that is the last message.
    pub(super) tool_result: Option<String>,
    pub(super) tools: Vec<Tool>,
    pub(super) most_tokens: Option<u64>,
}

/// A tool the model may call.
#[derive(Debug)]
pub(super) struct Tool {
    pub(super) name: String,
    /// JSON schema of its arguments.
    pub(super) parameters: Value,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) text: Option<String>,
    pub(super) call: Option<Call>,
    /// It was cut at the limit of tokens.
    pub(super) cut: bool,
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
    /// Stands for this conversation in ids.
    pub(super) hash: String,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) arguments: Value,
}

impl Question {
    /// Takes a message in: its role, and its content as text or as a list of parts with `text`.
    pub(super) fn message(&mut self, role: &str, content: &Value) {
        let text = text_of(content);
        match role {
            "tool" => self.tool_result = Some(text.clone()),
            "user" => {
                self.user.clone_from(&text);
                self.tool_result = None;
            }
            _ => self.tool_result = None,
        }
        self.texts.push(text);
    }

    pub(super) fn answer(self, model: &str) -> Answer {
        let input_tokens = self.texts.iter().map(|text| tokens(text) + 4).sum::<u64>() + 3;
        let mut text = None;
        let call = if self.tool_result.is_none() {
            self.weather_call()
        } else {
            None
        };
        if call.is_none() {
            text = Some(self.sentence());
        }
        let mut cut = false;
        if let (Some(limit), Some(said)) = (self.most_tokens, &mut text) {
            let words = pieces(said);
            if words.len() as u64 > limit {
                cut = true;
                *said = words.into_iter().take(limit as usize).collect();
            }
        }
        let output_tokens = match (&text, &call) {
            (Some(said), _) => pieces(said).len() as u64,
            (None, Some(call)) => tokens(&call.name) + tokens(&call.arguments.to_string()),
            (None, None) => 0,
        };
        let hash = format!(
            "{:016x}",
            hash(&format!("{model}\n{}", self.texts.join("\n")))
        );
        Answer {
            text,
            call,
            cut,
            input_tokens,
            output_tokens,
            hash,
        }
    }

    fn weather_call(&self) -> Option<Call> {
        if !self.user.to_lowercase().contains("weather") {
            return None;
        }
        let tool = self
            .tools
            .iter()
            .find(|tool| tool.name.to_lowercase().contains("weather"))?;
        let required = tool
            .parameters
            .pointer("/required/0")
            .and_then(Value::as_str);
        let any = || {
            tool.parameters
                .get("properties")?
                .as_object()?
                .keys()
                .next()
                .map(String::as_str)
        };
        let argument = required.or_else(any).unwrap_or("city");
        Some(Call {
            name: tool.name.clone(),
            arguments: json!({ argument: place(&self.user) }),
        })
    }

    fn sentence(&self) -> String {
        if let Some(result) = &self.tool_result {
            return format!("The tool says: {}.", result.trim_matches(['"', '.', ' ']));
        }
        match self.user.to_lowercase() {
            user if user.contains("capital of france") => {
                "The capital of France is Paris.".to_owned()
            }
            user if user.contains("hello") => "Hello! What can I do for you?".to_owned(),
            user if user.contains("weather") => {
                format!(
                    "I cannot see the weather in {} from here.",
                    place(&self.user)
                )
            }
            _ => format!(
                "You said {} words, and I have read all of them.",
                self.user.split_whitespace().count()
            ),
        }
    }
}

/// What stands after `in`, or a city that always has weather.
fn place(text: &str) -> String {
    let mut words = text
        .split_whitespace()
        .skip_while(|word| !word.eq_ignore_ascii_case("in"))
        .skip(1);
    let place = words
        .next()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    place
        .filter(|place| !place.is_empty())
        .unwrap_or("Paris")
        .to_owned()
}

/// The text of a message's content.
pub(super) fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts: Vec<&str> = parts
                .iter()
                .filter_map(|part| part.get("text")?.as_str())
                .collect();
            texts.join(" ")
        }
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// About as many tokens as a real model would count.
pub(super) fn tokens(text: &str) -> u64 {
    text.len().div_ceil(4) as u64
}

/// A text word by word, blanks kept: what a stream sends one by one.
pub(super) fn pieces(text: &str) -> Vec<&str> {
    text.split_inclusive(' ').collect()
}

/// A vector of length one that points the same way for texts with the same words.
pub(super) fn embed(text: &str, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0_f32; dimensions];
    let words = text.to_lowercase();
    for word in words
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let hash = hash(word);
        let sign = if hash & 1 == 0 { 1.0 } else { -1.0 };
        vector[(hash >> 1) as usize % dimensions] += sign;
    }
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    }
    vector
}

/// The same on every machine and in every run.
fn hash(text: &str) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}
