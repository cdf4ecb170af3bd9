#[genai::tool(error(|Err(e)| type = "x"))]
fn look(name: &str) -> Result<usize, std::num::ParseIntError> {
    name.parse()
}

fn main() {}
