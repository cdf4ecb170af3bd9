//! What the attribute stands on.

use super::one_on;

#[test]
fn items() {
    let chat = "provider = openai";
    one_on(
        "chat",
        chat,
        "struct A;",
        &["a struct is none", "derive `genai::Request`"],
    );
    one_on("chat", chat, "enum A { B }", &["an enum is none"]);
    one_on(
        "chat",
        chat,
        "impl A { fn a() {} }",
        &["put it on each method"],
    );
    one_on(
        "chat",
        chat,
        "unsafe impl A for B {}",
        &["an `impl` block is none"],
    );
    one_on("chat", chat, "trait A {}", &["methods of each `impl`"]);
    one_on("chat", chat, "pub(crate) mod a {}", &["a module is none"]);
    one_on("chat", chat, "const A: u8 = 1;", &["a constant is none"]);
    one_on("chat", chat, "static A: u8 = 1;", &["a static is none"]);
    one_on(
        "chat",
        chat,
        "extern \"C\" { fn a(); }",
        &["an `extern` block is none"],
    );
    one_on("chat", chat, "use a::b;", &["a `use` is none"]);
    one_on(
        "chat",
        chat,
        "fn a();",
        &["a function without a body", "each `impl`"],
    );
    one_on("chat", chat, "const fn a() {}", &["remove `const`"]);
    one_on(
        "chat",
        chat,
        "unsafe extern \"C\" fn a(x: u8, ...) {}",
        &["variadic"],
    );
    one_on(
        "chat",
        chat,
        "#[genai::tool] fn a() {}",
        &["already on this function", "split"],
    );
    one_on(
        "chat",
        "provider = openai, crate = ::tel",
        "#[tel::agent] fn a() {}",
        &["split"],
    );
    one_on("context", "", "#[genai::context] fn a() {}", &["merge"]);
    one_on("chat", chat, "#[track_caller] fn a() {}", &["track_caller"]);
    one_on(
        "chat",
        "provider = openai, stream",
        "fn a() {}",
        &["`()` is none", "`streaming`", "genai::current().chunk("],
    );
    one_on(
        "chat",
        "provider = openai, stream",
        "async fn a() -> Result<Vec<u8>, E> {}",
        &["a `Vec` is none"],
    );
    one_on(
        "chat",
        "provider = openai, returns = stream",
        "fn a() -> impl Future<Output = String> {}",
        &["a `String` is none"],
    );
}
