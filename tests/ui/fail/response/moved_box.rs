#[genai::chat(provider = openai, response(|r| id = boxed.as_ref()))]
async fn ask(boxed: Box<str>) -> String {
    boxed.into()
}

fn main() {}
