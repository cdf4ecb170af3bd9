//! Price tables as JSON: text in, a table or the first mistake with line, column and field out.
//!
//! The fields are visited one by one with the place noted beside, so that an error can name it; no tree is built.

use std::cell::RefCell;
use std::fmt;
use std::path::Path;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};

use super::prices::{Prices, check_model, check_provider};
use super::{Error, Rates, cost};

impl Prices {
    /// Reads prices from JSON:
    ///
    /// ```
    /// let prices = genai::pricing::Prices::from_json(
    ///     r#"{"prices": [
    ///         {"provider": "openai", "model": "gpt-4o*", "input": 2.5, "output": 10.0, "cache_read": 1.25},
    ///         {"provider": "*", "model": "text-embedding-3-small", "input": 0.02}
    ///     ]}"#,
    /// )?;
    /// # Ok::<(), genai::pricing::Error>(())
    /// ```
    ///
    /// `provider` and `model` are as in [`PricesBuilder::model`](super::PricesBuilder::model); `input` is required; `output`, `cache_read`,
    /// `cache_write` and `reasoning` are as in [`Rates`]. All are US dollars per million tokens.
    ///
    /// # Errors
    ///
    /// The first mistake, with its line, column and field.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        read(text)
    }

    /// Reads prices from a JSON file; see [`from_json`](Self::from_json).
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or the first mistake in it.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path.as_ref())
            .map_err(|e| Error::file(path.as_ref(), &e.to_string()))?;
        Self::from_json(&text)
    }
}

/// Where the reader is.
#[derive(Default)]
struct Place {
    index: Option<usize>,
    field: Option<String>,
}

impl Place {
    fn path(&self) -> Option<String> {
        match (self.index, &self.field) {
            (None, None) => None,
            (None, Some(field)) => Some(field.clone()),
            (Some(index), None) => Some(format!("prices[{index}]")),
            (Some(index), Some(field)) => Some(format!("prices[{index}].{field}")),
        }
    }
}

fn read(text: &str) -> Result<Prices, Error> {
    let place = RefCell::new(Place::default());
    let at = |error: serde_json::Error| Error::json(&error, place.borrow().path());
    let mut reader = serde_json::Deserializer::from_str(text);
    let prices = Table(&place).deserialize(&mut reader).map_err(at)?;
    reader.end().map_err(at)?;
    Ok(prices)
}

/// A key of an object: one of `fields`, and not one of those seen before. It gives its index.
struct Field<'a> {
    place: &'a RefCell<Place>,
    fields: &'static [&'static str],
    seen: &'a mut u8,
}

impl<'de> DeserializeSeed<'de> for Field<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Field<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<usize, E> {
        enter(self.place, key);
        let Some(at) = self.fields.iter().position(|field| *field == key) else {
            let fields = self.fields.join(", ");
            return Err(E::custom(format_args!("unknown field; known are {fields}")));
        };
        let bit = 1_u8 << at;
        if *self.seen & bit != 0 {
            return Err(E::custom("the field is there twice"));
        }
        *self.seen |= bit;
        Ok(at)
    }
}

/// Notes the field that is read next.
fn enter(place: &RefCell<Place>, field: &str) {
    // A key in a broken file may be of any length.
    place.borrow_mut().field = Some(crate::content::limits::prefix(field, 64).to_owned());
}

/// The whole file.
struct Table<'a>(&'a RefCell<Place>);

impl<'de> DeserializeSeed<'de> for Table<'_> {
    type Value = Prices;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Prices, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Table<'_> {
    type Value = Prices;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the list `prices`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Prices, A::Error> {
        let (mut prices, mut seen) = (None, 0);
        while map
            .next_key_seed(Field {
                place: self.0,
                fields: &["prices"],
                seen: &mut seen,
            })?
            .is_some()
        {
            prices = Some(map.next_value_seed(List(self.0))?);
        }
        prices.ok_or_else(|| {
            enter(self.0, "prices");
            A::Error::custom("the field is missing")
        })
    }
}

/// The list of prices.
struct List<'a>(&'a RefCell<Place>);

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = Prices;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Prices, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = Prices;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of prices")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Prices, A::Error> {
        let mut prices = Prices::empty();
        let mut index = 0;
        loop {
            *self.0.borrow_mut() = Place {
                index: Some(index),
                field: None,
            };
            if list
                .next_element_seed(Entry(self.0, &mut prices))?
                .is_none()
            {
                break;
            }
            index += 1;
        }
        *self.0.borrow_mut() = Place::default();
        Ok(prices)
    }
}

/// One price, added to the table.
struct Entry<'a>(&'a RefCell<Place>, &'a mut Prices);

impl<'de> DeserializeSeed<'de> for Entry<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with provider, model, input and output")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut provider, mut model, mut seen) = (None, None, 0);
        let mut rates: [Option<f64>; 5] = [None; 5];
        while let Some(at) = map.next_key_seed(Field {
            place: self.0,
            fields: &FIELDS,
            seen: &mut seen,
        })? {
            match at {
                0 => provider = Some(map.next_value_seed(Name(check_provider))?),
                1 => model = Some(map.next_value_seed(Name(check_model))?),
                _ => {
                    let rate = map.next_value_seed(Price)?;
                    if let Some(slot) = rates.get_mut(at - 2) {
                        *slot = Some(rate);
                    }
                }
            }
            self.0.borrow_mut().field = None;
        }
        let missing = |field: &str| {
            enter(self.0, field);
            A::Error::custom("the field is missing")
        };
        let provider = provider.ok_or_else(|| missing("provider"))?;
        let model = model.ok_or_else(|| missing("model"))?;
        let [input, output, cache_read, cache_write, reasoning] = rates;
        let mut rates = Rates::input_only(input.ok_or_else(|| missing("input"))?);
        rates.output = output;
        rates.cache_read = cache_read;
        rates.cache_write = cache_write;
        rates.reasoning = reasoning;
        self.1.add(provider, model, rates).map_err(|error| {
            enter(self.0, error.field().unwrap_or_default());
            A::Error::custom(error.reason())
        })
    }
}

