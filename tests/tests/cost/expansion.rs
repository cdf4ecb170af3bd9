//! How many bytes an attribute's expansion has, on the compiler's own printout. Needs a nightly toolchain, else it is skipped.

use std::process::Command;

#[test]
#[ignore = "builds everything again with the nightly compiler: `cargo test -p genai-tests --test cost expansion -- --ignored`"]
fn the_expansion_is_as_short_as_promised() {
    let nightly = Command::new("cargo")
        .args(["+nightly", "--version"])
        .output();
    if !nightly.is_ok_and(|out| out.status.success()) {
        println!("skipped: no nightly toolchain");
        return;
    }
    let script = genai_tests::workspace().join("tests/scripts/expansion.sh");
    // A toolchain that was chosen by name would win over the one the script asks for.
    let out = Command::new("sh")
        .arg(script)
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("RUSTC")
        .env_remove("CARGO")
        .output()
        .expect("a shell");
    println!("{}", String::from_utf8_lossy(&out.stdout));
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
}
