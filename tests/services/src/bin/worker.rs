//! The worker as a process: it prints its port and serves until its standard input ends.

use std::io::Read as _;

use genai::testing::Harness;
use genai_services_tests::traffic::{baggage, json, serve, worker};
use tokio::sync::mpsc;

#[tokio::main]
async fn main() {
    let harness = Harness::install_with(|settings| settings.baggage(baggage()));
    let (spans, mut asked) = mpsc::channel(1);
    println!("{}", serve(worker(spans)).await.port());
    let end = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0]));
    let answers = async {
        while let Some(asked) = asked.recv().await {
            let _ = asked.send(json(&harness));
        }
    };
    tokio::select! {
        () = answers => {}
        _ = end => {}
    }
}