/// The fields of a price.
const FIELDS: [&str; 7] = [
    "provider",
    "model",
    "input",
    "output",
    "cache_read",
    "cache_write",
    "reasoning",
];

/// A provider or a model, with what is wrong with a text that is none.
struct Name(fn(&str) -> Result<(), Error>);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name as a string")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<String, E> {
        match (self.0)(name) {
            Ok(()) => Ok(name.to_owned()),
            Err(error) => Err(E::custom(error.reason())),
        }
    }
}

/// A number that can be a price.
struct Price;

impl<'de> DeserializeSeed<'de> for Price {
    type Value = f64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<f64, D::Error> {
        deserializer.deserialize_f64(self)
    }
}

impl Visitor<'_> for Price {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a price in US dollars per million tokens, as a number")
    }

    fn visit_f64<E: serde::de::Error>(self, rate: f64) -> Result<f64, E> {
        match cost::mistake(rate) {
            None => Ok(rate),
            Some(reason) => Err(E::custom(reason)),
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "no price is that large")]
    fn visit_u64<E: serde::de::Error>(self, rate: u64) -> Result<f64, E> {
        self.visit_f64(rate as f64)
    }

    #[allow(clippy::cast_precision_loss, reason = "no price is that large")]
    fn visit_i64<E: serde::de::Error>(self, rate: i64) -> Result<f64, E> {
        self.visit_f64(rate as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_has_its_place_and_what_was_expected_there() {
        let price = |fields: &str| format!("{{\"prices\": [\n  {{{fields}}}]}}");
        let names = "\"provider\": \"a\", \"model\": \"b\"";
        for (text, line, column, field, reason) in [
            (
                "[]".to_owned(),
                1,
                0,
                None,
                "invalid type: sequence, expected an object with the list `prices`",
            ),
            (
                "{\"prices\": 7}".to_owned(),
                1,
                12,
                Some("prices"),
                "invalid type: integer `7`, expected a list of prices",
            ),
            (
                "{\"prices\": [7]}".to_owned(),
                1,
                13,
                Some("prices[0]"),
                "invalid type: integer `7`, expected an object with provider, model, input and output",
            ),
            (
                price("\"provider\": 7"),
                2,
                16,
                Some("prices[0].provider"),
                "invalid type: integer `7`, expected a name as a string",
            ),
            (
                price(&format!("{names}, \"input\": \"x\"")),
                2,
                46,
                Some("prices[0].input"),
                "invalid type: string \"x\", expected a price in US dollars per million tokens, as a number",
            ),
            (
                price("\"imput\": 1"),
                2,
                10,
                Some("prices[0].imput"),
                "unknown field; known are provider, model, input, output, cache_read, cache_write, reasoning",
            ),
            (
                "{} x".to_owned(),
                1,
                2,
                Some("prices"),
                "the field is missing",
            ),
            (
                "{\"prices\": []} x".to_owned(),
                1,
                16,
                None,
                "trailing characters",
            ),
        ] {
            let error = Prices::from_json(&text).expect_err(&text);
            assert_eq!((error.field(), error.reason()), (field, reason), "{text}");
            assert_eq!(
                (error.line(), error.column()),
                (Some(line), Some(column)),
                "{text}"
            );
            let place = field.map_or(String::new(), |field| format!(", field {field}"));
            let shown = format!("prices, line {line}, column {column}{place}: {reason}");
            assert_eq!(
                (error.to_string(), format!("{error:?}")),
                (shown.clone(), shown)
            );
        }
        let long = format!("{{\"{}\": 1}}", "x".repeat(70));
        let error = Prices::from_json(&long).unwrap_err();
        assert_eq!(error.field(), Some(&*"x".repeat(64)));
    }

    #[test]
    fn a_mistake_in_code_has_a_field_and_no_place() {
        let error = Prices::builder()
            .model("a", "b", Rates::new(-1.0, 0.0))
            .build()
            .unwrap_err();
        assert_eq!((error.line(), error.column()), (None, None));
        assert_eq!(error.field(), Some("input of \"b\""));
        assert_eq!(
            error.to_string(),
            "prices, field input of \"b\": a price is a number from 0 to 1000000000.0 (US dollars per million tokens), not -1.0"
        );
    }

    #[test]
    fn every_field_of_a_price_is_read() {
        let prices = Prices::from_json(
            r#"{"prices": [{"reasoning": 5, "cache_write": 4.5, "cache_read": 0, "output": 2, "input": 1, "model": "b", "provider": "a"}]}"#,
        )
        .unwrap();
        let expected = Rates::new(1.0, 2.0)
            .cache_read(0.0)
            .cache_write(4.5)
            .reasoning(5.0);
        assert_eq!(prices.rates("a", "b"), Some(&expected));
    }
}
