//! An agent and its tools, annotated as an application would be, for backends to show: questions go in, answers come out, and
//! what the model's provider said of each call beside them.

mod agent;
mod annotate;
mod scrape;
mod tools;

pub use agent::{Desk, Said, TENANT};
pub use annotate::{annotate_mlflow, annotate_phoenix};
pub use scrape::scraped;
pub use tools::{Tools, tools};
