//! The program `hextop`; everything is in the library.

use std::process::ExitCode;

fn main() -> color_eyre::Result<ExitCode> {
    hextop::cli::main()
}
