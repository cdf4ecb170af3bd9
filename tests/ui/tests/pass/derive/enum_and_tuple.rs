#[derive(genai::Response)]
enum Reply {
    Text(#[genai(message)] String, #[genai(input_tokens)] u32),
    Tool {
        #[genai(id)]
        id: String,
        name: String,
    },
    Nothing,
}

#[derive(genai::Request)]
struct Model(
    #[genai(model)] &'static str,
    #[genai(provider)] &'static str,
);

#[genai::chat(request = model)]
fn ask(model: Model) -> Reply {
    if model.0.is_empty() {
        Reply::Nothing
    } else if model.1 == "tool" {
        Reply::Tool {
            id: "1".to_owned(),
            name: "n".to_owned(),
        }
    } else {
        Reply::Text(model.0.to_owned(), 1)
    }
}

#[test]
fn runs() {
    assert!(matches!(ask(Model("m", "mine")), Reply::Text(t, 1) if t == "m"));
    assert!(
        matches!(ask(Model("m", "tool")), Reply::Tool { id, name } if id == "1" && name == "n")
    );
    assert!(matches!(ask(Model("", "")), Reply::Nothing));
}
