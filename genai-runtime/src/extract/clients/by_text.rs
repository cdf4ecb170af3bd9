//! Errors of clients in versions that have no feature: an error goes in, what its `Debug` text says of it in words of few values
//! comes out: the provider's code or type, the status, what went wrong with HTTP, the variant.
//!
//! An error is known by how its text begins, so also inside of `anyhow` and other errors, or by the name of its type. No more of
//! the text is written than [`LENGTH`], nothing of it is kept, and what stands in quotation marks is looked at only where a field's
//! name says what it is, or where it is the body of a failed answer, of which the code is taken.

use std::borrow::Cow;
use std::fmt::Debug;

use serde_json::Value;

use super::error::{class, description};
use crate::content::limits::prefix;
use crate::extract::budget::written;
use crate::extract::wire::error::{is_type, of_body};

/// How much of a text is written, in bytes.
const LENGTH: usize = 64 << 10;

/// The crates and types whose errors are known, in whatever version.
const TYPES: [(&str, &str); 9] = [
    ("anthropic_ai_sdk", "MessageError"),
    ("async_anthropic", "AnthropicError"),
    ("async_openai", "OpenAIError"),
    ("gemini_rust", "Error"),
    ("ollama_rs", "OllamaError"),
    ("openai_api_rs", "APIError"),
    ("rig", "CompletionError"),
    ("rig_core", "CompletionError"),
    ("rig_core", "ProviderError"),
];

/// How texts begin that need no name beside them.
const BEGINNINGS: [&str; 12] = [
    // async-openai
    "ApiError(ApiError { message: ",
    "ApiError(ApiErrorResponse { ",
    "JSONDeserialize(Error(",
    "StreamError(ReqwestEventSource(",
    // gemini-rust
    "BadResponse { code: ",
    // genai
    "WebModelCall { model_iden: ModelIden { ",
    "WebAdapterCall { adapter_kind: ",
    // openai-api-rs
    "ReqwestError(reqwest::Error { ",
    // rig
    "HttpError(InvalidStatusCode",
    "InvalidStatusCode(",
    "InvalidStatusCodeWithMessage(",
    "ProviderResponse(ProviderResponseError { ",
];

/// What an error says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) class: Cow<'static, str>,
    pub(crate) description: Option<Cow<'static, str>>,
}

/// What an error says whose text begins so, if it is a known one.
pub(crate) fn by_beginning(begun: &str, error: &dyn Debug) -> Option<Said> {
    let is_known = BEGINNINGS.iter().any(|known| begun.starts_with(known));
    is_known.then(|| read(&written(format_args!("{error:?}"), LENGTH)))
}

/// What an error says whose type has this path, if it is a known one.
pub(crate) fn by_type(path: &str, error: &dyn Debug) -> Option<Said> {
    let (package, rest) = path.split_once("::")?;
    let last = rest.rsplit("::").next()?;
    let is_known = TYPES.contains(&(package, last)) || path == "genai::error::Error";
    is_known.then(|| read(&written(format_args!("{error:?}"), LENGTH)))
}

/// A piece of a `Debug` text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    /// A name, a path or a number.
    Word(&'t str),
    /// What stands in quotation marks, with its escapes.
    Quoted(&'t str),
    Sign(char),
}

/// The pieces of a text, one after the other.
struct Tokens<'t>(&'t str);

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        let text = self.0.trim_start();
        let first = text.chars().next()?;
        let (token, end) = if first == '"' {
            let inside = text.get(1..).unwrap_or_default();
            let mut is_escaped = false;
            let length = inside.find(|c| {
                let is_end = c == '"' && !is_escaped;
                is_escaped = c == '\\' && !is_escaped;
                is_end
            });
            // A text that was cut has no end.
            let length = length.unwrap_or(inside.len());
            (Token::Quoted(prefix(inside, length)), length + 2)
        } else if first.is_ascii_alphanumeric() || first == '_' {
            let is_outside = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
            let mut length = text.find(is_outside).unwrap_or(text.len());
            while let Some(rest) = text.get(length..).and_then(|rest| rest.strip_prefix("::")) {
                length += 2 + rest.find(is_outside).unwrap_or(rest.len());
            }
            (Token::Word(prefix(text, length)), length)
        } else {
            (Token::Sign(first), first.len_utf8())
        };
        self.0 = text.get(end..).unwrap_or_default();
        Some(token)
    }
}

