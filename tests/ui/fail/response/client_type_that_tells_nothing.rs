#![deny(warnings)]

struct CreateChatCompletionResponse;
struct CreateChatCompletionRequest;

#[genai::chat(provider = openai)]
fn ask() -> Result<CreateChatCompletionResponse, std::fmt::Error> {
    Ok(CreateChatCompletionResponse)
}

#[genai::chat(provider = openai, request = req, response = none)]
fn asked(req: &CreateChatCompletionRequest) {
    let _ = req;
}

fn main() {}
