struct Reply;

#[genai::chat(provider = openai, model = "m", stream)]
async fn ask(mut on_chunk: impl FnMut(&str)) -> Result<Reply, std::io::Error> {
    on_chunk("a");
    Ok(Reply)
}

#[genai::tool(stream)]
fn run(mut on_chunk: impl FnMut(&str)) -> Reply {
    on_chunk("a");
    Reply
}

fn main() {}
