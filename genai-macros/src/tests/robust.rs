//! Half-typed and monstrous input.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::generator::Case;
use super::{FUNCTION, errors, tokens};
use crate::entry;

const FULL: &str = "provider = aws.bedrock, model = model, gen_ai.request.temperature = -0.2, stop_sequences = [\"a\", \"b\"], request = (req, 1), \
    response(|Reply { id, .. }| id = id.as_deref(), input_tokens = 5), error(|e| type = e.code()), system = \"x\", properties(a.type = 1, \"b\" = {2}), \
    capture = none, operation = text_completion, crate = ::tel, span_name = format!(\"{}\", 1)";

const ITEM: &str = "#[inline] pub(crate) async unsafe fn ask<'a, T: Into<U>>(&mut self, (a, b): (u8, T), ..) -> Result<impl Stream<Item = T> + 'a, E> where T: X { body(); }";

const TYPE: &str = "#[genai(provider = openai, crate = ::tel)] pub struct Ask<'a, T: Into<U>> where T: X { #[genai(model)] a: &'a str, #[genai(flatten)] pub b: T }";

/// All cuts of a stream: at every token, also inside groups.
fn cuts(stream: &TokenStream) -> Vec<TokenStream> {
    let mut all = vec![TokenStream::new()];
    let mut before = TokenStream::new();
    for token in stream.clone() {
        if let TokenTree::Group(group) = &token {
            for inner in cuts(&group.stream()) {
                let mut cut = before.clone();
                cut.extend([TokenTree::Group(Group::new(group.delimiter(), inner))]);
                all.push(cut);
            }
        }
        before.extend([token]);
        all.push(before.clone());
    }
    all
}

#[test]
fn an_attribute_may_end_anywhere() {
    for name in 0..11 {
        for cut in cuts(&tokens(FULL)) {
            Case::of(name, cut, tokens(FUNCTION)).check();
        }
    }
}

/// The place of `evaluation` among the attributes.
const EVALUATION: u8 = 8;

const JUDGE: &str = "name = relevance, of = seen.clone(), llm = \"j\", identifier = id, attributes(a.b = 1, \"c\" = {2}), capture = none, \
    error(|e| type = e.code()), returns = value, result(|Verdict { score, .. }| score = *score, label = \"x\", explanation = why)";

#[test]
fn a_judges_attribute_may_end_anywhere() {
    for cut in cuts(&tokens(JUDGE)) {
        Case::of(EVALUATION, cut, tokens(FUNCTION)).check();
    }
}

#[test]
fn an_item_may_end_anywhere() {
    for name in 0..11 {
        for cut in cuts(&tokens(ITEM)).into_iter().chain(cuts(&tokens(TYPE))) {
            Case::of(name, tokens("provider = openai, stream"), cut).check();
        }
    }
}

/// The place of `mcp` among the attributes.
const MCP: u8 = 11;

const SERVER: &str = "#[tool_handler(router = self.router)] impl<T: Send> ServerHandler for Weather<T> where T: Sync { \
    fn get_info(&self) -> ServerConfig { ServerConfig::default() } \
    async fn call_tool(&self, CallToolRequestParams { name, .. }: CallToolRequestParams, context: RequestContext<RoleServer>) \
    -> Result<CallToolResponse, ErrorData> { let x = one(name)?; Ok(x) } \
    fn ping(&self, _: RequestContext<RoleServer>) -> impl Future<Output = Result<(), ErrorData>> + Send + '_ { async { Ok(()) } } }";
const SERVED_TOOL: &str = "#[tool(name = \"rain\", description = \"Whether it rains\")] pub async fn rain(&self, \
    Parameters(place): Parameters<Place>, context: RequestContext<RoleServer>) -> Result<String, ErrorData> { Ok(place.city) }";

#[test]
fn what_serves_mcp_may_end_anywhere() {
    for attr in cuts(&tokens(
        "transport = stdio, name = \"rain\", crate = ::tel::genai",
    )) {
        for item in [SERVER, SERVED_TOOL] {
            Case::of(MCP, attr.clone(), tokens(item)).check();
        }
    }
    for item in [SERVER, SERVED_TOOL] {
        for cut in cuts(&tokens(item)) {
            Case::of(MCP, tokens("transport = stdio, last"), cut.clone()).check();
            Case::of(MCP, TokenStream::new(), cut).check();
        }
    }
}

