//! The API client against a scripted server on a real socket, and the contract's bodies.
//!
//! The bodies in `tests/contract/` are the examples of the API contract, word for word.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows these in tests, but does not see that all of this is one"
)]

mod contract;
mod endpoints;
mod eras;
mod errors;
mod hostile;
mod proxy;
mod repeats;
mod secrets;
mod stub;
mod tls;
mod tolerant;
mod trouble;

use hextop::api::{Call, Client, PathStyle, Response, Timeouts, Token};
use hextop::domain::inputs::Body;
use hextop::domain::{ProjectId, RunId, StartRun};
use jiff::Timestamp;

use stub::Stub;

/// An example body of the contract.
macro_rules! body {
    ($name:literal) => {
        include_str!(concat!("../contract/", $name, ".json"))
    };
}
pub(crate) use body;

/// The project that the contract's examples are about.
const PROJECT: &str = "3f1c2b9e-8a47-4d55-9f0e-6b1d7c20a911";
/// The run that the contract's example of a start starts.
const RUN: &str = "c1000000-0000-4000-8000-000000000001";
/// Shaped like a personal token.
const TOKEN: &str = "hxtp_00112233445566778899aabbccddeeff";

fn project() -> ProjectId {
    ProjectId::new(PROJECT)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The inputs of the contract's example of a start.
fn start() -> StartRun {
    let body: serde_json::Value = serde_json::from_str(body!("start_request")).unwrap();
    Body::of(&body).unwrap().into_start().unwrap()
}

fn list_runs() -> Call {
    Call::ListRuns { project: project(), limit: 25, offset: 0, status: None }
}

fn run_status() -> Call {
    Call::RunStatus { project: project(), run: RunId::new(RUN) }
}

fn trigger() -> Call {
    Call::Trigger { project: project(), start: start() }
}

fn cancel() -> Call {
    Call::Cancel { project: project(), run: RunId::new(RUN) }
}

/// One of each.
fn every_call() -> [Call; 7] {
    [
        Call::ListProjects { after: None, unlisted: true },
        Call::GetProject { project: project() },
        list_runs(),
        run_status(),
        trigger(),
        cancel(),
        Call::Me,
    ]
}

/// A client for `stub` with the usual timeouts.
fn client(stub: &Stub) -> Client {
    client_within(stub, Timeouts::default())
}

fn client_within(stub: &Stub, timeouts: Timeouts) -> Client {
    Client::new(stub.base(), &Token::new(TOKEN).unwrap(), timeouts).unwrap()
}

/// Sends `call` once on the current paths.
async fn send(stub: &Stub, call: &Call) -> Response {
    client(stub).send(call, PathStyle::Current).await
}
