//! `hextop export`: what the store of this machine has, as JSON lines or CSV, without a request to Hex.

mod file;
mod journal;
mod runs;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::cli::output::FormatArgs;
use crate::cli::when::{self, When};
use crate::cli::workspace::WorkspaceArgs;

/// What is exported.
#[derive(Args, Debug)]
pub(in crate::cli) struct ExportArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Runs, as they were last seen from this machine
    #[command(after_help = runs::EXAMPLES)]
    Runs(ExportedArgs),
    /// Starts and cancels, and what became of them
    #[command(after_help = journal::EXAMPLES)]
    Journal(ExportedArgs),
}

/// Which of it, in which form, and where to.
#[derive(Args, Debug)]
struct ExportedArgs {
    /// Only what began since: so long ago, such as 2h or 7d, or a time such as 2026-11-27T00:00Z
    #[arg(long, value_name = "WHEN", value_parser = when::parse)]
    since: Option<When>,
    /// Only what began before, said in the same way
    #[arg(long, value_name = "WHEN", value_parser = when::parse)]
    until: Option<When>,
    /// Only of this project: its id, the beginning of it, or its title
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Only what passes this filter
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// Write a new file, which only its owner may read, instead of standard output; one that is called
    /// *.csv is CSV
    #[arg(long, value_name = "FILE")]
    out: Option<String>,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &ExportArgs) -> ExitCode {
    let exported = match &args.what {
        What::Runs(args) => runs::export(args),
        What::Journal(args) => journal::export(args),
    };
    exported.unwrap_or_else(|code| code)
}
