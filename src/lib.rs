//! hextop: watch, start and stop the runs of Hex projects from a terminal.
//!
//! Everything that decides is a pure function of `(state, message, now)`; everything that
//! touches the world is thin. The layers, each of which may use those to its right:
//!
//! ```text
//! cli ─► shell ─► ui ─► engine ─► api ─► domain
//! cli ─► sim ─────────────────────────► domain
//! ```
//!
//! * [`domain`]: runs, projects, parameters, statistics, filters.
//! * [`api`]: the Hex API as typed calls; only its `client` sends bytes.
//! * [`engine`]: request budget, request queue, poll planner and the model that joins them.
//! * [`ui`]: selection, panes, sheets and forms; draws and changes nothing.
//! * [`shell`]: the loop, the terminal, the config file, the host.
//! * [`sim`]: a simulated Hex workspace as plain data, and a loopback door to it.
//! * [`cli`]: arguments and subcommands.
//!
//! `tests/layers.rs` holds the arrows to it.

#[cfg(not(unix))]
compile_error!("hextop runs on Unix only: on Windows, build and run it within WSL");

pub mod api;
pub mod cli;
pub mod clock;
pub mod domain;
pub mod engine;
pub mod shell;
pub mod sim;
pub mod testkit;
pub mod ui;
