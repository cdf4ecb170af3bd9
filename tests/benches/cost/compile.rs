//! What an annotated function costs the compiler: crates of 1,000 functions, their dependencies built, user CPU time of `cargo
//! check` and of a debug build, one after the other round after round.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::harness::median;

const FUNCTIONS: usize = 1000;

const SHARED: &str = r#"
pub struct Req { pub model: String, pub temperature: f64, pub max_tokens: i64, pub seed: i64, pub top_p: f64 }
pub struct Resp { pub model: String, pub id: String, pub reason: String, pub input: u64, pub output: u64 }
pub struct Failed(pub String);
impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) }
}
pub struct Client;
impl Client {
    pub async fn send(&self, n: i64) -> Result<Resp, Failed> {
        if n < 0 { return Err(Failed("negative".into())); }
        Ok(Resp { model: "m".into(), id: "i".into(), reason: "stop".into(), input: 1, output: 2 })
    }
}
"#;

const KNOWN: &str = r#"
impl genai::Request for Req {
    fn record_request(&self, r: &mut genai::Recorder<'_>) { r.str(genai::keys::GEN_AI_REQUEST_MODEL, &self.model); }
}
impl genai::Response for Resp {
    fn record_response(&self, r: &mut genai::Recorder<'_>) { r.str(genai::keys::GEN_AI_RESPONSE_ID, &self.id); }
}
"#;

const VARIANTS: [(&str, &str); 5] = [
    ("bare", ""),
    (
        "tracing",
        r#"#[tracing::instrument(skip_all, fields(gen_ai.operation.name = "chat", gen_ai.provider.name = "openai", gen_ai.request.model = req.model.as_str(), gen_ai.request.temperature = req.temperature, gen_ai.request.max_tokens = req.max_tokens, server.address = "api.openai.com"))]"#,
    ),
    (
        "request",
        r#"#[genai::chat(provider = openai, request = req)]"#,
    ),
    (
        "entries_6",
        r#"#[genai::chat(provider = openai, model = req.model, temperature = req.temperature, max_tokens = req.max_tokens, seed = req.seed, top_p = req.top_p, server.address = "api.openai.com", response = none)]"#,
    ),
    (
        "entries_6_5",
        r#"#[genai::chat(provider = openai, model = req.model, temperature = req.temperature, max_tokens = req.max_tokens, seed = req.seed, top_p = req.top_p, server.address = "api.openai.com", response(|r| model = r.model, id = r.id, finish_reasons = r.reason, input_tokens = r.input, output_tokens = r.output))]"#,
    ),
];

fn source(name: &str, attribute: &str) -> String {
    let mut text = String::from(SHARED);
    if name == "request" {
        text.push_str(KNOWN);
    }
    for at in 0..FUNCTIONS {
        let _ = write!(
            text,
            "{attribute}\npub async fn f{at}(client: &Client, req: &Req) -> Result<Resp, Failed> {{\n    \
             let n = req.max_tokens + {at};\n    let mut out = client.send(n).await?;\n    \
             if out.input > 5 {{ out.output += 1; }}\n    Ok(out)\n}}\n"
        );
    }
    // Each is polled here, so that its code is made in this crate.
    text.push_str("pub type B<'a> = std::pin::Pin<Box<dyn std::future::Future<Output = Result<Resp, Failed>> + 'a>>;\n");
    for at in 0..FUNCTIONS {
        let _ = writeln!(
            text,
            "pub fn g{at}<'a>(c: &'a Client, r: &'a Req) -> B<'a> {{ Box::pin(f{at}(c, r)) }}"
        );
    }
    text
}

fn generate(root: &Path, workspace: &Path) -> std::io::Result<()> {
    let genai = workspace.join("genai-runtime");
    let mut members = String::new();
    for (name, attribute) in VARIANTS {
        let dependency = match name {
            "bare" => String::new(),
            "tracing" => "tracing = \"0.1\"\n".to_owned(),
            _ => format!("genai = {{ package = \"genai-runtime\", path = {genai:?} }}\n"),
        };
        let folder = root.join(name);
        std::fs::create_dir_all(folder.join("src"))?;
        std::fs::write(
            folder.join("Cargo.toml"),
            format!(
                "[package]\nname = \"cost_{name}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[dependencies]\n{dependency}"
            ),
        )?;
        std::fs::write(folder.join("src/lib.rs"), source(name, attribute))?;
        let _ = write!(members, "{name:?}, ");
    }
    std::fs::write(
        root.join("Cargo.toml"),
        format!("[workspace]\nresolver = \"2\"\nmembers = [{members}]\n"),
    )?;
    std::fs::copy(workspace.join("Cargo.lock"), root.join("Cargo.lock"))?;
    Ok(())
}

/// User CPU seconds of all children so far.
#[allow(unsafe_code)]
fn children() -> f64 {
    // SAFETY: a `rusage` may be all zeroes, and is valid for the write.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_CHILDREN, &mut usage);
        usage
    };
    usage.ru_utime.tv_sec as f64 + usage.ru_utime.tv_usec as f64 / 1e6
}

fn build(root: &Path, what: &str, name: &str) -> f64 {
    let source = root.join(name).join("src/lib.rs");
    let text = std::fs::read(&source).expect("the source");
    std::fs::write(&source, text).expect("a new date");
    let before = children();
    let status = Command::new("cargo")
        .args([what, "--offline", "-q", "-p", &format!("cost_{name}")])
        .current_dir(root)
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .stderr(Stdio::null())
        .status();
    assert!(status.is_ok_and(|s| s.success()), "{what} {name}");
    children() - before
}

pub(crate) fn run(rounds: usize) {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = workspace.canonicalize().expect("the workspace");
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cost-compile");
    generate(&root, &workspace).expect("the crates are written");
    println!(
        "| variant | check, ms per function over bare | of tracing's | debug build | of tracing's |"
    );
    println!("|---|---:|---:|---:|---:|");
    let mut rows = vec![Vec::new(); VARIANTS.len()];
    for what in ["check", "build"] {
        VARIANTS.iter().for_each(|(name, _)| {
            build(&root, what, name);
        });
        let mut times = vec![Vec::new(); VARIANTS.len()];
        for round in 0..rounds {
            for at in 0..VARIANTS.len() {
                let at = if round % 2 == 0 {
                    at
                } else {
                    VARIANTS.len() - 1 - at
                };
                times[at].push(build(&root, what, VARIANTS[at].0));
            }
        }
        let over = |at: usize| -> Vec<f64> {
            times[at]
                .iter()
                .zip(&times[0])
                .map(|(a, b)| (a - b) * 1e3 / FUNCTIONS as f64)
                .collect()
        };
        let tracing = over(1);
        for (at, row) in rows.iter_mut().enumerate() {
            let over = over(at);
            let ratio = median(over.iter().zip(&tracing).map(|(a, b)| a / b));
            row.push((median(over.into_iter()), ratio));
        }
    }
    for ((name, _), row) in VARIANTS.iter().zip(rows) {
        let cells: Vec<_> = row
            .iter()
            .map(|(ms, ratio)| format!("{ms:.2} | {ratio:.2}"))
            .collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
}
