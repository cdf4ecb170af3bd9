struct Ask;

impl genai::Request for Ask {
    fn record_request(&self, _: &mut genai::Recorder<'_>) {}
}

#[genai::chat(request = ask)]
fn ask(ask: &Ask) -> String {
    let _ = ask;
    String::new()
}

fn main() {}
