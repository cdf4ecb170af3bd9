use genai::{Recorder, keys};

struct Reply(u32);

fn fill(reply: &Reply, recorder: &mut Recorder<'_>) {
    recorder.int(keys::GEN_AI_USAGE_INPUT_TOKENS, i64::from(reply.0));
}

#[genai::chat(provider = openai, response = fill)]
fn ask() -> Reply {
    Reply(1)
}

#[genai::chat(provider = openai, response = fill)]
fn fallible() -> Result<Reply, std::fmt::Error> {
    Ok(Reply(1))
}

#[test]
fn runs() {
    assert_eq!(ask().0, fallible().map_or(0, |r| r.0));
}
