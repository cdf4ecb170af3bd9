#![deny(warnings)]

#[genai::chat(provider = openai)]
async fn ask<T: Default>() -> Result<T, std::fmt::Error> {
    Ok(T::default())
}

fn main() {
    drop(ask::<u8>());
}
