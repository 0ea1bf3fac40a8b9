//! The one place through which text leaves the process: log, store, standard output and error.
//!
//! Tokens and secret inputs are taken out of it. What comes from the server is read without them
//! already (`api::redact`); this also holds what other crates log, and what nobody thought of.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::api::Redactor;

/// One a process, because there is one log and one standard output.
static REDACTOR: LazyLock<Redactor> = LazyLock::new(Redactor::default);

/// Knows the tokens and secret inputs that this process uses.
pub fn redactor() -> &'static Redactor {
    &REDACTOR
}

/// Bytes as they may leave.
pub fn clean_bytes(bytes: &[u8]) -> Cow<'_, [u8]> {
    REDACTOR.clean_bytes(bytes)
}

/// A text as it may leave.
pub fn clean(text: &str) -> Cow<'_, str> {
    REDACTOR.clean(text)
}
