use futures_core::Stream;

struct Reply;

#[genai::chat(provider = openai, response = openai)]
fn value() -> Result<Reply, std::fmt::Error> {
    Ok(Reply)
}

#[genai::chat(provider = openai, response = openai, stream)]
fn items() -> std::pin::Pin<Box<dyn Stream<Item = Result<Reply, std::fmt::Error>>>> {
    unimplemented!()
}

fn main() {}
