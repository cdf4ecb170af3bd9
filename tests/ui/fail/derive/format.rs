struct Inner;

#[derive(genai::Response)]
struct Reply {
    #[genai(flatten = opnai)]
    inner: Inner,
}

#[derive(genai::Response)]
#[genai(format = nothing)]
struct Other;

#[derive(genai::Response)]
#[genai(format = openai)]
struct Plain;

#[derive(genai::Request)]
struct Ask {
    #[genai(flatten = openai)]
    inner: Inner,
}

fn main() {}
