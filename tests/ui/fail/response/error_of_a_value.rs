struct Reply;

#[genai::chat(provider = openai, response(|_| error))]
fn flag() -> Reply {
    Reply
}

#[genai::chat(provider = openai, response(|_| error = "a", error.type = "b"))]
fn twice() -> Reply {
    Reply
}

#[genai::chat(provider = openai, response(|_| error = 5))]
fn number() -> Reply {
    Reply
}

fn main() {}
