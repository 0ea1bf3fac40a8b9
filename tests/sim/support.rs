//! What the tests share: a served world with a client that has no opinions, and worlds in
//! virtual time.

use std::time::Duration;

use hextop::clock;
use hextop::domain::{Boot, Now};
use hextop::sim::scenario::{Kernels, Limits};
use hextop::sim::server::ANY_PORT;
use hextop::sim::{Answer, InputKind, InputSpec, ProjectSpec, Scenario, SimRun, SimServer, World};
use http::{Method, Request};
use serde_json::{Value, json};

/// A generation of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Current,
    Legacy,
}

pub(crate) const STYLES: [Style; 2] = [Style::Current, Style::Legacy];

impl Style {
    pub(crate) fn list(self, project: &str) -> String {
        match self {
            Self::Current => format!("/projects/{project}/runs"),
            Self::Legacy => format!("/project/{project}/runs"),
        }
    }

    pub(crate) fn start(self, project: &str) -> String {
        match self {
            Self::Current => format!("/projects/{project}/runs"),
            Self::Legacy => format!("/project/{project}/run"),
        }
    }

    pub(crate) fn run(self, project: &str, run: &str) -> String {
        format!("{}/{run}", self.start(project))
    }
}

/// One whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("text")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl From<Answer> for Got {
    fn from(answer: Answer) -> Self {
        let (parts, body) = answer.response.into_parts();
        Self { status: parts.status.as_u16(), headers: parts.headers, body }
    }
}

/// A world behind its door.
pub(crate) struct Site {
    pub(crate) door: SimServer,
    client: reqwest::Client,
}

impl Site {
    pub(crate) async fn open(scenario: &Scenario) -> Self {
        let world = World::new(scenario, 7, clock::now());
        Self {
            door: SimServer::open(world, ANY_PORT, None).await.expect("a port"),
            client: client(),
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse::<Method>().expect("a method");
        let url = format!("{}{path}", self.door.base_url);
        self.client.request(method, url).bearer_auth(&self.door.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        send(self.request("GET", path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Got {
        let request = self.request("POST", path).header("content-type", "application/json");
        send(request.body(body.to_string())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Got {
        send(self.request("DELETE", path)).await
    }

    /// The id of the project with this title.
    pub(crate) fn project(&self, title: &str) -> String {
        self.door.look(|world| id_of(world, title))
    }

    /// The ids of a project's active runs, oldest first.
    pub(crate) fn active(&self, title: &str) -> Vec<String> {
        self.door.look(|world| {
            let is_of =
                |run: &&SimRun| world.project_of(run).is_some_and(|one| one.title() == title);
            let runs = world.runs().filter(is_of).filter(|run| run.is_active());
            runs.map(|run| run.id().to_string()).collect()
        })
    }

    /// Asks for a run until it has this status.
    pub(crate) async fn until(&self, path: &str, status: &str) -> Value {
        for _ in 0..20_000 {
            let run = self.get(path).await.json();
            if run["status"] == status {
                return run;
            }
        }
        panic!("{path} never became {status}");
    }
}

pub(crate) fn client() -> reqwest::Client {
    // reqwest has none of its own; the first one counts.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().no_proxy();
    builder.redirect(reqwest::redirect::Policy::none()).build().expect("a client")
}

pub(crate) async fn send(request: reqwest::RequestBuilder) -> Got {
    try_send(request).await.expect("an answer")
}

pub(crate) async fn try_send(request: reqwest::RequestBuilder) -> reqwest::Result<Got> {
    let response = request.send().await?;
    Ok(Got {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.bytes().await?.to_vec(),
    })
}

pub(crate) fn id_of(world: &World, title: &str) -> String {
    let project = world.projects().find(|project| project.title() == title);
    project.expect("a project of this title").id().to_string()
}

/// Kernels that are there at once.
pub(crate) fn quick_kernels() -> Kernels {
    Kernels { boot: Duration::from_millis(5), stop: Duration::from_millis(5), ..Kernels::default() }
}

/// A workspace without limits in which `Weekly revenue` has a past, two runs that hang, and
/// inputs; `Scratchpad` was never published.
pub(crate) fn small() -> Scenario {
    let input =
        |name: &str, kind| InputSpec { name: name.to_owned(), kind, ..InputSpec::default() };
    Scenario {
        limits: unlimited(),
        kernels: quick_kernels(),
        projects: vec![
            ProjectSpec {
                past: 40,
                median: Duration::from_millis(20),
                hung: vec![1000.0, 2000.0],
                inputs: vec![
                    input("region", InputKind::Text),
                    InputSpec {
                        min: Some(0.0),
                        max: Some(1.0),
                        ..input("threshold", InputKind::Slider)
                    },
                    InputSpec {
                        options: vec![json!("smb"), json!("ent")],
                        ..input("segments", InputKind::Multiselect)
                    },
                    InputSpec {
                        options: vec![json!("a"), json!(2)],
                        ..input("model", InputKind::Dropdown)
                    },
                    input("include_test", InputKind::Checkbox),
                    input("start_date", InputKind::Date),
                    input("weeks", InputKind::Number),
                    InputSpec { hidden: true, ..input("debug", InputKind::Number) },
                ],
                ..ProjectSpec::titled("Weekly revenue")
            },
            ProjectSpec { published: false, ..ProjectSpec::titled("Scratchpad") },
            ProjectSpec::titled("Churn model"),
        ],
        ..Scenario::default()
    }
}

pub(crate) fn unlimited() -> Limits {
    Limits { per_minute: 0, triggers_per_minute: 0, triggers_per_hour: 0, ..Limits::default() }
}

/// A moment to begin at: Tuesday, 20 October 2026, 08:00 UTC.
pub(crate) fn start() -> Now {
    Now { boot: Boot::from_secs(1000), wall: "2026-10-20T08:00:00Z".parse().expect("a time") }
}

/// A world in virtual time.
pub(crate) struct Virtual {
    pub(crate) world: World,
    pub(crate) now: Now,
}

impl Virtual {
    pub(crate) fn new(scenario: &Scenario, seed: u64) -> Self {
        Self { world: World::new(scenario, seed, start()), now: start() }
    }

    pub(crate) fn wait(&mut self, by: Duration) {
        self.now = self.now.after(by);
        self.world.advance(self.now);
    }

    pub(crate) fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let token = format!("Bearer {}", self.world.token());
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("authorization", token)
            .body(body)
            .expect("a request");
        self.world.handle(&request, self.now)
    }

    pub(crate) fn get(&mut self, path: &str) -> Got {
        self.ask("GET", path, None).into()
    }
}

/// The words of one field of each row.
pub(crate) fn words(rows: &Value, field: &str) -> Vec<String> {
    let rows = rows.as_array().expect("rows");
    rows.iter().map(|row| row[field].as_str().expect("a word").to_owned()).collect()
}
