//! The table: prices per provider and model go in, what a call cost comes out.

use std::collections::HashMap;

use super::cost::{Rates, Usage};
use super::error::Error;

/// The provider that stands for every provider.
const ANY: &str = "*";

/// Prices per provider and model, and how what they amount to is recorded.
///
/// ```
/// use genai::{Telemetry, pricing::{Prices, Rates}};
///
/// let prices = Prices::builder().model("openai", "gpt-4o*", Rates::new(2.5, 10.0)).build()?;
/// Telemetry::builder().pricing(prices).install();
/// # Ok::<(), genai::pricing::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Prices {
    providers: HashMap<String, Models>,
    pub(super) metric: String,
    pub(super) on_span: bool,
}

/// The models of one provider.
#[derive(Clone, Debug, Default)]
struct Models {
    exact: HashMap<String, Rates>,
    /// Patterns without their `*`, the longest first.
    prefixes: Vec<(String, Rates)>,
}

/// Builds [`Prices`]; made by [`Prices::builder`].
///
/// ```
/// use genai::pricing::{Prices, PricesBuilder, Rates};
///
/// fn local(table: PricesBuilder) -> PricesBuilder {
///     table.model("*", "llama*", Rates::new(0.0, 0.0))
/// }
/// assert!(local(Prices::builder()).build()?.rates("ollama", "llama3.2").is_some());
/// # Ok::<(), genai::pricing::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct PricesBuilder {
    prices: Prices,
    error: Option<Error>,
}

impl Prices {
    /// The default name of the histogram.
    pub const METRIC: &'static str = "ai.cost.usd";

    /// Starts without any price.
    pub fn builder() -> PricesBuilder {
        PricesBuilder {
            prices: Self::empty(),
            error: None,
        }
    }

    pub(super) fn empty() -> Self {
        Self {
            providers: HashMap::new(),
            metric: Self::METRIC.to_owned(),
            on_span: false,
        }
    }

    /// Another name for the histogram than `ai.cost.usd`.
    ///
    /// # Errors
    ///
    /// If OpenTelemetry refuses the name: it starts with a letter, has at most 255 characters, and they are letters, digits,
    /// `_`, `.`, `-` and `/`.
    pub fn metric(mut self, name: impl Into<String>) -> Result<Self, Error> {
        let name = name.into();
        crate::pipeline::metric::check_name(&name)
            .map_err(|e| Error::new("metric", e.to_string()))?;
        self.metric = name;
        Ok(self)
    }

    /// Whether the span gets `gen_ai.usage.cost` too; off by default, since the key is not one of the conventions'.
    #[must_use]
    pub fn span_attribute(mut self, on: bool) -> Self {
        self.on_span = on;
        self
    }

    /// What the table has for a model: its exact name before a pattern, a longer pattern before a shorter one, the provider's
    /// own prices before those of every provider.
    pub fn rates(&self, provider: &str, model: &str) -> Option<&Rates> {
        let of = |provider: &str| self.providers.get(provider)?.find(model);
        of(provider).or_else(|| of(ANY))
    }

    /// What a call cost in US dollars; `None` for a model that is not in the table and for a call without any token count.
    pub fn cost(&self, provider: &str, model: &str, usage: &Usage) -> Option<f64> {
        self.rates(provider, model)?.cost(usage)
    }

    /// Adds a price of one model, unless there is one; whether it was added.
    pub(super) fn add_first(&mut self, provider: &str, model: &str, rates: Rates) -> bool {
        let models = self.providers.entry(provider.to_owned()).or_default();
        let is_new = !models.exact.contains_key(model);
        if is_new {
            models.exact.insert(model.to_owned(), rates);
        }
        is_new
    }

    pub(super) fn add(
        &mut self,
        provider: String,
        model: String,
        rates: Rates,
    ) -> Result<(), Error> {
        check_provider(&provider)?;
        check_model(&model)?;
        let models = self.providers.entry(provider).or_default();
        let (stem, is_prefix) = match model.strip_suffix('*') {
            Some(stem) => (stem.to_owned(), true),
            None => (model, false),
        };
        let is_new = if is_prefix {
            let is_new = !models.prefixes.iter().any(|(known, _)| *known == stem);
            let at = models
                .prefixes
                .partition_point(|(known, _)| known.len() >= stem.len());
            models.prefixes.insert(at, (stem, rates));
            is_new
        } else {
            models.exact.insert(stem, rates).is_none()
        };
        if is_new {
            Ok(())
        } else {
            Err(Error::new(
                "model",
                "this provider has a price for this model already",
            ))
        }
    }
}

