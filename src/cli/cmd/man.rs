//! `hextop man`: the man page, which has the pages of help as sections; or one page for each command.

mod roff;

use std::io;
use std::path::{Path, PathBuf};

use clap::builder::Resettable;
use clap::{Args, Command};
use clap_mangen::Man;

use crate::cli::{FAILED, command, complain, print};
use crate::ui::manual::TOPICS;
use crate::ui::manual::markdown::blocks;

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  hextop man | man -l -\n  \
    hextop man --dir ~/.local/share/man/man1      one page for each command as well")]
pub(in crate::cli) struct ManArgs {
    /// Write the page, and one for each command, into this directory
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// What the options do not say.
const PLACES: &str = "\
.SH FILES
.TP
~/.config/hextop/config.toml
settings; \\fBhextop \\-\\-help\\fR says where they are on this machine
.TP
~/.local/state/hextop/hextop.log
the log
.SH ENVIRONMENT
.TP
\\fBHEX_API_TOKEN\\fR, \\fBHEX_API_BASE_URL\\fR
the token, and the workspace's address
.TP
\\fBHEXTOP_LOG\\fR
what is logged, such as debug
.TP
\\fBNO_COLOR\\fR
no colours, if it is set
";

/// Prints or writes the pages; gives the exit code.
pub(super) fn run(args: &ManArgs) -> u8 {
    let done = match &args.dir {
        None => main_page().map(|page| print(&page)).map_err(|error| error.to_string()),
        Some(dir) => write(dir).map(|()| 0).map_err(|error| {
            format!("the pages cannot be written into {}: {error}", dir.display())
        }),
    };
    done.unwrap_or_else(|why| {
        complain(&why, FAILED);
        FAILED
    })
}

/// The command as its page has it: nothing in it is of this machine.
fn root() -> Command {
    let mut root = command().after_help(Resettable::Reset).after_long_help(Resettable::Reset);
    root.build();
    root
}

/// The page of `hextop` itself.
fn main_page() -> io::Result<String> {
    let man = Man::new(root()).manual("User Commands");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    man.render_subcommands_section(&mut page)?;
    let topics = TOPICS.iter().map(|topic| roff::section(&blocks(topic.text)));
    Ok(String::from_utf8_lossy(&page).into_owned() + PLACES + &topics.collect::<String>())
}

/// Writes a page for each command.
fn write(dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    for (name, page) in pages()? {
        std::fs::write(dir.join(format!("{name}.1")), page)?;
    }
    Ok(())
}

/// Every page, with its name.
fn pages() -> io::Result<Vec<(String, String)>> {
    let mut pages = vec![("hextop".to_owned(), main_page()?)];
    let root = root();
    let mut open: Vec<(String, &Command)> = vec![("hextop".to_owned(), &root)];
    while let Some((name, command)) = open.pop() {
        for inner in command.get_subcommands().filter(|command| command.get_name() != "help") {
            let name = format!("{name}-{}", inner.get_name());
            let mut page = Vec::new();
            let man = Man::new(inner.clone().disable_help_subcommand(true));
            man.title(name.clone()).manual("User Commands").render(&mut page)?;
            pages.push((name.clone(), String::from_utf8_lossy(&page).into_owned()));
            open.push((name, inner));
        }
    }
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_topic_and_nothing_of_this_machine() {
        let page = main_page().unwrap();
        for topic in TOPICS {
            let title = topic.text.lines().next().unwrap().trim_start_matches("# ");
            let title = title.replace('`', "").to_uppercase().replace('-', "\\-");
            assert!(page.contains(&format!("\n.SH \"{title}\"\n")), "{title}");
        }
        for section in ["NAME", "SYNOPSIS", "OPTIONS", "SUBCOMMANDS", "FILES", "ENVIRONMENT"] {
            assert!(page.contains(&format!("\n.SH {section}\n")), "{section}");
        }
        assert!(!page.contains(&std::env::var("HOME").unwrap_or_else(|_| "/home/".to_owned())));
    }

    #[test]
    fn every_command_has_a_page_of_its_own() {
        let pages = pages().unwrap();
        let named: Vec<_> = pages.iter().map(|(name, _)| name.as_str()).collect();
        for command in command().get_subcommands().map(Command::get_name) {
            let name = format!("hextop-{command}");
            assert_eq!(named.contains(&name.as_str()), command != "help", "{name}");
        }
        assert!(named.contains(&"hextop-notify-test"), "{named:?}");
        assert!(!named.iter().any(|name| name.ends_with("help")), "{named:?}");
        let (_, page) = pages.iter().find(|(name, _)| name == "hextop-notify-test").unwrap();
        assert!(page.contains(".TH hextop-notify-test 1"), "{page}");
    }
}
