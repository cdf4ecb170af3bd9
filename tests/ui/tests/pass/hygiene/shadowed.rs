#![allow(dead_code, non_camel_case_types, non_snake_case)]

struct Result;
struct Option;
struct String;
struct Box;
struct Ok;
struct Err;
struct Some;
struct None;
struct Send;
struct Into;
mod std {}
mod core {}
mod alloc {}
mod genai {}
fn drop() {}

#[::genai::tool(description = op, call_id = out)]
fn run(op: &str, out: &str, t: &str, o: u8, recorder: u8) -> u8 {
    let _ = (op, out, t);
    o + recorder
}

#[test]
fn runs() {
    assert_eq!(run("", "", "", 1, 2), 3);
}
