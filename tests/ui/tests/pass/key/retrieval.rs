#[genai::retrieval(data_source_id = "s", provider = openai, model = "m", top_k = limit, query = query, server.address = "h",
    response(|r| documents = r))]
fn search(query: &str, limit: u32) -> Vec<genai::message::Document> {
    let _ = (query, limit);
    Vec::new()
}

#[test]
fn runs() {
    assert!(search("a", 1).is_empty());
}
