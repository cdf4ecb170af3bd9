//! Searches what is recorded of calls for their content, which is switched off: `canaries COUNT [SEED]`.
//!
//! `cargo run --release -p genai-mcp-tests --bin canaries -- 100000 1`

use std::process::ExitCode;
use std::time::Instant;

use genai::ContentCapture;
use genai_mcp_tests::canaries::run;

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (Some(Ok(count)), Ok(seed)) = (numbers.next(), numbers.next().unwrap_or(Ok(1))) else {
        eprintln!("canaries COUNT [SEED]");
        return ExitCode::from(2);
    };
    // Handlers panic as planned.
    std::panic::set_hook(Box::new(|_| {}));
    let began = Instant::now();
    let found = run(count, seed, ContentCapture::NoContent);
    println!(
        "{} calls, {} spans, {} bytes searched, {} calls let something out, {:.1} s, seed {seed}",
        found.calls,
        found.spans,
        found.bytes,
        found.let_out.values().sum::<u64>(),
        began.elapsed().as_secs_f64()
    );
    for (call, count) in &found.let_out {
        println!("{count} of {call}");
    }
    for finding in &found.findings {
        println!("{finding}");
    }
    let is_well = found.let_out.is_empty() && found.findings.is_empty();
    ExitCode::from(u8::from(!is_well))
}
