#[genai::tool(type = "function", description = "d", call_id = call, arguments = (city, 5), response(|r| result = r))]
fn weather(call: &str, city: &str) -> Vec<String> {
    vec![call.to_owned(), city.to_owned()]
}

#[genai::tool]
fn clock() {}

#[test]
fn runs() {
    clock();
    assert_eq!(weather("1", "Bern").len(), 2);
}
