//! What the program talks about: ids, runs, projects, parameters, filters, statistics.
//!
//! Pure values. Nothing here knows how they travel or how they look.

pub mod durations;
pub mod filter;
pub mod hours;
pub mod ids;
pub mod inputs;
pub mod nearest;
pub mod project;
pub mod resolve;
pub mod rules;
pub mod run;
pub mod runaway;
pub mod schedule;
pub mod text;
pub mod time;
pub mod title;

pub use filter::Query;
pub use hours::Hours;
pub use ids::{ProjectId, RunId};
pub use inputs::{Draft, ParamKind, StartRun};
pub use project::{Project, Published};
pub use resolve::{Reference, resolve};
pub use run::{Run, RunStatus, RunTrigger};
pub use schedule::Schedule;
pub use text::Text;
pub use time::{Boot, Now};
