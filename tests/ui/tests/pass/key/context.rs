#[genai::context(conversation_id = thread, properties(user.id = 5, "x-tenant" = "t", flags = [true, false]))]
fn handle(thread: Option<&str>) -> usize {
    thread.map_or(0, str::len)
}

#[genai::context(replace)]
fn empty() {}

#[genai::context]
fn nothing() {}

#[test]
fn runs() {
    empty();
    nothing();
    assert_eq!(handle(Some("abc")), 3);
}
