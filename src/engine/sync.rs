//! What processes share through the store, besides the budget: what was read of the workspace.

mod cache;
mod choices;
pub mod coordinator;
pub mod countdowns;
pub mod entry_id;
pub mod log;
mod page_digest;
mod presences;
pub mod protocol;
pub mod session;
mod stored;

pub(super) use cache::{CacheSync, ListPage, Look, Shared};
pub(super) use choices::Choices;
pub use page_digest::PageDigest;
pub use stored::Stored;
