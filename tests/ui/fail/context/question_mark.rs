#[genai::context(conversation_id = thread, properties(user.id = user?))]
async fn handle(thread: &str, user: Option<&str>) -> Option<String> {
    Some(format!("{thread} {}", user?))
}

fn main() {}
