#[genai::chat(
    provider = openai, openai.api.type = responses, openai.request.service_tier = auto, aws.bedrock.guardrail.id = "g",
    aws.bedrock.knowledge_base.id = "k", azure.resource_provider.namespace = "n",
    response(|r| openai.response.service_tier = r.as_str(), openai.response.system_fingerprint = "f"),
)]
fn ask() -> String {
    "a".to_owned()
}

#[test]
fn runs() {
    assert_eq!(ask(), "a");
}
