//! A simulated Hex workspace, and a loopback door to it.
//!
//! [`World`] is plain data with a seed: a request and the time go in, an answer comes out, and
//! between requests its life goes on. It encodes its bodies from the contract alone and knows
//! nothing of the client, so that a mistake of the client cannot hide in a matching one here.
//! Only [`server`] touches a socket and a clock.

mod answer;
mod call;
mod fault;
mod history;
mod life;
mod limit;
mod project;
mod query;
mod reply;
mod rng;
mod route;
mod run;
pub mod scenario;
pub mod server;
mod trace;
mod users;
mod uuid;
mod validation;
mod wire;
mod world;

pub use answer::{Answer, Fate};
pub use call::CallKind;
pub use fault::{FaultError, FaultName, FaultSpec};
pub use project::SimProject;
pub use run::{SimRun, Version};
pub use scenario::{InputKind, InputSpec, ProjectSpec, Scenario, ScenarioError};
pub use server::SimServer;
pub use world::{Tally, World};
