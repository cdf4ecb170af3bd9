//! Writes the functions of `tests/differential.rs`: every shape with every kind of arguments and every way to leave a body,
//! once plain and once annotated.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// A kind of arguments.
struct Arguments {
    params: &'static str,
    /// What the caller keeps, and what it passes.
    setup: &'static str,
    call: &'static str,
    uses: &'static str,
    /// What the attribute reads.
    read: &'static str,
    is_generic: bool,
}

const fn arguments(
    params: &'static str,
    call: &'static str,
    uses: &'static str,
    read: &'static str,
) -> Arguments {
    Arguments {
        params,
        setup: "",
        call,
        uses,
        read,
        is_generic: true,
    }
}

const ARGUMENTS: [Arguments; 14] = [
    Arguments {
        params: "",
        setup: "",
        call: "",
        uses: "",
        read: r#""m""#,
        is_generic: false,
    },
    arguments("a: D", r#"D("a")"#, "log(a.name());", "a.name()"),
    arguments(
        "a: D, b: D",
        r#"D("a"), D("b")"#,
        "log(a.name()); log(b.name());",
        "b.name()",
    ),
    arguments(
        "a: D, _b: D",
        r#"D("a"), D("b")"#,
        "log(a.name());",
        "a.name()",
    ),
    arguments(
        "_a: D, _: D, c: D",
        r#"D("a"), D("b"), D("c")"#,
        "log(c.name());",
        "c.name()",
    ),
    Arguments {
        params: "mut a: D, b: &D",
        setup: r#"let b = D("b");"#,
        call: r#"D("a"), &b"#,
        uses: r#"a.0 = "a2"; log(b.name());"#,
        read: "a.name()",
        is_generic: false,
    },
    arguments(
        "(a, mut b): (D, D), c: D",
        r#"(D("a"), D("b")), D("c")"#,
        "drop(a); log(c.name()); let _ = &mut b;",
        "b.name()",
    ),
    arguments(
        "(a, _): (D, D), c: D",
        r#"(D("a"), D("b")), D("c")"#,
        "log(a.name());",
        "c.name()",
    ),
    arguments(
        "a: D, b: D, n: u32",
        r#"D("a"), D("b"), 3"#,
        "keep(a); log(b.name());",
        "a.name()",
    ),
    Arguments {
        params: "Pair { x, .. }: Pair, d: D",
        setup: "",
        call: r#"Pair { x: D("x"), y: D("y") }, D("d")"#,
        uses: "log(d.name()); log(x.name());",
        read: "d.name()",
        is_generic: false,
    },
    arguments(
        "a: D, b: Rc<D>, f: impl Fn(u32) -> u32",
        r#"D("a"), Rc::new(D("b")), |n| n + 1"#,
        "log(b.name()); let _ = f(1); drop(a);",
        "b.name()",
    ),
    Arguments {
        params: "ref a: D, b @ D(_): D, n: &mut u32",
        setup: "let mut n = 0;",
        call: r#"D("a"), D("b"), &mut n"#,
        uses: "*n += 1; log(b.name()); log(a.name());",
        read: "b.name()",
        is_generic: false,
    },
    arguments(
        "(a, _): (D, D), (.., mut b): (D, D, D)",
        r#"(D("a"), D("a2")), (D("b1"), D("b2"), D("b"))"#,
        "log(a.name()); let _ = &mut b;",
        "b.name()",
    ),
    Arguments {
        params: "(_, c): (D, D), Pair { mut x, .. }: Pair",
        setup: "",
        call: r#"(D("c1"), D("c")), Pair { x: D("x"), y: D("y") }"#,
        uses: "x.0 = \"x2\"; log(c.name());",
        read: "x.name()",
        is_generic: false,
    },
];

/// A way through a body. `USES` reads the arguments, `TICK` waits once where waiting is possible, `OK(n)` is the value.
const BODIES: [&str; 10] = [
    "USES TICK OK(1)",
    "if is_early() { return Err(Oops); } USES TICK OK(2)",
    "USES let v = parse(is_early())?; TICK OK(v)",
    "USES let v = loop { TICK if step() { break 7; } }; OK(v)",
    "USES let add = |n: u32| n + 1; let v = add(3); TICK OK(v)",
    "let mut v = 0; 'a: for i in 0..4 { for j in 0..4 { if j == i { continue 'a; } if i * j > 4 { break 'a; } v += j; } } TICK USES OK(v)",
    "USES TICK if is_early() { panic!(\"boom\"); } OK(4)",
    "let _local = D(\"local\"); TICK USES OK(length(D(\"temporary\").name()))",
    "match u32::from(is_early()) { n if n > 0 => return OK(n), 0 => {} _ => log(\"other\") } USES TICK OK(5)",
    "let inner = (|| -> Result<u32, Oops> { let v = parse(is_early())?; Ok(v) })()?; USES TICK let _second = D(\"second\"); OK(inner)",
];

/// A shape: its header and whether its body waits, returns a stream, or stands in a block.
struct Shape {
    before: &'static str,
    after: &'static str,
    receiver: &'static str,
    host: &'static str,
    generics: &'static str,
    output: &'static str,
    is_async: bool,
    is_stream: bool,
    value: &'static str,
    caller: &'static str,
}

const PLAIN: Shape = Shape {
    before: "async fn",
    after: "BODY",
    receiver: "",
    host: "",
    generics: "",
    output: "Result<One, Oops>",
    is_async: true,
    is_stream: false,
    value: "one",
    caller: "",
};

fn shapes() -> Vec<Shape> {
    vec![
        PLAIN,
        Shape {
            before: "fn",
            is_async: false,
            ..PLAIN
        },
        Shape {
            receiver: "&self",
            host: "Host",
            caller: "HOST.",
            ..PLAIN
        },
        Shape {
            receiver: "self",
            host: "D",
            caller: "D(\"self\").",
            ..PLAIN
        },
        Shape {
            before: "fn",
            receiver: "&mut self",
            host: "Host",
            caller: "(&mut Host).",
            is_async: false,
            ..PLAIN
        },
        Shape {
            before: "fn",
            after: "{ async move BODY }",
            output: "impl Future<Output = Result<One, Oops>>",
            ..PLAIN
        },
        Shape {
            before: "fn",
            after: "{ Box::pin(async move BODY) }",
            generics: "<'x>",
            output: "Pin<Box<dyn Future<Output = Result<One, Oops>> + 'x>>",
            ..PLAIN
        },
        Shape {
            generics: "<T: Name>",
            ..PLAIN
        },
        Shape {
            output: "Result<impl Stream<Item = u32>, Oops>",
            is_stream: true,
            value: "numbers",
            ..PLAIN
        },
        Shape {
            before: "fn",
            output: "Result<Pin<Box<dyn Stream<Item = u32>>>, Oops>",
            is_async: false,
            is_stream: true,
            value: "boxed_numbers",
            ..PLAIN
        },
    ]
}

fn attribute(kind: usize, shape: &Shape, read: &str) -> String {
    let stream = if shape.is_stream { "stream, " } else { "" };
    match kind {
        0 if shape.is_stream => {
            "genai::chat(provider = openai, model = \"m\", stream, response = none)".to_owned()
        }
        0 => "genai::tool".to_owned(),
        1 => format!(
            "genai::chat(provider = openai, {stream}model = {read}, input = {read}, response(|v| output_tokens = v.number()), error(|e| type = e.code()))"
        ),
        _ => format!("genai::context(conversation_id = {read}, properties(a = {read}))"),
    }
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=GENAI_THOROUGH");
    let is_thorough = std::env::var_os("GENAI_THOROUGH").is_some();
    let mut text = Text::default();
    let mut count = 0_usize;
    for (s, shape) in shapes().iter().enumerate() {
        for (a, args) in ARGUMENTS.iter().enumerate() {
            let is_borrowed_from_call =
                shape.after.contains("async") && args.params.contains("ref ");
            if is_borrowed_from_call || (shape.generics.contains('T') && !args.is_generic) {
                continue;
            }
            for (b, body) in BODIES.iter().enumerate() {
                // By default a fourth, in which every shape, kind of arguments and body meets every other one.
                if !is_thorough && (s + a + b) % 4 != 0 {
                    continue;
                }
                // Two of the three attributes each, in turn.
                for kind in [(s + a + b) % 3, (s + a + b + 1) % 3] {
                    text.add(count, shape, args, body, kind, b == 0);
                    count += 1;
                }
            }
        }
    }
    let out: PathBuf = std::env::var_os("OUT_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    std::fs::write(out.join("differential.rs"), text.end(count, is_thorough))
        .expect("OUT_DIR is writable");
}

/// The text that is written.
#[derive(Default)]
struct Text {
    functions: String,
    /// The functions of each type, in one block: thousands of blocks take their time.
    methods: BTreeMap<&'static str, String>,
    table: String,
}

impl Text {
    fn end(self, count: usize, is_thorough: bool) -> String {
        let Self {
            mut functions,
            methods,
            table,
        } = self;
        for (host, methods) in methods {
            let _ = writeln!(functions, "impl {host} {{\n{methods}}}");
        }
        format!(
            "const COUNT: usize = {count};\nconst IS_THOROUGH: bool = {is_thorough};\n{functions}\nstatic CASES: [fn() -> Case; COUNT] = [\n{table}];\n"
        )
    }

    fn add(
        &mut self,
        count: usize,
        shape: &Shape,
        args: &Arguments,
        body: &str,
        kind: usize,
        has_traits: bool,
    ) {
        let mut params = args.params.to_owned();
        if shape.generics.contains('T') {
            params = params
                .replace(": D", ": T")
                .replace("(D, D)", "(T, T)")
                .replace("Rc<D>", "Rc<T>");
        }
        if shape.generics.contains("'x") {
            params = params
                .replace('&', "&'x ")
                .replace("impl Fn(u32) -> u32", "impl Fn(u32) -> u32 + 'x");
        }
        let receiver = if params.is_empty() {
            shape.receiver.to_owned()
        } else if shape.receiver.is_empty() {
            String::new()
        } else {
            format!("{}, ", shape.receiver)
        };
        let tick = if shape.is_async { "tick().await;" } else { "" };
        let uses_self = if shape.receiver == "self" && count.is_multiple_of(2) {
            "log(self.name());"
        } else {
            ""
        };
        let body = body
            .replace("USES", &format!("{uses_self} {}", args.uses))
            .replace("TICK", tick)
            .replace(
                "OK(1)",
                if shape.is_stream {
                    "OK(1)"
                } else {
                    "Ok(One(1))"
                },
            )
            .replace("OK(", &format!("{}(", shape.value));
        let after = shape.after.replace("BODY", &format!("{{ {body} }}"));
        for (suffix, attribute) in [
            ("bare", String::new()),
            ("on", format!("#[{}] ", attribute(kind, shape, args.read))),
        ] {
            let function = format!(
                "{attribute}{} f{count}_{suffix}{}({receiver}{params}) -> {} {after}",
                shape.before, shape.generics, shape.output
            );
            let place = match shape.host {
                "" => &mut self.functions,
                host => self.methods.entry(host).or_default(),
            };
            let _ = writeln!(place, "{function}");
        }
        let is_future = shape.is_async || shape.after.contains("async");
        let run = |suffix: &str| {
            let call = format!("{}f{count}_{suffix}({})", shape.caller, args.call);
            let drive = if is_future { "later" } else { "now" };
            format!("|mode| {{ {} {drive}(mode, || {call}) }}", args.setup)
        };
        let traits = |suffix: &str| {
            let call = format!("{}f{count}_{suffix}({})", shape.caller, args.call);
            format!("|| {{ {} auto_traits!({call}) }}", args.setup)
        };
        let traits = if has_traits {
            format!(
                "Some((|| -> Traits {{ ({})() }}, || -> Traits {{ ({})() }}))",
                traits("bare"),
                traits("on")
            )
        } else {
            "None".to_owned()
        };
        // A body of its own for each: the compiler takes what is in one body together.
        let _ = writeln!(
            self.functions,
            "fn case_{count}() -> Case {{ Case {{ name: \"f{count}\", bare: {}, on: {}, traits: {traits} }} }}",
            run("bare"),
            run("on")
        );
        let _ = writeln!(self.table, "case_{count},");
    }
}
