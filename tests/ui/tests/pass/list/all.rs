struct User {
    id: u64,
    name: Option<String>,
}

#[genai::chat(
    provider = openai,
    properties(user.id = user.id, user.name = user.name, "x-tenant" = tenant, tags = ["a", "b"]),
    attributes(app.feature = "triage", app.ratio = 0.5, app.on = true),
    metric_attributes(app.tier = "gold"),
)]
fn ask(user: &User, tenant: &str) -> String {
    format!("{}{tenant}", user.id)
}

#[test]
fn runs() {
    assert_eq!(ask(&User { id: 1, name: None }, "t"), "1t");
}
