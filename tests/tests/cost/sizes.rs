//! What an attribute adds to the size of a future: at most 48 bytes where arguments are references, else one more copy of the
//! owned ones.

use std::future::{Future, ready};

struct Client;
struct Big([u8; 1024]);
struct Failed;

impl Client {
    async fn send(&self, req: &Big) -> Result<String, Failed> {
        ready(()).await;
        Ok(req.0.len().to_string())
    }
}

async fn consume(big: Big) -> usize {
    ready(()).await;
    big.0.len()
}

impl genai::Request for Big {
    fn record_request(&self, recorder: &mut genai::Recorder<'_>) {
        recorder.int(genai::keys::GEN_AI_REQUEST_MAX_TOKENS, i64::from(self.0[0]));
    }
}

macro_rules! pairs {
    ($($(#[$attribute:meta])* $bare:ident, $annotated:ident($($arg:ident: $ty:ty),*) -> $out:ty $body:block)*) => {$(
        async fn $bare($($arg: $ty),*) -> $out $body
        $(#[$attribute])*
        async fn $annotated($($arg: $ty),*) -> $out $body
    )*};
}

pairs! {
    #[genai::chat(provider = openai, request = req)]
    references, references_on(client: &Client, req: &Big) -> Result<String, Failed> { client.send(req).await }

    #[genai::chat(provider = openai, model = model, max_tokens = n, input = *text, response(|r| id = r), error(|_| type = "x"))]
    entries, entries_on(client: &Client, req: &Big, model: &str, n: u32, text: &str) -> Result<String, Failed> {
        let _ = (model, n, text);
        client.send(req).await
    }

    #[genai::chat(provider = openai, request = req, response = none)]
    moved, moved_on(req: Big) -> usize { consume(req).await }

    #[genai::chat(provider = openai, request = req)]
    held, held_on(client: &Client, req: Big) -> Result<String, Failed> { client.send(&req).await }

    #[genai::chat(provider = openai, model = model, response = none)]
    strings, strings_on(model: String, text: String) -> usize { ready(()).await; model.len() + text.len() }
}

fn added<A: Future, B: Future>(bare: &A, annotated: &B) -> usize {
    size_of_val(annotated) - size_of_val(bare)
}

fn big() -> Big {
    Big([0; 1024])
}

#[test]
fn references_cost_48_bytes() {
    let (client, req) = (Client, big());
    let added = added(&references(&client, &req), &references_on(&client, &req));
    assert!(added <= 48, "{added}");
}

#[test]
fn entries_cost_no_more() {
    let (client, req) = (Client, big());
    // Five arguments of 8, 8, 16, 4 and 16 bytes are kept twice, by the function and by its body; two references were 16.
    let added = added(
        &entries(&client, &req, "m", 1, "t"),
        &entries_on(&client, &req, "m", 1, "t"),
    );
    assert!(added <= 48 - 16 + 64, "{added}");
}

#[test]
fn owned_arguments_cost_one_copy() {
    let client = Client;
    let pairs = [
        added(&moved(big()), &moved_on(big())),
        added(&held(&client, big()), &held_on(&client, big())),
    ];
    println!("{pairs:?}");
    assert!(pairs.iter().all(|added| *added <= 1024 + 48), "{pairs:?}");
    let (a, b) = (String::new, String::new);
    let added = added(&strings(a(), b()), &strings_on(a(), b()));
    assert!(added <= 2 * size_of::<String>() + 48, "{added}");
}
