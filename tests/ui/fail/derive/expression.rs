#[derive(genai::Response)]
struct Reply {
    #[genai(finish_reasons = reason)]
    reason: Reason,
    #[genai(input_tokens = tokens.to_string())]
    tokens: u32,
    #[genai(output_tokens = other?)]
    other: Option<u32>,
    #[genai(flatten = usage.clone())]
    usage: Usage,
    #[genai(model = format!("{model}"), output_tokens = vec![1])]
    model: String,
}

enum Reason {
    Stop,
}

#[derive(genai::Response)]
struct Usage {
    #[genai(cache_read_input_tokens = 5)]
    cached: u32,
}

fn main() {}
