#![allow(dead_code)]

use std::borrow::Cow;

enum Reason {
    Stop,
    Other(String),
}

impl Reason {
    fn as_str(&self) -> &str {
        match self {
            Self::Stop => "stop",
            Self::Other(other) => other,
        }
    }
}

#[derive(genai::Response)]
struct Reply {
    #[genai(finish_reasons = reason.as_str())]
    reason: Reason,
    #[genai(model = self.model())]
    #[genai(id = &*model_and_id.1)]
    model_and_id: (String, String),
    #[genai(input_tokens = tokens.0, output_tokens = tokens.1)]
    tokens: (u32, u32),
}

impl Reply {
    fn model(&self) -> &str {
        &self.model_and_id.0
    }
}

#[derive(genai::Response)]
struct Tuple(
    #[genai(finish_reasons = field.iter().map(Reason::as_str).collect::<Vec<_>>())] Vec<Reason>,
    #[genai(id = self.1.clone())] Cow<'static, str>,
);

#[derive(genai::Request)]
#[genai(provider = openai)]
enum Ask<T: ToString> {
    Named {
        #[genai(model = r#type.to_string())]
        #[genai(message = r#type.to_string())]
        r#type: T,
        #[genai(max_tokens)]
        #[genai(seed)]
        limit: u32,
    },
    Tuple(#[genai(model = field.to_string())] T, u8),
}

fn response<T: genai::Response>(_: &T) {}

fn request<T: genai::ProviderRequest>(_: &T) {}

#[test]
fn runs() {
    response(&Reply {
        reason: Reason::Stop,
        model_and_id: (String::new(), String::new()),
        tokens: (1, 2),
    });
    response(&Tuple(vec![Reason::Other(String::new())], "a".into()));
    let ask = Ask::Named {
        r#type: 1_u8,
        limit: 2,
    };
    request(&ask);
    request(&Ask::Tuple("a", 1));
}
