#[genai::context(replace)]
#[genai::context]
fn ask() {}

fn main() {}
