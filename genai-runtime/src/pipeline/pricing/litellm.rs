//! The price map that LiteLLM publishes: its text in, a table or the first mistake with line, column and field out.
//!
//! One object of models, each with prices in US dollars per token. Fields that say nothing of tokens are passed by, and so are
//! models that have no price per token.

use std::cell::RefCell;
use std::fmt;
use std::path::Path;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};

use super::Error;
use super::cost::{LongContext, Rates, mistake};
use super::prices::{Prices, check_model, check_provider};

/// The entry that explains the others.
const SAMPLE: &str = "sample_spec";

impl Prices {
    /// Reads the price map that [LiteLLM](https://github.com/BerriAI/litellm) publishes (`model_prices_and_context_window.json`):
    ///
    /// ```
    /// use genai::pricing::{Prices, Usage};
    ///
    /// let prices = Prices::from_litellm_json(
    ///     r#"{"gpt-4o": {"litellm_provider": "openai", "mode": "chat", "max_input_tokens": 128000,
    ///         "input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05, "cache_read_input_token_cost": 1.25e-06}}"#,
    /// )?;
    /// let usage = Usage::new().input(1_000_000).output(100_000);
    /// assert_eq!(prices.cost("openai", "gpt-4o", &usage), Some(3.5));
    /// # Ok::<(), genai::pricing::Error>(())
    /// ```
    ///
    /// Read are input, output, cache reads and writes, reasoning, and the prices above a size of the context. Providers get their
    /// `gen_ai.provider.name`, and models lose the provider in front (`azure/gpt-4o`). Other fields are ignored; models without a
    /// price per token are left out; of two prices of a model the first counts.
    ///
    /// # Errors
    ///
    /// The first mistake, with its line, column and field: no JSON, or a price that is none.
    pub fn from_litellm_json(text: &str) -> Result<Self, Error> {
        let place = RefCell::new(String::new());
        let at = |error: serde_json::Error| {
            let place = place.borrow();
            Error::json(&error, (!place.is_empty()).then(|| place.clone()))
        };
        let mut reader = serde_json::Deserializer::from_str(text);
        let prices = Table(&place).deserialize(&mut reader).map_err(at)?;
        reader.end().map_err(at)?;
        Ok(prices)
    }

    /// Reads that price map from a file; see [`from_litellm_json`](Self::from_litellm_json).
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or the first mistake in it.
    pub fn from_litellm_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path.as_ref())
            .map_err(|e| Error::file(path.as_ref(), &e.to_string()))?;
        Self::from_litellm_json(&text)
    }
}

/// The `gen_ai.provider.name` of a provider.
fn provider_name(theirs: &str) -> &str {
    match theirs {
        "text-completion-openai" => "openai",
        "azure" | "azure_text" => "azure.ai.openai",
        "azure_ai" => "azure.ai.inference",
        "bedrock" | "bedrock_converse" => "aws.bedrock",
        "gemini" => "gcp.gemini",
        "cohere_chat" => "cohere",
        "mistral" => "mistral_ai",
        "xai" => "x_ai",
        "watsonx" => "ibm.watsonx.ai",
        _ if theirs.starts_with("vertex_ai") => "gcp.vertex_ai",
        _ => theirs,
    }
}

/// The name of a model without its provider in front.
fn model_name<'a>(key: &'a str, provider: &str) -> &'a str {
    let family = provider.split(['-', '_']).next().unwrap_or(provider);
    let prefixes = [provider, "vertex_ai", family];
    let is_prefix = |(before, _): &(&str, &str)| {
        prefixes.contains(before) && (*before != "vertex_ai" || provider.starts_with("vertex_ai"))
    };
    key.split_once('/')
        .filter(is_prefix)
        .map_or(key, |(_, model)| model)
}

/// The whole file.
struct Table<'a>(&'a RefCell<String>);

