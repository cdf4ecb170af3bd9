#[genai::chat(provider = opnai, modle = model)]
#[genai::context(conversation = thread)]
async fn ask(thread: &str, model: &str) -> String {
    format!("{thread}{model}")
}

#[genai::chat(provider = openai, modle = model)]
#[genai::context(conversation_id = thread)]
async fn only_the_operation(thread: &str, model: &str) -> String {
    format!("{thread}{model}")
}

#[genai::tool(name = count)]
#[genai::context(conversation_id = count)]
async fn of_the_wrong_type(count: u32) -> u32 {
    count
}

fn main() {}