/// An attribute as it is typed: what is open so far, an editor has closed.
#[test]
fn an_attribute_may_be_half_typed() {
    let mut read = 0;
    for (end, _) in FULL.char_indices() {
        let mut text = FULL[..end].to_owned();
        let mut open = Vec::new();
        let mut quotes = 0;
        for c in text.chars() {
            match c {
                '"' => quotes += 1,
                '(' => open.push(')'),
                '[' => open.push(']'),
                '{' => open.push('}'),
                ')' | ']' | '}' => drop(open.pop()),
                _ => {}
            }
        }
        text.extend((quotes % 2 == 1).then_some('"'));
        text.extend(open.into_iter().rev());
        for name in 0..8 {
            if let Some(case) = Case::read(name, &text) {
                case.check();
                read += 1;
            }
        }
    }
    assert!(read > 2_500, "{read}");
}

#[test]
fn a_missing_token_is_reported_and_the_rest_is_still_checked() {
    let found = errors(
        "chat",
        "provider = , modle = 1, = 3, response(|r| id = , inptu_tokens = 1), max_tokens = \"x\"",
    );
    assert_eq!(found.len(), 6, "{found:#?}");
}

/// Runs on a stack as large as a main thread's.
fn on_main_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(8 << 20)
        .spawn(run)
        .expect("a thread");
    thread.join().expect("no panic, no overflow");
}

fn nested(depth: usize, delimiter: Delimiter) -> TokenStream {
    let mut inner = TokenStream::new();
    for _ in 0..depth {
        inner = TokenTree::Group(Group::new(delimiter, inner)).into();
    }
    inner
}

#[test]
fn a_body_may_be_nested_deeply() {
    on_main_stack(|| {
        let mut item = tokens("async fn a() -> u8");
        item.extend([TokenTree::Group(Group::new(
            Delimiter::Brace,
            nested(2_000, Delimiter::Brace),
        ))]);
        let out = entry::run("chat", tokens("provider = openai"), item);
        assert!(!out.into_iter().any(|t| t.to_string() == "compile_error"));
    });
}

#[test]
fn deeply_nested_entries_are_refused() {
    on_main_stack(|| {
        let deep = |value: TokenStream| {
            let mut attr = tokens("provider = openai, model = ");
            attr.extend(value);
            let mut diag = crate::diag::Diag::default();
            entry::instrument("chat", attr, tokens(FUNCTION), &mut diag);
            diag.messages()
                .iter()
                .any(|m| m.contains("nested too deeply"))
        };
        assert!(deep(nested(2_000, Delimiter::Parenthesis)));
        assert!(deep(tokens(&"-".repeat(2_000))));
        assert!(deep(tokens(&"return ".repeat(20_000))));
        assert!(!deep(nested(40, Delimiter::Parenthesis)));
    });
}

#[test]
fn deeply_nested_types_are_refused() {
    on_main_stack(|| {
        let forms = [
            ("Vec<", ">"),
            ("(", ")"),
            ("&", ""),
            ("[", "; 3]"),
            ("fn(", ")"),
            ("fn() -> ", ""),
            ("impl A<B, C = ", ">"),
        ];
        for (open, close) in forms {
            let of = |depth| format!("{}u8{}", open.repeat(depth), close.repeat(depth));
            let functions = [
                "fn a(x: TY) {}",
                "fn a() -> TY {}",
                "fn a(x: [u8; { let x: TY = 5; }]) {}",
            ];
            let types = [
                "#[genai(provider = openai)] struct A<T: B<TY>> { a: TY, b: T }",
                "#[genai(provider = openai)] enum A { B = { let x: TY = 5; } }",
            ];
            let is_refused = |name: u8, item: &str, depth: usize| {
                let item = tokens(&item.replace("TY", &of(depth)));
                let out = Case::of(name, tokens("provider = openai"), item).expand();
                out.to_string().contains("too deeply")
            };
            let of_types = types.iter().flat_map(|item| [(9, item), (10, item)]);
            for (name, item) in functions.iter().map(|item| (0, item)).chain(of_types) {
                assert!(is_refused(name, item, 4_000), "{item} {open}");
                assert!(!is_refused(name, item, 30), "{item} {open}");
            }
            assert_eq!(
                errors(
                    "chat",
                    &format!("provider = openai, model = x as {}", of(4_000))
                ),
                [crate::diag::text::TOO_DEEP]
            );
        }
        let closures = "|a, b| ".repeat(4_000);
        assert_eq!(
            errors("chat", &format!("provider = openai, model = {closures} 1")),
            [crate::diag::text::TOO_DEEP]
        );
    });
}

#[test]
fn long_documentation_is_not_deep() {
    let item = "#[doc = \"line\"]".repeat(2_000) + FUNCTION;
    let out = entry::run("chat", tokens("provider = openai"), tokens(&item));
    assert!(!out.to_string().contains("compile_error"));
    let list = "\"a\", ".repeat(5_000);
    assert!(
        errors(
            "chat",
            &format!("provider = openai, stop_sequences = [{list}]")
        )
        .is_empty()
    );
}