impl<'de> DeserializeSeed<'de> for Table<'_> {
    type Value = Prices;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Prices, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Table<'_> {
    type Value = Prices;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of models")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Prices, A::Error> {
        let mut prices = Prices::empty();
        while let Some(key) = map.next_key::<String>()? {
            if key == SAMPLE {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            enter(self.0, &key, None);
            let entry = map.next_value_seed(Entry(self.0, &key))?;
            let Some((provider, rates)) = entry.priced() else {
                continue;
            };
            let (provider, model) = (provider_name(&provider), model_name(&key, &provider));
            if check_provider(provider).is_ok() && check_model(model).is_ok() {
                // The first one counts.
                let _ = prices.add_first(provider, model, rates);
            }
        }
        self.0.borrow_mut().clear();
        Ok(prices)
    }
}

/// Notes what is read next.
fn enter(place: &RefCell<String>, model: &str, field: Option<&str>) {
    let cut = |text: &str| crate::content::limits::prefix(text, 64).to_owned();
    *place.borrow_mut() = match field {
        Some(field) => format!("{}.{}", cut(model), cut(field)),
        None => cut(model),
    };
}

/// What is known of a model; prices are per token.
#[derive(Default)]
struct Known {
    provider: Option<String>,
    rates: [Option<f64>; 5],
    long: Vec<LongContext>,
}

/// The fields that have a price: input, output, cache read, cache write, reasoning.
const FIELDS: [&str; 5] = [
    "input_cost_per_token",
    "output_cost_per_token",
    "cache_read_input_token_cost",
    "cache_creation_input_token_cost",
    "output_cost_per_reasoning_token",
];

/// The one of these that a size of the context has no price of its own for.
const REASONING: usize = 4;

impl Known {
    fn priced(self) -> Option<(String, Rates)> {
        let [input, output, cache_read, cache_write, reasoning] = self.rates;
        let mut rates = Rates::input_only(input?);
        rates.output = output;
        rates.cache_read = cache_read;
        rates.cache_write = cache_write;
        rates.reasoning = reasoning;
        for long in self.long {
            rates = rates.long_context(long);
        }
        Some((self.provider?, rates))
    }

    /// Where the price of this field goes; `None` of another field.
    fn slot(&mut self, field: &str) -> Option<&mut Option<f64>> {
        let (name, above) = match field.split_once("_above_") {
            Some((name, size)) => (name, Some(tokens(size)?)),
            None => (field, None),
        };
        let at = FIELDS.iter().position(|known| *known == name)?;
        let Some(above) = above else {
            return self.rates.get_mut(at);
        };
        if at == REASONING {
            return None;
        }
        let known = self.long.iter().position(|long| long.above == above);
        let index = known.unwrap_or_else(|| {
            self.long.push(LongContext::above(above));
            self.long.len() - 1
        });
        let long = self.long.get_mut(index)?;
        match at {
            0 => Some(&mut long.input),
            1 => Some(&mut long.output),
            2 => Some(&mut long.cache_read),
            _ => Some(&mut long.cache_write),
        }
    }
}

/// The size in `200k_tokens`.
fn tokens(size: &str) -> Option<i64> {
    let thousands: i64 = size.strip_suffix("k_tokens")?.parse().ok()?;
    thousands.checked_mul(1000).filter(|tokens| *tokens > 0)
}

/// One model.
struct Entry<'a>(&'a RefCell<String>, &'a str);

