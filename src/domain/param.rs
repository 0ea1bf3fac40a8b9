//! Input parameters: what a person edits, and the start that comes of it.
//!
//! An invalid start cannot be built: [`Draft::finish_all`] gives either [`Starts`] or the reasons,
//! each with its place in the form.

mod again;
mod body;
mod choice;
mod draft;
mod exact;
mod holds;
mod kind;
mod known;
mod preset;
#[cfg(test)]
mod props;
mod row;
pub mod several;
mod spec;
mod start;
mod starts;
mod table;
mod when;

pub use body::{Body, BodyError};
pub use choice::word_of;
pub use draft::{Draft, DraftError, Place};
pub use exact::{JsonError, from_json};
pub use holds::Holds;
pub use kind::ParamKind;
pub use known::{ExportOff, Exported, KnownInputs};
pub use preset::{Preset, PresetRow};
pub use row::{Origin, ParamRow, name_error};
pub use spec::{ParamSpec, Source};
pub use start::{Conflict, MASK, RunOptions, StartRun};
pub use starts::Starts;
pub use table::Table;
