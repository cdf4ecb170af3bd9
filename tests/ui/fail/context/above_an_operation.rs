#[genai::context(conversation = thread)]
#[genai::chat(provider = opnai, modle = model)]
async fn ask(thread: &str, model: &str) -> String {
    format!("{thread}{model}")
}

#[genai::context(conversation_id = thread)]
#[genai::chat(provider = openai, modle = model)]
async fn only_the_operation(thread: &str, model: &str) -> String {
    format!("{thread}{model}")
}

#[genai::context(conversation_id = count)]
#[genai::tool(name = count)]
async fn of_the_wrong_type(count: u32) -> u32 {
    count
}

fn main() {}