/// What has been read of a text.
#[derive(Default)]
struct Read<'t> {
    variant: Option<&'t str>,
    code: Option<&'t str>,
    kind: Option<&'t str>,
    status: Option<u16>,
    body: Option<Cow<'static, str>>,
    is_http: bool,
    /// The class of an error of HTTP.
    http: Option<&'static str>,
}

impl<'t> Read<'t> {
    fn field(&mut self, name: &str, value: Token<'t>) {
        match (name, value) {
            ("code", Token::Quoted(text)) => self.code = self.code.or(Some(text)),
            ("type" | "error_type", Token::Quoted(text)) => self.kind = self.kind.or(Some(text)),
            // In an error of HTTP it would be a number of the operating system's.
            ("code" | "status" | "status_code", Token::Word(number)) if !self.is_http => {
                self.number(number);
            }
            // `404 Not Found: ` and the body.
            ("message", Token::Quoted(text)) => {
                let (number, rest) = text.split_once(' ').unwrap_or_default();
                if status(number).is_some() {
                    self.number(number);
                    self.quoted(rest);
                }
            }
            ("message", _) => {}
            // What genai's error holds says more.
            ("webc_error", Token::Word(variant)) => self.variant = Some(variant),
            (_, Token::Quoted(text)) => self.quoted(text),
            _ => {}
        }
    }

    fn number(&mut self, text: &str) {
        self.status = self.status.or_else(|| status(text));
    }

    /// What may be the body of a failed answer.
    fn quoted(&mut self, text: &str) {
        // What could not be read need not be an error.
        if self.body.is_some() || self.variant == Some("JSONDeserialize") {
            return;
        }
        if let Some(at) = text.find(['{', '[']) {
            let json = unescaped(text.get(at..).unwrap_or_default());
            let mut values = serde_json::Deserializer::from_str(&json).into_iter();
            if let Some(Ok(body)) = values.next() {
                self.body = of_failed(&body);
            }
        }
    }

    /// A word that is no field's name.
    fn word(&mut self, word: &str, after: [Option<Token<'t>>; 2]) {
        let inside = match after {
            [Some(Token::Sign('(')), Some(Token::Word(inside))] => inside,
            _ => "",
        };
        match word {
            "reqwest::Error" => self.is_http = true,
            "Status" if self.is_http => self.number(inside),
            "InvalidStatusCode" | "InvalidStatusCodeWithMessage" => self.number(inside),
            "TimedOut" if self.is_http => self.went_wrong("timeout"),
            "hyper_util::client::legacy::Error" | "hyper::Error" if inside == "Connect" => {
                self.went_wrong("connection_error");
            }
            _ => {}
        }
    }

    fn went_wrong(&mut self, what: &'static str) {
        self.http = self.http.or(Some(what));
    }

    fn said(self, kind_of_http: Option<&'static str>) -> Said {
        let of_fields = match class(self.code, self.kind, None) {
            Cow::Borrowed(crate::semconv::OTHER) => None,
            class => Some(Cow::Owned(class.into_owned())),
        };
        let is_in_words = |class: &Cow<'_, str>| !class.bytes().all(|b| b.is_ascii_digit());
        let number = || self.status.map(|status| Cow::Owned(status.to_string()));
        let http = || self.http.or(kind_of_http).map(Cow::Borrowed);
        let variant = || {
            let variant = self.variant.filter(|v| is_type(v) && *v != "Other");
            variant.map(|variant| Cow::Owned(variant.to_owned()))
        };
        let class = of_fields
            .clone()
            .filter(is_in_words)
            .or(self.body)
            .or_else(number)
            .or(of_fields)
            .or_else(http)
            .or_else(variant)
            .unwrap_or(Cow::Borrowed(crate::semconv::OTHER));
        let description = description(self.status, &class);
        Said { class, description }
    }
}

/// The code or type in the body of a failed answer; without an object for the error it is another body.
fn of_failed(body: &Value) -> Option<Cow<'static, str>> {
    let first = body.get(0).unwrap_or(body);
    first.get("error").filter(|error| error.is_object())?;
    of_body(body)
}

/// An HTTP status.
fn status(text: &str) -> Option<u16> {
    let number = text.parse().ok()?;
    (100..600).contains(&number).then_some(number)
}

