//! Functions with an attribute that more than one test calls.

/// A call that yields once.
#[genai::chat(provider = openai, model = "m")]
pub async fn ask() {
    tokio::task::yield_now().await;
}

/// Whatever runs inside is below it.
#[genai::workflow(name = "outer", response = none)]
pub async fn outer<F: Future>(work: F) -> F::Output {
    work.await
}
