//! `hextop completions`: what a shell has to know to complete arguments.

use clap::{Args, ValueEnum};
use clap_complete::{Shell, generate};

use crate::cli::{command, print};

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    hextop completions bash > ~/.local/share/bash-completion/completions/hextop\n  \
    hextop completions zsh > ~/.zfunc/_hextop      with ~/.zfunc in fpath\n  \
    hextop completions fish > ~/.config/fish/completions/hextop.fish")]
pub(in crate::cli) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Known,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Known {
    Bash,
    Zsh,
    Fish,
}

/// Prints the completions; gives the exit code.
pub(super) fn run(args: &CompletionsArgs) -> u8 {
    print(&script(args.shell))
}

fn script(shell: Known) -> String {
    let shell = match shell {
        Known::Bash => Shell::Bash,
        Known::Zsh => Shell::Zsh,
        Known::Fish => Shell::Fish,
    };
    let mut text = Vec::new();
    generate(shell, &mut command(), "hextop", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_option_is_completed_in_every_shell() {
        for shell in [Known::Bash, Known::Zsh, Known::Fish] {
            let text = script(shell);
            for command in command().get_subcommands() {
                assert!(text.contains(command.get_name()), "{shell:?}: {}", command.get_name());
                for long in command.get_arguments().filter_map(clap::Arg::get_long) {
                    let option = if matches!(shell, Known::Fish) { "-l " } else { "--" };
                    assert!(text.contains(&format!("{option}{long}")), "{shell:?}: --{long}");
                }
            }
        }
    }
}
