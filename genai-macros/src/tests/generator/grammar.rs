//! What attributes, items and types look like, as rules: choices enter, text that has tokens leaves.
//!
//! A rule's first form is its shortest and names no other rule, so that every text ends where the choices do.

use super::Choices;
use crate::registry::{ATTRIBUTES, OPERATIONS};

/// The alternatives of a rule; `@name` stands for the rule of that name.
#[rustfmt::skip]
const RULES: &[(&str, &[&str])] = &[
    // Attributes.
    ("attribute", &["", "@entries", "@entries", "@entries", "@entries, @tokens", "@tokens"]),
    ("entries", &["provider = openai", "@entry", "@entry, @entries", "@entry, @entries", "@entry, @entries,"]),
    ("entry", &[
        "stream", "@key = @value", "@key = @value", "@key = @value", "@word", "@word = @choice", "@word(@tokens)",
        "request = @value", "request = openai(@value)", "request = (opnai(@value), auto(req))", "response = opnai", "response = gemini", "response(|@pattern| @fields)", "response(|@pattern| @fields)", "response = @choice",
        "error(|@pattern| type = @value)", "properties(@own)", "attributes(@own)", "metric_attributes(@own)", "returns = @choice",
        "operation = @choice", "span_name = @value", "name = @value", "crate = @path", "@key", "@key = ", "@key @value",
    ]),
    ("fields", &["", "@key = @value", "@key = @value, @fields", "type = @value"]),
    ("own", &["", "a = @value", "a.b = @value, @own", "\"x-y\" = @value, @own", "@key = @value"]),
    ("word", &[
        "stream", "streaming", "request", "response", "error", "properties", "attributes", "metric_attributes", "capture", "returns",
        "operation", "remote", "replace", "chunk_timing", "span_name", "span_kind", "crate", "name", "type", "message", "flatten",
        "skip", "gen_ai", "r#type", "conversation_id",
    ]),
    ("choice", &[
        "none", "openai", "aws.bedrock", "opnai", "future", "stream", "value", "client", "internal", "false", "true",
        "create_agent", "text_completion", "embeddings", "\"own\"", "path::to", "@value",
    ]),
    // Expressions.
    ("value", &[
        "req", "req.model", "text", "self.name", "r", "\"m\"", "\"\"", "5", "-5", "0.5", "-0.0", "1e400", "true", "'c'", "b\"x\"",
        "c\"x\"", "99999999999999999999", "5u8", "[\"a\", \"b\"]", "&[\"a\", 1]", "&@value", "-@value", "!@value", "*@value",
        "(@value)", "(@value, @value)", "{ @value }", "@value.name()", "@value[0]", "@value?", "@value.await", "@value as @type",
        "@value == @value", "@value .. @value", "@path(@value)", "@path", "format!(\"{}\", @tokens)", "|x| @value",
        "move || { @value }", "async { @value }", "async move { @body }", "if a { @value } else { @value }",
        "match @value { @pattern => @value }", "return @value", "break", "loop { @body }", "unsafe { @value }",
        "X { a: @value, ..@value }", "let x = @value", "a = @value", "#[a] @value", "<T as U>::V", "T::<@type>::new()",
    ]),
    ("path", &["a", "::tel", "crate::a", "a::b", "self::a", "super::a", "::a::b::<@type>", "\"::a\"", "gen_ai", "$crate::a"]),
    ("pattern", &[
        "r", "_", "&r", "mut r", "ref r", "r @ _", "(a, b)", "(a, _)", "(a, ..)", "[a, b]", "[a, .., b]",
        "X { a, b: @pattern, .. }", "X { a }", "X(@pattern)", "Some(@pattern)", "a | b", "5", "1..=2", "..", "X::Y",
        "m!(@tokens)", "(@pattern)", "r: @type", "&mut r", "\"s\"", "ref mut r", "mut r @ X(_)", "const { 1 }",
    ]),
    // Types.
    ("type", &[
        "u8", "()", "!", "_", "String", "Req", "Self", "&'a @type", "&mut @type", "&@type", "*const @type", "(@type, @type)",
        "[@type; 3]", "[@type; { @body }]", "[@type]", "Vec<@type>", "Box<@type>", "Box<dyn @bounds>", "Option<@type>",
        "Result<@type, @type>", "io::Result<@type>", "Pin<Box<dyn @bounds>>", "Pin<Box<@type>>", "impl @bounds", "impl @bounds",
        "dyn @bounds", "BoxFuture<'a, @type>", "BoxStream<'static, @type>", "LocalBoxStream<@type>", "fn(@type) -> @type",
        "<T as U>::V", "T", "N::<3>", "m!(@tokens)", "for<'a> fn(&'a u8)", "(@type)", "A<B = @type, 'a, 3>", "OwnStream",
    ]),
    ("bounds", &[
        "Send", "Future<Output = @type>", "Future<Output = @type> + @bounds", "Stream<Item = @type>",
        "Stream<Item = @type> + @bounds", "Iterator<Item = @type>", "'a", "'static + @bounds", "use<'a, T>", "?Sized",
        "for<'x> Fn(&'x @type) -> @type", "Fn(@type) -> @type + @bounds", "AsyncFn()", "Copy", "Future", "TryStream", "~const A",
        "Into<@type>",
    ]),
    // Items.
    ("item", &[
        "async fn ask(client: &Client, req: Req, text: String) -> Result<Reply, Error> { client.create(req).await }", "@function",
        "@function", "@function", "@function", "@function", "@function @tokens", "@attrs @vis @quals fn ask", "@attrs @other",
        "@tokens",
    ]),
    ("function", &[
        "fn ask() {}", "@attrs @vis @quals fn ask @generics (@args) @output @where { @body }",
        "@attrs @quals fn ask (@args) @output { @body }",
    ]),
    ("attrs", &[
        "", "#[inline]", "#[doc = \"d\"] @attrs", "#[track_caller]", "#[genai::chat(model = 1)] @attrs", "#[genai::context]",
        "#[cfg(a)]", "#[must_use] @attrs", "#[cfg_attr(a, b)]", "#[@tokens]", "#[tel::tool]",
    ]),
    ("vis", &["", "pub", "pub(crate)", "pub(in a::b)", "crate"]),
    ("quals", &[
        "", "async", "async", "async", "const", "unsafe", "async unsafe", "extern \"C\"", "unsafe extern \"C\"", "const async",
        "default", "extern", "safe",
    ]),
    ("generics", &[
        "", "<T>", "<'a, T: @bounds>", "<const N: usize>", "<T, const N: usize = 3>", "<>", "<@tokens>", "<'a, T = @type>",
    ]),
    ("args", &["", "@receiver", "@receiver, @arg", "@arg", "@arg, @args", "@arg, @args,", "..", "@tokens"]),
    ("receiver", &[
        "self", "&self", "&mut self", "&'a self", "mut self", "self: Box<Self>", "self: &Arc<Self>", "self: Pin<&mut Self>",
        "mut self: @type", "#[cfg(a)] self", "&'a mut self: X",
    ]),
    ("arg", &[
        "req: Req", "text: String", "text: &str", "@pattern: @type", "@pattern: @type", "#[cfg(a)] req: @type",
        "#[cfg_attr(a, b)] mut text: @type", "mut req: @type", "#[doc = \"\"] r: @type",
    ]),
    ("output", &["", "-> @type", "-> @type", "-> @type", "-> impl @bounds", "->", "-> @tokens"]),
    ("where", &["", "where T: @bounds", "where @type: @bounds,", "where for<'a> T: 'a", "where @tokens"]),
    ("body", &[
        "", "text", "@value", "let x = @value; @value", "#![allow(x)] @value", "#[a] @value", "#! [x]", "@tokens",
        "fn inner() { @body }", "return @value;", "@value; @body", "#", "#!",
    ]),
    ("other", &[
        "struct A;", "struct A { a: @type }", "enum A { B = @value }", "impl A { @function }", "trait A { fn a(); }",
        "fn a(@args) @output;", "mod a { @item }", "use a;", "static A: @type = @value;", "const A: @type = @value;",
        "type A = @type;", "macro_rules! a { () => {} }", "extern \"C\" { fn a(); }", "unsafe extern { fn a(); }",
        "let a = @value;", "union A { a: u8 }", "extern crate a;", "|x| @value", "a!(@tokens);", "const fn a() { @body }",
        "const _: () = { @body };", "auto trait A {}", "unsafe impl A for B {}", "trait A = B;",
    ]),
    // Derives.
    ("derive", &[
        "struct A { #[genai(model)] a: u8 }", "#[genai(@entries)] struct A @generics { @members }",
        "struct A @generics { @members }", "#[genai(@own)] enum A @generics { @variants }", "struct A(@places);",
        "#[genai @tokens] struct A;", "#[genai] union A { a: u8 }", "enum A {}", "@item",
    ]),
    ("members", &["a: u8", "@mark a: @type, b: @type", "@mark a: @type, @mark @mark b: @type,", "@mark @vis r#type: T"]),
    ("places", &["u8", "@mark @type", "@mark @type, @mark T"]),
    ("variants", &["A", "@mark A(@places)", "A { @members }, @mark B, C(@places),"]),
    ("mark", &[
        "", "#[genai(@key)]", "#[genai(@key)]", "#[genai(message)]", "#[genai(flatten)]", "#[genai(flatten = openai)]", "#[genai(provider)]",
        "#[genai(@key = @value)]", "#[genai(@entries)]", "#[genai]", "#[genai(@tokens)]", "#[serde(a)]",
    ]),
    // What serves MCP.
    ("served", &[
        "", "transport = stdio", "transport = @choice", "transport = @value", "name = \"rain\"", "name = @value", "crate = @path", "last",
        "@word", "@served, @served", "@served, last", "@entries", "@tokens",
    ]),
    ("server", &[
        "impl ServerHandler for A {}", "@rmcp impl ServerHandler for A { @handlers }", "@rmcp impl @generics @type for @type @where { @handlers }",
        "@rmcp impl @generics @type @where { @handlers }", "@rmcp async fn rain(&self, @args) @output { @body }",
        "@rmcp async fn rain(&self, @pattern: RequestContext<RoleServer>) -> @type { @body }",
        "@rmcp @vis @quals fn rain @generics (@args) @output @where { @body }", "unsafe impl ServerHandler for A { @handlers } @tokens",
        "@item",
    ]),
    ("rmcp", &[
        "", "#[tool]", "#[tool(name = \"rain\", description = @value)]", "#[rmcp::tool(@tokens)] @attrs", "#[tool_handler]",
        "#[tool_router(@tokens)]", "#[prompt_handler] @rmcp", "#[genai::mcp(@served)] @rmcp", "#[genai::tool] @rmcp", "@attrs",
    ]),
    ("handlers", &["", "@handler", "@handler @handlers", "@handler @handlers", "@tokens"]),
    ("handler", &[
        "fn get_info(&self) -> ServerConfig { x }",
        "@attrs async fn call_tool(&self, @pattern: CallToolRequestParams, @pattern: RequestContext<RoleServer>) -> Result<CallToolResponse, ErrorData> { @body }",
        "async fn @method(&self, request: @type, context: @type) @output { @body }",
        "fn @method(&self, @args) -> impl Future<Output = @type> + @bounds { @body }", "@attrs @quals fn @method @generics (@args) @output { @body }",
        "async fn @method(&self, @pattern: @type) { @body }", "type A = @type;", "const A: @type = @value;", "a!(@tokens);", "fn @method(&self);",
    ]),
    ("method", &[
        "call_tool", "get_prompt", "read_resource", "list_tools", "initialize", "ping", "listen", "on_cancelled", "on_initialized",
        "on_custom_request", "on_custom_notification", "get_info", "other", "r#fn",
    ]),
    // Anything.
    ("tokens", &[
        "", "@token", "@token @tokens", "@token @tokens", "@token @token @tokens", "(@tokens) @tokens", "[@tokens]",
        "{ @tokens }",
    ]),
    ("token", &[
        ",", "=", ".", "|", "&", ":", "<", ">", "-", "!", "?", "#", ";", "+", "*", "@ ", "$", "/", "%", "^", "~", "->", "=>",
        "==", "::", "..", "..=", "&&", "||", "<<", ">>=", "'a", "_", "x", "fn", "async", "const", "unsafe", "extern", "pub",
        "self", "Self", "crate", "super", "impl", "struct", "where", "mut", "ref", "move", "dyn", "let", "if", "else", "match",
        "return", "await", "in", "for", "loop", "while", "use", "type", "enum", "trait", "union", "macro_rules", "gen", "yield",
        "become", "static", "r#fn", "\"s\"", "5", "0.5", "1.", "'c'", "b'c'", "r#\"x\"#", "0xff_u8", "true", "@word", "@key",
        "@value", "@type", "@pattern", "/// d\n",
    ]),
];

