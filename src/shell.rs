//! What touches the world: the loop, the terminal, the host, settings and logs. Thin; it decides
//! nothing.

mod browser;
mod child;
pub mod clipboard;
pub mod config;
pub mod core_dumps;
pub mod editor;
pub mod file;
pub mod headless;
pub mod history;
pub mod host;
pub mod input;
pub mod log;
pub mod notify;
pub mod outgoing;
pub mod path;
mod private;
pub mod run;
pub mod save;
pub mod screen;
pub mod secret_input;
pub mod stop;
pub mod store;
pub mod terminal;
pub mod terminal_query;
pub mod token_file;
pub mod wire;
