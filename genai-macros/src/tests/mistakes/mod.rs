//! One mistake, one message: the beginning of it is what a person reads first.

mod entries;
mod evaluation;
mod items;
mod keys;
mod lists;
mod names;
mod own;
mod shapes;
mod values;

use super::{FUNCTION, errors, errors_on, tokens};
use crate::entry;

/// Expects exactly one message that holds all of these.
fn one(name: &str, attr: &str, parts: &[&str]) {
    one_on(name, attr, FUNCTION, parts);
}

fn one_on(name: &str, attr: &str, item: &str, parts: &[&str]) {
    let found = errors_on(name, attr, item);
    assert_eq!(found.len(), 1, "#[{name}({attr})] {item}: {found:#?}");
    for part in parts {
        assert!(
            found[0].contains(part),
            "#[{name}({attr})] {item}: {found:#?} lacks `{part}`"
        );
    }
}

#[test]
fn every_mistake_is_reported_once() {
    let attr = "provider = opnai, tempreature = 1, max_tokens = \"x\", input_tokens = 1, gen_ai.system = \"a\", \
        attributes(gen_ai.request.model = 1, \"\" = 2), response(|r| id = text, modle = 2, id = 3), bogus, stream = 1";
    let found = errors("chat", attr);
    assert_eq!(found.len(), 12, "{found:#?}");
    let whole = entry::run("chat", tokens(attr), tokens(FUNCTION)).to_string();
    assert_eq!(whole.matches("compile_error").count(), 12);
    assert!(
        whole.ends_with(&tokens(FUNCTION).to_string()),
        "the function is as it was"
    );
}
