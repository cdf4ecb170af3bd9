//! How much code an attribute adds, measured on the compiler's own printout: see `tests/scripts/expansion.sh`, which prints
//! this file expanded and compares each function with its plain twin.

struct Client;
struct Req {
    model: String,
    max: u32,
    t: f64,
    p: f64,
    seed: i64,
    n: u32,
}
struct Resp {
    model: String,
    id: String,
    reason: String,
    input: u64,
    output: u64,
}
struct Failed;

impl genai::Request for Req {
    fn record_request(&self, recorder: &mut genai::Recorder<'_>) {
        recorder.str(genai::keys::GEN_AI_REQUEST_MODEL, &self.model);
    }
}

impl genai::Response for Resp {
    fn record_response(&self, recorder: &mut genai::Recorder<'_>) {
        recorder.str(genai::keys::GEN_AI_RESPONSE_ID, &self.id);
    }
}

impl Client {
    async fn create(&self, req: &Req) -> Result<Resp, Failed> {
        std::future::ready(()).await;
        let (model, id, reason) = (req.model.clone(), String::new(), String::new());
        Ok(Resp {
            model,
            id,
            reason,
            input: 1,
            output: 2,
        })
    }
}

mod bare_by_reference {
    use super::*;
    pub(super) async fn ask(client: &Client, req: &Req) -> Result<Resp, Failed> {
        client.create(req).await
    }
}

mod by_reference {
    use super::*;
    #[genai::chat(provider = openai, request = req)]
    pub(super) async fn ask(client: &Client, req: &Req) -> Result<Resp, Failed> {
        client.create(req).await
    }
}

mod bare_by_value {
    use super::*;
    pub(super) async fn ask(client: &Client, req: Req) -> Result<Resp, Failed> {
        client.create(&req).await
    }
}

mod by_value {
    use super::*;
    #[genai::chat(provider = openai, request = req)]
    pub(super) async fn ask(client: &Client, req: Req) -> Result<Resp, Failed> {
        client.create(&req).await
    }
}

mod six_entries {
    use super::*;
    #[genai::chat(provider = openai, model = req.model, max_tokens = req.max, temperature = req.t, top_p = req.p, seed = req.seed, choice_count = req.n)]
    pub(super) async fn ask(client: &Client, req: &Req) -> Result<Resp, Failed> {
        client.create(req).await
    }
}

mod no_entries {
    use super::*;
    #[genai::chat(provider = openai, model = "m")]
    pub(super) async fn ask(client: &Client, req: &Req) -> Result<Resp, Failed> {
        client.create(req).await
    }
}

mod six_and_five_entries {
    use super::*;
    #[genai::chat(provider = openai, model = req.model, max_tokens = req.max, temperature = req.t, top_p = req.p, seed = req.seed, choice_count = req.n,
        response(|r| model = r.model, id = r.id, finish_reasons = r.reason, input_tokens = r.input, output_tokens = r.output))]
    pub(super) async fn ask(client: &Client, req: &Req) -> Result<Resp, Failed> {
        client.create(req).await
    }
}

fn req() -> Req {
    Req {
        model: "m".to_owned(),
        max: 1,
        t: 0.5,
        p: 0.5,
        seed: 2,
        n: 3,
    }
}

#[test]
fn the_functions_agree() {
    // What they report is not for the harness of another test.
    let _harness = genai::testing::Harness::install();
    futures::executor::block_on(async {
        let (client, req) = (Client, &req());
        let tokens = |r: Result<Resp, Failed>| r.map_or(0, |r| r.input + r.output);
        assert_eq!(tokens(bare_by_reference::ask(&client, req).await), 3);
        assert_eq!(tokens(by_reference::ask(&client, req).await), 3);
        assert_eq!(tokens(bare_by_value::ask(&client, self::req()).await), 3);
        assert_eq!(tokens(by_value::ask(&client, self::req()).await), 3);
        assert_eq!(tokens(six_entries::ask(&client, req).await), 3);
        assert_eq!(tokens(no_entries::ask(&client, req).await), 3);
        assert_eq!(tokens(six_and_five_entries::ask(&client, req).await), 3);
    });
}
