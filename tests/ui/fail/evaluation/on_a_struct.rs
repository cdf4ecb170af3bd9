#[genai::evaluation(of = seen, result(|r| score = r))]
struct Judge;

fn main() {}
