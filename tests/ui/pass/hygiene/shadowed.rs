#![deny(warnings)]

#![allow(dead_code, non_camel_case_types, non_snake_case)]

mod shadows {
    pub struct Result;
    pub struct Option;
    pub struct String;
    pub struct Box;
    pub struct Ok;
    pub struct Err;
    pub struct Some;
    pub struct None;
    pub struct Send;
    pub mod std {}
    pub mod core {}
    pub mod genai {}
}
use shadows::*;

#[::genai::tool(description = op, call_id = out)]
fn run(op: &str, out: &str, t: &str, o: u8, recorder: u8) -> u8 {
    let _ = (op, out, t);
    o + recorder
}

fn main() {
    assert_eq!(run("", "", "", 1, 2), 3);
}
