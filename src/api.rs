//! The Hex API: every endpoint as one typed call.
//!
//! Building requests and reading answers is pure; only [`client`] sends bytes. The contract is
//! Hex's OpenAPI document "Hex API 1.0.0" and, where servers differ from it, what other clients
//! have met; reading is tolerant, writing is strict.

pub mod base_url;
pub mod call;
pub mod client;
pub mod error;
pub mod proxy;
pub mod rate;
pub mod redact;
mod times;
pub mod tls;
pub mod token;
mod wire;
pub mod words;

pub use base_url::{BaseUrl, BaseUrlError};
pub use call::{Call, Kind, Me, PageOrder, PathStyle, Reply, Started};
pub use client::{Client, ClientError, Connection, Response, Timeouts};
pub use error::{ApiError, ConnectFault, Failure, NoConnection};
pub use rate::RateHint;
pub use redact::Redactor;
pub use tls::{Tls, TlsError};
pub use token::{Token, TokenError, Wrapping};
