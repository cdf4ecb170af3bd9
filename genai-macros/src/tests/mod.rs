//! Tests on token level: what is accepted, and what is said of everything else.

mod accepted;
mod dependency;
mod derives;
mod generator;
mod ide;
mod mcp;
mod mistakes;
mod order;
mod random;
mod robust;

use proc_macro2::TokenStream;

use crate::diag::Diag;
use crate::entry;
use crate::ir::{Call, Instrument, What};

const FUNCTION: &str = "async fn ask(client: &Client, req: Req, text: String, model: &str) -> Result<Reply, Error> { client.create(req).await }";

fn tokens(text: &str) -> TokenStream {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// What is reported for an attribute on an ordinary function.
fn errors(name: &str, attr: &str) -> Vec<String> {
    errors_on(name, attr, FUNCTION)
}

fn errors_on(name: &str, attr: &str, item: &str) -> Vec<String> {
    let mut diag = Diag::default();
    entry::instrument(name, tokens(attr), tokens(item), &mut diag);
    diag.messages().into_iter().map(ToOwned::to_owned).collect()
}

/// The accepted attribute's meaning.
fn accept_on(name: &str, attr: &str, item: &str) -> Instrument {
    let mut diag = Diag::default();
    let found = entry::instrument(name, tokens(attr), tokens(item), &mut diag);
    assert_eq!(
        diag.messages(),
        Vec::<&str>::new(),
        "#[{name}({attr})] {item}"
    );
    found.expect("nothing was reported")
}

fn accept(name: &str, attr: &str) -> Call {
    match accept_on(name, attr, FUNCTION).what {
        What::Operation(call) => *call,
        What::Context(_) | What::Evaluation(_) => panic!("an operation was meant"),
    }
}
