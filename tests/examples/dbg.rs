use genai_tests::recordings::{
    all,
    replay::{Form, replay},
};
fn main() {
    let id = std::env::args().nth(1).unwrap();
    for mut r in all().unwrap() {
        if !r.id.contains(&id) {
            continue;
        }
        if std::env::args().nth(2).is_some() {
            for text in r.response.sse.iter_mut().flatten() {
                let mut v: serde_json::Value = match serde_json::from_str(text) {
                    Ok(v) => v,
                    _ => continue,
                };
                if let Some(o) = v.pointer_mut("/response/output") {
                    *o = serde_json::json!([]);
                }
                *text = v.to_string();
            }
        }
        for form in [Form::Values, Form::Bytes(1)] {
            println!("{} {:#?}", r.id, replay(&r, form, true));
        }
    }
}