pub(super) fn check_provider(provider: &str) -> Result<(), Error> {
    if provider.is_empty() || (provider.contains('*') && provider != ANY) {
        return Err(Error::new(
            "provider",
            "a provider is a name, or `*` for every provider",
        ));
    }
    Ok(())
}

pub(super) fn check_model(model: &str) -> Result<(), Error> {
    let stem = model.strip_suffix('*');
    if model.is_empty() || stem.unwrap_or(model).contains('*') {
        return Err(Error::new(
            "model",
            "a model is a name, or the start of one followed by `*`",
        ));
    }
    Ok(())
}

impl Models {
    fn find(&self, model: &str) -> Option<&Rates> {
        self.exact.get(model).or_else(|| {
            self.prefixes
                .iter()
                .find(|(stem, _)| model.starts_with(stem.as_str()))
                .map(|(_, rates)| rates)
        })
    }
}

impl PricesBuilder {
    /// Adds the price of `model` at `provider` (a `gen_ai.provider.name`, or `*` for every provider). A model ending in `*`
    /// stands for every name that starts so.
    pub fn model(
        mut self,
        provider: impl Into<String>,
        model: impl Into<String>,
        rates: Rates,
    ) -> Self {
        if self.error.is_none() {
            let model = model.into();
            let added = rates
                .check()
                .and_then(|()| self.prices.add(provider.into(), model.clone(), rates));
            self.error = added.err().map(|e| e.of_model(&model));
        }
        self
    }

    /// The finished table.
    ///
    /// # Errors
    ///
    /// The first mistake: a price that is negative or no number, a `*` elsewhere than at the end, a model priced twice.
    pub fn build(self) -> Result<Prices, Error> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.prices),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_names_come_first_then_the_longest_start_then_every_provider() {
        let mut builder = Prices::builder();
        let models = ["m", "m-1*", "m-12*", "*", "m-2*", "m-123"];
        for (at, model) in models.into_iter().enumerate() {
            let price = f64::from(u8::try_from(at).unwrap());
            builder = builder.model("a", model, Rates::new(price, 0.0));
        }
        let prices = builder
            .model("*", "m", Rates::new(9.0, 0.0))
            .build()
            .unwrap();
        let input = |provider: &str, model: &str| prices.rates(provider, model).map(|r| r.input);
        for (model, price) in [
            ("m", 0.0),
            ("m-1", 1.0),
            ("m-12", 2.0),
            ("m-1234", 2.0),
            ("m-123", 5.0),
            ("m-2x", 4.0),
            ("other", 3.0),
        ] {
            assert_eq!(input("a", model), Some(price), "{model}");
        }
        assert_eq!((input("b", "m"), input("b", "x")), (Some(9.0), None));
        assert_eq!(
            (prices.metric.as_str(), prices.on_span),
            ("ai.cost.usd", false)
        );
        assert!(prices.span_attribute(true).is_on_span());
    }

    #[test]
    fn a_mistake_of_a_builder_names_its_field_and_model() {
        let rates = Rates::new(1.0, 1.0);
        let twice = "this provider has a price for this model already";
        let provider = "a provider is a name, or `*` for every provider";
        let model = "a model is a name, or the start of one followed by `*`";
        for (models, field, reason) in [
            (
                vec![("a", "m"), ("a", "m"), ("", "x")],
                "model of \"m\"",
                twice,
            ),
            (vec![("a", "m*"), ("a", "m*")], "model of \"m*\"", twice),
            (vec![("", "m")], "provider of \"m\"", provider),
            (vec![("a*", "m")], "provider of \"m\"", provider),
            (vec![("a", "")], "model of \"\"", model),
            (vec![("a", "m*n")], "model of \"m*n\"", model),
            (vec![("a", "**")], "model of \"**\"", model),
        ] {
            let builder = models
                .iter()
                .fold(Prices::builder(), |all, (provider, model)| {
                    all.model(*provider, *model, rates)
                });
            let error = builder.build().unwrap_err();
            assert_eq!((error.field(), error.reason()), (Some(field), reason));
        }
        // The same model of two providers, and a name that is also the start of others.
        let fine = Prices::builder()
            .model("a", "m", rates)
            .model("b", "m", rates);
        assert!(
            fine.model("a", "m*", rates)
                .model("*", "*", rates)
                .build()
                .is_ok()
        );
        let error = Prices::empty().metric("a b").unwrap_err();
        assert_eq!(error.field(), Some("metric"));
        assert_eq!(Prices::empty().metric("cost").unwrap().metric, "cost");
    }
}
