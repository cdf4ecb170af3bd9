//! What calls cost: a table of prices and the token counts of a call go in, an amount in US dollars comes out.
//!
//! The table is the application's own: no price is built in, and a model that is not in the table is counted
//! (`genai.pricing.unknown`), never guessed. Handed to [`TelemetryBuilder::pricing`](crate::TelemetryBuilder::pricing), every
//! chat and embeddings call whose usage is known records the histogram `ai.cost.usd`. Agents are not priced: their usage
//! repeats that of the calls below them.
//!
//! ```
//! use genai::pricing::{Prices, Rates, Usage};
//!
//! let prices = Prices::builder()
//!     .model("openai", "gpt-4o*", Rates::new(2.5, 10.0).cache_read(1.25))
//!     .model("openai", "gpt-4o-mini*", Rates::new(0.15, 0.6))
//!     .build()?;
//! let usage = Usage::new().input(1_000_000).cache_read(400_000).output(100_000);
//! assert_eq!(prices.cost("openai", "gpt-4o-2024-08-06", &usage), Some(0.6 * 2.5 + 0.4 * 1.25 + 0.1 * 10.0));
//! assert_eq!(prices.cost("openai", "o3", &usage), None);
//! # Ok::<(), genai::pricing::Error>(())
//! ```

mod cost;
mod error;
mod json;
mod litellm;
mod prices;
mod record;

pub use cost::{LongContext, Rates, Usage};
pub use error::Error;
pub use prices::{Prices, PricesBuilder};
pub(crate) use record::CostInstruments;