impl<'de> DeserializeSeed<'de> for Entry<'_> {
    type Value = Known;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Known, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_> {
    type Value = Known;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the prices of a model")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Known, A::Error> {
        let mut known = Known::default();
        while let Some(field) = map.next_key::<String>()? {
            enter(self.0, self.1, Some(&field));
            if field == "litellm_provider" {
                known.provider = map.next_value()?;
            } else if let Some(slot) = known.slot(&field) {
                *slot = map.next_value::<Option<f64>>()?.map(per_million);
                if let Some(reason) = slot.and_then(mistake) {
                    return Err(A::Error::custom(reason));
                }
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        enter(self.0, self.1, None);
        Ok(known)
    }
}

/// The price of a million tokens; the decimal digits of the price of one stay what they were.
fn per_million(rate: f64) -> f64 {
    let million = rate * 1e6;
    let rounded = (million * 1e9).round() / 1e9;
    if rounded.is_finite() {
        rounded
    } else {
        million
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::pricing::Usage;

    /// In the shape of the published map, with made-up models and prices.
    const MAP: &str = r#"{
        "sample_spec": {"litellm_provider": "one of ..", "input_cost_per_token": "a number", "mode": "chat, ..", "max_tokens": "legacy"},
        "m-1": {"litellm_provider": "openai", "mode": "chat", "max_input_tokens": 1000, "supports_vision": true,
            "input_cost_per_token": 1.5e-07, "output_cost_per_token": 6e-07, "cache_read_input_token_cost": 7.5e-08,
            "output_cost_per_reasoning_token": 9e-07, "search_context_cost_per_query": {"low": 0.01}},
        "azure/m-1": {"litellm_provider": "azure", "input_cost_per_token": 2e-07, "output_cost_per_token": 6e-07},
        "bedrock/us-east-1/m-2": {"litellm_provider": "bedrock", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06},
        "m-3": {"litellm_provider": "vertex_ai-language-models", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06,
            "input_cost_per_token_above_200k_tokens": 2e-06, "output_cost_per_token_above_200k_tokens": 4e-06,
            "cache_read_input_token_cost": 1e-07, "cache_read_input_token_cost_above_200k_tokens": 2e-07,
            "output_cost_per_reasoning_token_above_100k_tokens": 9e-06, "input_cost_per_token_above_1000k_tokens": 3e-06},
        "vertex_ai/m-3": {"litellm_provider": "vertex_ai-language-models", "input_cost_per_token": 9e-06},
        "anthropic-m": {"litellm_provider": "anthropic", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05,
            "cache_creation_input_token_cost": 3.75e-06, "cache_creation_input_token_cost_above_1hr": 6e-06},
        "e-1": {"litellm_provider": "cohere_chat", "mode": "embedding", "input_cost_per_token": 1e-07, "output_cost_per_token": null},
        "image/m": {"litellm_provider": "openai", "mode": "image_generation", "input_cost_per_pixel": 1e-08},
        "openrouter/*": {"litellm_provider": "openrouter", "input_cost_per_token": 0}
    }"#;

    fn map() -> Prices {
        Prices::from_litellm_json(MAP).unwrap()
    }

    #[test]
    fn prices_are_per_million_and_providers_are_the_conventions() {
        let prices = map();
        let rates = prices.rates("openai", "m-1").unwrap();
        assert_eq!(
            (
                rates.input,
                rates.output,
                rates.cache_read,
                rates.cache_write,
                rates.reasoning
            ),
            (0.15, Some(0.6), Some(0.075), None, Some(0.9))
        );
        assert_eq!(prices.rates("azure.ai.openai", "m-1").unwrap().input, 0.2);
        assert!(prices.rates("aws.bedrock", "us-east-1/m-2").is_some());
        assert_eq!(
            prices
                .rates("anthropic", "anthropic-m")
                .unwrap()
                .cache_write,
            Some(3.75)
        );
        assert_eq!(prices.rates("cohere", "e-1").unwrap().output, None);
        // The first of two, and what has no price per token or no name.
        assert_eq!(prices.rates("gcp.vertex_ai", "m-3").unwrap().input, 1.0);
        for (provider, model) in [
            ("openai", "image/m"),
            ("openrouter", "x"),
            ("one of ..", "sample_spec"),
        ] {
            assert!(
                prices.rates(provider, model).is_none(),
                "{provider} {model}"
            );
        }
    }

    #[test]
    fn each_provider_has_the_name_of_the_conventions() {
        for (theirs, ours) in [
            ("text-completion-openai", "openai"),
            ("azure", "azure.ai.openai"),
            ("azure_text", "azure.ai.openai"),
            ("azure_ai", "azure.ai.inference"),
            ("bedrock", "aws.bedrock"),
            ("bedrock_converse", "aws.bedrock"),
            ("gemini", "gcp.gemini"),
            ("cohere_chat", "cohere"),
            ("mistral", "mistral_ai"),
            ("xai", "x_ai"),
            ("watsonx", "ibm.watsonx.ai"),
            ("vertex_ai-language-models", "gcp.vertex_ai"),
            ("groq", "groq"),
        ] {
            assert_eq!(provider_name(theirs), ours);
            let map = format!(
                r#"{{"{theirs}/m": {{"litellm_provider": "{theirs}", "input_cost_per_token": 1e-06}}}}"#
            );
            let prices = Prices::from_litellm_json(&map).unwrap();
            assert_eq!(prices.rates(ours, "m").expect(theirs).input, 1.0);
        }
    }

    #[test]
    fn a_model_loses_its_own_provider_in_front_and_no_other() {
        for (key, provider, model) in [
            ("m", "openai", "m"),
            ("openai/m", "openai", "m"),
            ("azure/eu/m", "azure", "eu/m"),
            ("bedrock/m", "bedrock_converse", "m"),
            ("vertex_ai/m", "vertex_ai-language-models", "m"),
            ("vertex_ai/m", "vertex_ai", "m"),
            ("vertex_ai/m", "openai", "vertex_ai/m"),
            ("gemini/m", "vertex_ai", "gemini/m"),
            ("openai/m", "openrouter", "openai/m"),
        ] {
            assert_eq!(model_name(key, provider), model, "{key} {provider}");
        }
        // A name that is none is left out.
        let price = r#"{"litellm_provider": "p", "input_cost_per_token": 1e-06}"#;
        let map = format!(
            r#"{{"a*b": {price}, "c": {}, "d": {price}}}"#,
            price.replace("\"p\"", "\"\"")
        );
        let prices = Prices::from_litellm_json(&map).unwrap();
        let has = |provider: &str, model: &str| prices.rates(provider, model).is_some();
        assert!(has("p", "d") && !has("p", "a*b") && !has("", "c"));
    }

    #[test]
    fn a_size_is_thousands_of_tokens() {
        assert_eq!(tokens("200k_tokens"), Some(200_000));
        assert_eq!(tokens("1k_tokens"), Some(1_000));
        for none in [
            "0k_tokens",
            "-1k_tokens",
            "200k",
            "xk_tokens",
            "99999999999999999k_tokens",
        ] {
            assert_eq!(tokens(none), None, "{none}");
        }
    }

    #[test]
    fn a_long_context_has_its_own_prices() {
        let prices = map();
        let cost = |usage: Usage| prices.cost("gcp.vertex_ai", "m-3", &usage).unwrap();
        let usage = |input: i64| Usage::new().input(input).output(100_000);
        assert!((cost(usage(200_000)) - (0.2 + 0.2)).abs() < 1e-9);
        assert!((cost(usage(200_001)) - (0.400_002 + 0.4)).abs() < 1e-9);
        // What a tier does not name is as in the tier below it; one of reasoning alone is none.
        assert!((cost(usage(2_000_000)) - (6.0 + 0.4)).abs() < 1e-9);
        let cached = usage(1_000_000).cache_read(500_000);
        assert!((cost(cached) - (1.0 + 0.1 + 0.4)).abs() < 1e-9);
    }

    #[test]
    fn one_mistake_is_named_with_its_line_and_field() {
        let wrong = MAP.replace("1.5e-07", "\"1.5e-07\"");
        let error = Prices::from_litellm_json(&wrong).unwrap_err();
        assert_eq!(error.field(), Some("m-1.input_cost_per_token"));
        assert_eq!(error.line(), Some(4));
        let negative = MAP
            .replace("6e-06}", "-1}")
            .replace("3.75e-06", "-3.75e-06");
        let error = Prices::from_litellm_json(&negative).unwrap_err();
        assert_eq!(
            error.field(),
            Some("anthropic-m.cache_creation_input_token_cost")
        );
        for (text, field, reason) in [
            (
                "[]",
                None,
                "invalid type: sequence, expected an object of models",
            ),
            (
                "{\"m\": 1}",
                Some("m"),
                "invalid type: integer `1`, expected an object with the prices of a model",
            ),
            ("{\"m\": {}", None, "EOF while parsing an object"),
            ("{} {}", None, "trailing characters"),
            ("", None, "EOF while parsing a value"),
        ] {
            let error = Prices::from_litellm_json(text).expect_err(text);
            assert_eq!(error.reason(), reason, "{text}");
            if !text.starts_with("{\"m\": {") {
                assert_eq!(error.field(), field, "{text}");
            }
        }
        let error = Prices::from_litellm_file("no/such/file.json").unwrap_err();
        assert!(error.to_string().contains("no/such/file.json"));
    }
}
