//! A program without any provider: its annotated functions print nothing, fail nowhere and allocate nothing.

use std::process::Command;

#[test]
fn no_provider_no_output_no_allocation() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bare"));
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("OTEL_") {
            command.env_remove(variable);
        }
    }
    let output = command.output().expect("the program runs");
    let printed = [output.stdout, output.stderr].concat();
    assert_eq!(String::from_utf8_lossy(&printed), "");
    assert!(output.status.success());
}
