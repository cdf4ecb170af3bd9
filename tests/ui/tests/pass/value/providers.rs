#[genai::chat(provider = openai)]
fn p0() -> String {
    String::new()
}

#[genai::chat(provider = gcp.gen_ai)]
fn p1() -> String {
    String::new()
}

#[genai::chat(provider = gcp.vertex_ai)]
fn p2() -> String {
    String::new()
}

#[genai::chat(provider = gcp.gemini)]
fn p3() -> String {
    String::new()
}

#[genai::chat(provider = anthropic)]
fn p4() -> String {
    String::new()
}

#[genai::chat(provider = cohere)]
fn p5() -> String {
    String::new()
}

#[genai::chat(provider = azure.ai.inference)]
fn p6() -> String {
    String::new()
}

#[genai::chat(provider = azure.ai.openai)]
fn p7() -> String {
    String::new()
}

#[genai::chat(provider = ibm.watsonx.ai)]
fn p8() -> String {
    String::new()
}

#[genai::chat(provider = aws.bedrock)]
fn p9() -> String {
    String::new()
}

#[genai::chat(provider = perplexity)]
fn p10() -> String {
    String::new()
}

#[genai::chat(provider = x_ai)]
fn p11() -> String {
    String::new()
}

#[genai::chat(provider = deepseek)]
fn p12() -> String {
    String::new()
}

#[genai::chat(provider = groq)]
fn p13() -> String {
    String::new()
}

#[genai::chat(provider = mistral_ai)]
fn p14() -> String {
    String::new()
}

#[genai::chat(provider = "custom")]
fn p15() -> String {
    String::new()
}

#[test]
fn runs() {
    p0();
    p1();
    p2();
    p3();
    p4();
    p5();
    p6();
    p7();
    p8();
    p9();
    p10();
    p11();
    p12();
    p13();
    p14();
    p15();
}
