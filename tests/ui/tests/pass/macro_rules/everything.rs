macro_rules! ask {
    ($(#[$meta:meta])* $vis:vis $name:ident($arg:ident: $ty:ty) -> $out:ty $body:block, $provider:ident, $model:expr, $path:path, $pattern:pat_param, $id:expr) => {
        $(#[$meta])*
        #[genai::chat(provider = $provider, model = $model, response(|$pattern| id = $id), error(|e| type = $path(e)))]
        $vis fn $name($arg: $ty) -> $out $body
    };
}

fn classify(_: &std::fmt::Error) -> &'static str {
    "formatting"
}

ask! {
    /// Asks.
    #[inline]
    pub ask(text: &str) -> Result<String, std::fmt::Error> { Ok(text.to_owned()) }, openai, "m", classify, r, r.as_str()
}

#[test]
fn runs() {
    assert_eq!(ask("a"), Ok("a".to_owned()));
}
