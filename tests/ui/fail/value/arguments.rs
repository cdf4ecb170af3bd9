struct City;

#[genai::tool(arguments(city.name, city, city = 1, "days", days?, count(3)))]
fn mistakes(city: &str, days: Option<u8>) {
    let _ = (city, days);
}

#[genai::tool(arguments(days, city))]
fn of_no_json(city: City, days: u8) {
    let _ = (city, days);
}

fn main() {}
