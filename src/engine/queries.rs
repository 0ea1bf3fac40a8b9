//! Views of the engine's state that change nothing.

pub mod forecast;
pub mod journal_rows;
pub mod watch_reporter;
