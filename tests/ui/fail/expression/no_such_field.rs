struct Reply {
    id: String,
}

#[genai::chat(provider = openai, response(|r| id = r.idd))]
fn ask() -> Reply {
    Reply { id: String::new() }
}

fn main() {}
