//! Input parameters: what a person edits, and the start that comes of it.
//!
//! An invalid start cannot be built: [`Draft::finish_all`] gives either [`Starts`] or the reasons,
//! each with its place in the form.

mod body;
mod cardinality;
mod choice;
mod dates;
mod draft;
mod exact;
mod kind;
mod known;
mod preset;
#[cfg(test)]
mod props;
mod rerun;
mod row;
mod spec;
mod start;
mod starts;
mod table;
pub mod value_list;

pub use body::{Body, BodyError};
pub use cardinality::Cardinality;
pub use choice::word_of;
pub use draft::{Draft, DraftError, Place};
pub use exact::{JsonError, from_json};
pub use kind::ParamKind;
pub use known::{ExportOff, Exported, KnownInputs};
pub use preset::{Preset, PresetRow};
pub use row::{Origin, ParamRow, name_error};
pub use spec::{ParamSpec, Source};
pub use start::{Conflict, MASK, RunOptions, StartRun, publishes};
pub use starts::Starts;
pub use table::Table;
