#![deny(warnings)]

#[genai::tool]
fn stop(code: u8) -> ! {
    std::process::exit(i32::from(code))
}

fn main() {
    if std::env::args().count() > 5 {
        stop(1);
    }
}
