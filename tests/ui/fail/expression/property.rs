struct Tenant;

#[genai::context(properties(tenant = tenant))]
fn ask(tenant: &Tenant) {
    let _ = tenant;
}

fn main() {}
