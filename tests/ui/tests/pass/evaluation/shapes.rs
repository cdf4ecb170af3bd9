//! A judge of any shape is the function.
use std::future::Future;
use std::pin::Pin;

use genai::SpanRef;

trait Judges {
    fn judge(&self, seen: &SpanRef) -> impl Future<Output = f64> + Send;
}

struct Always(f64);

impl Judges for Always {
    #[genai::evaluation(of = seen, result(|score| score = score))]
    async fn judge(&self, seen: &SpanRef) -> f64 {
        let _ = seen;
        self.0
    }
}

#[genai::evaluation(of = seen, result(|score| score = score))]
fn opaque(seen: &SpanRef) -> impl Future<Output = f64> + use<> {
    let _ = seen;
    async { 0.5 }
}

#[genai::evaluation(of = seen, result(|score| score = score))]
fn boxed<'a>(seen: &'a SpanRef) -> Pin<Box<dyn Future<Output = Result<f64, String>> + Send + 'a>> {
    Box::pin(async move {
        let _ = seen;
        Ok(0.5)
    })
}

type Later = Pin<Box<dyn Future<Output = f64> + Send>>;

#[genai::evaluation(of = seen, returns = future, result(|score| score = score))]
fn alias(seen: &SpanRef) -> Later {
    let _ = seen;
    Box::pin(async { 0.5 })
}

#[genai::evaluation(of = seen, result(|score| label = score.as_ref()))]
async fn generic<T>(seen: &SpanRef, score: T) -> T
where
    T: AsRef<str>,
{
    let _ = seen;
    score
}

#[genai::evaluation(of = seen, result(|()| score = 1))]
fn never_mind(seen: &SpanRef) {
    if seen.is_empty() {
        return;
    }
    drop(seen.clone());
}

#[genai::evaluation(of = seen, result(|()| score = 1))]
#[genai::chat(provider = openai, model = "judge", response = none)]
#[genai::context(conversation_id = "c")]
#[genai::evaluation(name = again, of = seen, result(|()| label = "x"))]
async fn beside_others(seen: &SpanRef) {
    let _ = seen;
}

macro_rules! judge {
    ($name:ident, $score:expr) => {
        #[genai::evaluation(of = seen, result(|_| score = $score))]
        fn $name(seen: &SpanRef) -> u8 {
            let _ = seen;
            1
        }
    };
}
judge!(of_a_macro, 1 + 1);

#[test]
fn runs() {
    use genai_ui_tests::block_on;
    fn is_send<F: Send>(future: F) -> F {
        future
    }
    let seen = SpanRef::of_response("r");
    assert_eq!(block_on(is_send(Always(0.5).judge(&seen))), 0.5);
    assert_eq!(block_on(is_send(opaque(&seen))), 0.5);
    assert_eq!(block_on(is_send(boxed(&seen))), Ok(0.5));
    assert_eq!(block_on(is_send(alias(&seen))), 0.5);
    assert_eq!(block_on(generic(&seen, "x")), "x");
    never_mind(&seen);
    block_on(is_send(beside_others(&seen)));
    assert_eq!(of_a_macro(&seen), 1);
}
