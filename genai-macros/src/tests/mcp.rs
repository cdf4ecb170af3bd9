//! `#[genai::mcp]` on blocks and tools: what is refused, and what becomes of what is not.

use proc_macro2::TokenStream;

use super::tokens;
use crate::diag::Diag;
use crate::mcp::expand;

const BLOCK: &str = "impl ServerHandler for Weather { \
    async fn call_tool(&self, request: CallToolRequestParams, context: RequestContext<RoleServer>) -> Result<CallToolResponse, ErrorData> \
    { half typed ? < } }";
const TOOL: &str = "async fn get(&self, Parameters(p): Parameters<P>, context: RequestContext<RoleServer>) -> String { p.city }";

fn expanded(attr: &str, item: TokenStream) -> (Option<String>, Vec<String>) {
    let mut diag = Diag::default();
    let tokens = expand(tokens(attr), item, &mut diag).map(|tokens| tokens.to_string());
    let messages = diag.messages().into_iter().map(ToOwned::to_owned);
    (tokens, messages.collect())
}

/// The one message, which has these words.
fn refused(attr: &str, item: &str, words: &[&str]) {
    let (tokens, messages) = expanded(attr, tokens(item));
    assert!(tokens.is_none(), "{attr} {item}: {tokens:?}");
    let [message] = messages.as_slice() else {
        panic!("{attr} {item}: {messages:?}");
    };
    for word in words {
        assert!(message.contains(word), "{word} in {message}");
    }
}

/// It is right: whether it is expanded depends on the runtime's feature, which other packages of a build may switch on.
fn right(attr: &str, item: &str) {
    if cfg!(feature = "rmcp") {
        moved(attr, item);
    } else {
        refused(attr, item, &["needs the feature `rmcp-3`"]);
    }
}

/// What is written of what is right.
fn moved(attr: &str, item: &str) -> String {
    let (tokens, messages) = expanded(attr, tokens(item));
    assert_eq!(messages, Vec::<String>::new(), "{attr} {item}");
    tokens.expect("nothing was reported")
}

#[test]
fn entries_that_are_wrong() {
    let all = [
        (
            "transprot = stdio",
            &["unknown key `transprot`", "did you mean `transport`"][..],
        ),
        (
            "server = x",
            &["unknown key `server`", "`transport`, `name` or `crate`"],
        ),
        ("transport", &["`transport` needs a value"]),
        ("transport = htpp", &["did you mean `http`"]),
        (
            "transport = tcp",
            &["`stdio`, `http`, `http3` or `websocket`"],
        ),
        (
            "transport = \"stdio\"",
            &["`stdio`, `http`, `http3` or `websocket`"],
        ),
        (
            "transport = stdio, transport = http",
            &["`transport` is given twice"],
        ),
        ("name = \"rain\"", &["`name` is for one tool"]),
        ("name = rain", &["`name` is the tool's name as a string"]),
        ("crate = 7", &["`crate` expects a path"]),
    ];
    for (attr, words) in all {
        refused(attr, BLOCK, words);
    }
    refused("name = \"\"", TOOL, &["the tool's name as a string"]);
}

#[test]
fn items_that_are_wrong() {
    let goes_on = "goes on an `impl ServerHandler` block or on a method with `#[tool]`";
    refused("", "struct Weather;", &[goes_on, "a struct is neither"]);
    refused("", "mod weather {}", &[goes_on, "a module is neither"]);
    refused(
        "",
        "impl Weather { fn a(&self) {} }",
        &["on the single methods with `#[tool]`"],
    );
    refused(
        "",
        "impl Clone for Weather { fn clone(&self) -> Self { Weather } }",
        &["implements another trait"],
    );
    refused(
        "",
        "impl ClientHandler for Weather {}",
        &["what servers serve", "genai::mcp::observe(..)"],
    );
    refused(
        "",
        "impl ServerHandler for Weather { fn get_info(&self) -> ServerConfig { info() } }",
        &["no method here serves a request"],
    );
    refused(
        "",
        "async fn get(&self, Parameters(p): Parameters<P>) -> String { p.city }",
        &["context: RequestContext<RoleServer>"],
    );
    refused(
        "",
        "async fn get(context: RequestContext<RoleServer>) -> String { a() }",
        &["this has no `self`", "name = "],
    );
    // What is right needs the runtime's part.
    right("", BLOCK);
    right("transport = stdio", TOOL);
}

#[test]
fn it_moves_below_what_has_to_be_expanded_before() {
    for above in [
        "#[tool_handler]",
        "#[rmcp::tool_handler(router = self.router)]",
        "#[doc = \"x\"] #[prompt_handler] #[allow(unused)]",
    ] {
        let item = format!("{above} {BLOCK}");
        let text = moved("transport = stdio", &item);
        let own = text.find("mcp (last").expect("it is there");
        let handler = text.find("_handler").expect("rmcp's");
        assert!(
            handler < own && own < text.find("impl").expect("the block"),
            "{text}"
        );
        assert!(text.contains("transport = stdio"), "{text}");
        // Below it stays, whatever is left.
        right("last, transport = stdio", &item);
    }
    let text = moved(
        "name = \"rain\"",
        &format!("#[tool(name = \"rain\")] {TOOL}"),
    );
    assert!(text.contains("mcp (last , name = \"rain\" ,)"), "{text}");
    // What changes nothing is no reason to move.
    let inert = format!("#[doc = \"x\"] #[cfg(all())] #[allow(unused)] {BLOCK}");
    right("", &inert);
}

#[test]
fn whatever_stands_there_nothing_panics() {
    for attr in [
        "",
        "last",
        ",",
        "= =",
        "transport =",
        "a.b = c",
        "name = \"a\", crate = a::b",
    ] {
        for item in [
            "",
            "impl",
            "impl ServerHandler for",
            "impl ServerHandler for X;",
            "impl ServerHandler for X { fn }",
            "impl ServerHandler for X { async fn ping(&self, c: C) -> }",
            "impl ServerHandler for X { async fn ping(&self) {} type A = u8; const B: u8 = 1; m!{} m!(); }",
            "unsafe impl<T> ServerHandler for X<T> where T: A { async fn ping(self, a: A, b: B, c: C) {} }",
            "# [doc] fn",
            "fn f(self: Box<Self>, mut c: RequestContext<R>) -> impl Future<Output = ()> + Send {}",
            "fn f(&self, c: RequestContext<R>) -> ! { loop {} }",
            "trait T { fn f(&self, c: RequestContext<R>); }",
        ] {
            let parsed: Result<TokenStream, _> = item.parse();
            if let Ok(item) = parsed {
                expanded(attr, item);
            }
        }
    }
}
