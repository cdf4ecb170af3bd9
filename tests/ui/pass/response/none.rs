#![deny(warnings)]

struct Opaque;

#[genai::chat(provider = openai, response = none)]
fn ask() -> Result<Opaque, std::fmt::Error> {
    Ok(Opaque)
}

fn main() {
    assert!(ask().is_ok());
}
