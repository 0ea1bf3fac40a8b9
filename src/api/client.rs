//! The only code that sends bytes.

use jiff::Timestamp;

use super::{ApiError, RateHint, Reply};

/// Why no answer came. `Display` is a plain sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No connection came about, so the request never left.
    #[error("no connection to Hex ({0}): check the network, the proxy and base_url")]
    Connect(String),
    /// The request left and no whole answer came in time.
    #[error("no answer within {0} s")]
    Timeout(u64),
    /// The connection broke after the request may have left.
    #[error("the connection broke ({0})")]
    Broken(String),
}

/// What came of one call, with all that its response tells besides.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The reply, or why there is none.
    pub result: Result<Reply, ApiError>,
    /// What the headers say of the limits.
    pub rate: RateHint,
    /// The server's `Date`, whole seconds.
    pub date: Option<Timestamp>,
}

/// Sends calls to one workspace.
#[derive(Debug)]
pub struct Client {}
