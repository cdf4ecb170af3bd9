#[genai::evaluation(of = seen, result(|r| score = r))]
fn judge(seen: &genai::SpanRef) -> Later {
    let _ = seen;
    Box::pin(async { 0.5 })
}

type Later = std::pin::Pin<Box<dyn Future<Output = f64>>>;

fn main() {}