/// What the text of an error says.
fn read(text: &str) -> Said {
    let mut read = Read::default();
    let mut kind_of_http = None;
    let mut tokens = Tokens(text).peekable();
    while let Some(token) = tokens.next() {
        let word = match token {
            Token::Word(word) => word,
            Token::Quoted(text) => {
                read.quoted(text);
                continue;
            }
            Token::Sign(_) => continue,
        };
        read.variant = read.variant.or(Some(word));
        if tokens.next_if_eq(&Token::Sign(':')).is_none() {
            let next = tokens.next_if_eq(&Token::Sign('('));
            read.word(word, [next, tokens.peek().copied()]);
            continue;
        }
        // `Some(..)` is what is in it.
        if tokens.next_if_eq(&Token::Word("Some")).is_some() {
            tokens.next_if_eq(&Token::Sign('('));
        }
        match (word, tokens.peek().copied()) {
            ("kind", Some(Token::Word(kind))) if read.is_http => {
                kind_of_http = kind_of_http.or(http_kind(kind));
            }
            (_, Some(value @ Token::Quoted(_))) => {
                tokens.next();
                read.field(word, value);
            }
            (_, Some(value)) => read.field(word, value),
            (_, None) => {}
        }
    }
    read.said(kind_of_http)
}

/// The class of a kind of error of reqwest.
pub(crate) fn http_kind(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Builder" => "builder_error",
        "Request" => "request_error",
        "Redirect" => "redirect_error",
        "Body" => "body_error",
        "Decode" => "decode_error",
        _ => return None,
    })
}

