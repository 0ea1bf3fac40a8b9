//! What processes share through the store, besides the budget: what was read of the workspace.

mod cache;
pub mod coordinator;
mod page_digest;
pub mod protocol;

pub(super) use cache::{CacheSync, ListPage, Look, Shared};
pub use page_digest::PageDigest;
