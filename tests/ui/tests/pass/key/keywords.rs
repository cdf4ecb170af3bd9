#[genai::tool(attributes(type = 1, a.fn.r#match = 2, self.crate = 3, "quoted key" = 4), properties(async = true), metric_attributes(r#type = "x"))]
fn run() {}

#[test]
fn runs() {
    run();
}