/// A text in quotation marks as it was before `Debug` wrote it.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('t') => plain.push('\t'),
            Some('0') => plain.push('\0'),
            Some('u') => {
                let code: String = letters
                    .by_ref()
                    .skip_while(|c| *c == '{')
                    .take_while(|c| *c != '}')
                    .take(8)
                    .collect();
                let code = u32::from_str_radix(&code, 16).ok();
                plain.extend(code.and_then(char::from_u32));
            }
            Some(other) => plain.push(other),
            None => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    /// A `Debug` text as errors of crates write that are not linked here.
    struct Text(String);

    impl Debug for Text {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0)
        }
    }

    fn by_beginning_of(text: &str) -> Option<String> {
        let said = by_beginning(prefix(text, 64), &Text(text.to_owned()))?;
        Some(said.class.into_owned())
    }

    fn by_type_of(path: &str, text: &str) -> Option<(String, Option<String>)> {
        let said = by_type(path, &Text(text.to_owned()))?;
        Some((
            said.class.into_owned(),
            said.description.map(Cow::into_owned),
        ))
    }

    const CONNECT: &str = "reqwest::Error { kind: Request, url: \"http://h/\", source: hyper_util::client::legacy::Error(Connect, ConnectError(\"tcp connect error\", Os { code: 111, kind: ConnectionRefused, message: \"Connection refused\" })) }";
    const TIMED_OUT: &str =
        "reqwest::Error { kind: Request, url: \"http://h/\", source: TimedOut }";

    #[test]
    fn a_text_is_known_by_its_beginning() {
        for (text, class) in [
            (
                r#"ApiError(ApiError { message: "no \"such\", code: Some(\"x\")", type: Some("invalid_request_error"), param: None, code: Some("model_not_found") })"#,
                "model_not_found",
            ),
            (
                r#"ApiError(ApiError { message: "m", type: Some("rate_limit"), param: None, code: None })"#,
                "rate_limit",
            ),
            (
                r#"ApiError(ApiError { message: "{\"error\": {\"code\": \"of_the_message\"}}", type: None, param: None, code: None })"#,
                "ApiError",
            ),
            (
                r#"ApiError(ApiErrorResponse { status_code: 503, api_error: ApiError { message: "m", type: None, param: None, code: None, misalignment: None } })"#,
                "503",
            ),
            (
                r#"ApiError(ApiError { message: "m", type: None, param: None, code: Some("a sentence, no code") })"#,
                "ApiError",
            ),
            (
                r#"JSONDeserialize(Error("missing field", line: 1, column: 2), "{\"error\": {\"code\": \"x\"}}")"#,
                "JSONDeserialize",
            ),
            (
                r#"BadResponse { code: 404, description: Some("{\n  \"error\": {\n \"code\": 404, \"status\": \"NOT_FOUND\"}}") }"#,
                "NOT_FOUND",
            ),
            (r#"BadResponse { code: 500, description: None }"#, "500"),
            (
                r#"WebModelCall { model_iden: ModelIden { adapter_kind: OpenAI, model_name: "m" }, webc_error: ResponseFailedStatus { status: 429, body: "slow", headers: {"type": "x"} } }"#,
                "429",
            ),
            (
                r#"WebModelCall { model_iden: ModelIden { adapter_kind: OpenAI, model_name: "m" }, webc_error: ResponseFailedNotJson { content_type: "t", body: "b" } }"#,
                "ResponseFailedNotJson",
            ),
            ("HttpError(InvalidStatusCode(404))", "404"),
            (
                r#"HttpError(InvalidStatusCodeWithMessage(404, "{\"error\": {\"code\": \"model_not_found\"}}"))"#,
                "model_not_found",
            ),
            (
                r#"ProviderResponse(ProviderResponseError { status: Some(404), body: "{\"error\": {\"code\": \"model_not_found\"}}", provider_request_id: None, headers: Some({"a": "{"}), code: None, transient: None, refusal: None })"#,
                "model_not_found",
            ),
            (
                r#"ProviderResponse(ProviderResponseError { status: Some(503), body: "sorry", provider_request_id: None, headers: None, code: None, transient: None, refusal: None })"#,
                "503",
            ),
        ] {
            assert_eq!(by_beginning_of(text).as_deref(), Some(class), "{text}");
        }
        for (source, class) in [(CONNECT, "connection_error"), (TIMED_OUT, "timeout")] {
            let text = format!("ReqwestError({source})");
            assert_eq!(by_beginning_of(&text).as_deref(), Some(class));
            let text = format!("StreamError(ReqwestEventSource(Transport({source})))");
            assert_eq!(by_beginning_of(&text).as_deref(), Some(class));
        }
        for text in [
            "ApiError(Other { message: ",
            "ApiError",
            "",
            "Error(ApiError(ApiError { message: ",
        ] {
            assert_eq!(by_beginning_of(text), None);
        }
    }

    #[test]
    fn a_text_is_known_by_its_type() {
        let said = |path, text, class: &str, description: Option<&str>| {
            let found = by_type_of(path, text);
            let wanted = (class.to_owned(), description.map(str::to_owned));
            assert_eq!(found, Some(wanted), "{path} {text}");
        };
        let openai = "async_openai::error::OpenAIError";
        said(
            openai,
            r#"StreamError("stream ended: {\"error\": 1}")"#,
            "StreamError",
            None,
        );
        said(openai, r#"InvalidArgument("a")"#, "InvalidArgument", None);
        let rs = "openai_api_rs::v1::error::APIError";
        said(
            rs,
            r#"CustomError { message: "404 Not Found: {\"error\": {\"code\": \"model_not_found\"}}" }"#,
            "model_not_found",
            Some("HTTP 404 model_not_found"),
        );
        said(
            rs,
            r#"CustomError { message: "503 Service Unavailable: sorry" }"#,
            "503",
            Some("HTTP 503"),
        );
        said(
            rs,
            r#"CustomError { message: "Failed to parse JSON: x / response {\"error\": {\"code\": \"x\"}}" }"#,
            "CustomError",
            None,
        );
        said(
            "ollama_rs::error::OllamaError",
            r#"Other("{\"error\": \"no\"}")"#,
            "_OTHER",
            None,
        );
        let anthropic = "async_anthropic::errors::AnthropicError";
        said(anthropic, "Unauthorized", "Unauthorized", None);
        said(
            anthropic,
            r#"BadRequest("{\"type\": \"error\", \"error\": {\"type\": \"invalid_request_error\", \"message\": \"caf\u{e9} \'x\'\"}}")"#,
            "invalid_request_error",
            None,
        );
        said(
            anthropic,
            r#"StreamError(StreamError { error_type: "overloaded_error", message: "m" })"#,
            "overloaded_error",
            None,
        );
        said(
            "genai::error::Error",
            "RequiresApiKey { model_iden: ModelIden { } }",
            "RequiresApiKey",
            None,
        );
        for path in [
            "my_app::OpenAIError",
            "gemini_rust::client::Other",
            "genai::Failure",
            "",
            "OpenAIError",
        ] {
            assert_eq!(by_type_of(path, "ApiError"), None, "{path}");
        }
    }

    /// Any text, cut anywhere, is read without a panic, and no word comes out that is none of few values.
    #[test]
    fn any_text_is_read() {
        let text = r#"ApiError(ApiError { message: "ä\"\\\u{e9}\u{", type: Some("a b"), code: Some("x") }) reqwest::Error { kind: :: Status(4 "#;
        for end in 0..=text.len() {
            for start in [0, 10, 29, 30, 31, 60] {
                let Some(cut) = text.get(start..end) else {
                    continue;
                };
                assert!(is_type(&read(cut).class), "{cut}");
            }
        }
        let long = format!(
            "ApiError(ApiError {{ message: \"{}\", code: Some(\"x\") }}",
            "ä".repeat(40_000)
        );
        assert_eq!(by_beginning_of(&long).as_deref(), Some("ApiError"));
    }
}