/// How many rules may be open inside one another.
const DEPTH: usize = 12;

/// A text after the rule `name`.
pub(super) fn text(name: &str, choices: &mut Choices<'_>) -> String {
    let mut text = String::new();
    rule(name, choices, DEPTH, &mut text);
    text
}

fn rule(name: &str, choices: &mut Choices<'_>, depth: usize, out: &mut String) {
    if name == "key" {
        out.push_str(key(choices));
        return;
    }
    let forms = RULES
        .iter()
        .find(|(n, _)| *n == name)
        .map_or(&[][..], |(_, forms)| *forms);
    assert!(!forms.is_empty(), "no rule `{name}`");
    let index = if depth == 0 {
        0
    } else {
        choices.below(forms.len())
    };
    let mut rest = forms[index];
    while let Some((before, after)) = rest.split_once('@') {
        out.push_str(before);
        let end = after
            .find(|c: char| !c.is_ascii_lowercase())
            .unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        if name.is_empty() {
            out.push('@');
        } else {
            rule(name, choices, depth.saturating_sub(1), out);
        }
        rest = after;
    }
    out.push_str(rest);
}

/// A key of the conventions: of some operation, short or full, or any attribute, deprecated ones among them.
fn key(choices: &mut Choices<'_>) -> &'static str {
    let any = &ATTRIBUTES[choices.below(ATTRIBUTES.len())];
    let uses = OPERATIONS[choices.below(OPERATIONS.len())].uses;
    let used = &uses[choices.below(uses.len())];
    match choices.below(8) {
        0..=5 => used.short,
        6 => used.attribute().map_or(used.short, |a| a.key),
        _ => any.key,
    }
}
