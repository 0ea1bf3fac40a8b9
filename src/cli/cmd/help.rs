//! `hextop help`: a page of help, or the help of a command.

use std::io::{self, IsTerminal};

use clap::Args;

use crate::cli::{USAGE, colours, command, complain, print};
use crate::shell::terminal;
use crate::ui::manual::layout::{Layout, lines};
use crate::ui::manual::markdown::{Mark, Piece, blocks};
use crate::ui::manual::{NAMES, TOPICS, Topic, nearest, topic};
use crate::ui::text::pad;
use crate::ui::theme::ascii;

/// The columns of a page, where the terminal has more, or does not say how many it has.
const WIDEST: usize = 100;
const USUAL: usize = 80;

#[derive(Debug, Args)]
pub(in crate::cli) struct HelpArgs {
    /// A topic, or a command; without either, what there is
    #[arg(value_name = "TOPIC|COMMAND")]
    words: Vec<String>,
}

/// How a page is printed.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// Columns, on a terminal; elsewhere a page is its Markdown.
    width: Option<usize>,
    colour: bool,
    unicode: bool,
}

/// Prints what is asked for; gives the exit code.
pub(super) fn run(args: &HelpArgs) -> u8 {
    let is_terminal = io::stdout().is_terminal();
    let columns = || terminal::size().map_or(USUAL, |size| usize::from(size.width)).min(WIDEST);
    let look = Look {
        width: is_terminal.then(columns),
        colour: colours(is_terminal, crate::shell::terminal::variable),
        unicode: terminal::theme().unicode,
    };
    match text(&args.words, look) {
        Ok(text) => print(&text),
        Err(why) => {
            complain(&why, USAGE);
            USAGE
        }
    }
}

/// What is printed about these words.
///
/// # Errors
/// A sentence that names what may have been meant.
fn text(words: &[String], look: Look) -> Result<String, String> {
    let about_command = command_help(words, look);
    let Some(first) = words.first() else {
        return Ok(about_command.unwrap_or_default() + &list(look));
    };
    let about_topic = topic(first).filter(|_| words.len() == 1).map(|topic| page(topic, look));
    match (about_command, about_topic) {
        // A name of both: the options first, then what is behind them.
        (Some(command), Some(page)) => Ok(format!("{command}\n{page}")),
        (Some(text), None) | (None, Some(text)) => Ok(text),
        (None, None) => {
            let wanted = words.join(" ");
            let root = command();
            let commands = root.get_subcommands().filter(|command| !command.is_hide_set());
            let names = commands.map(clap::Command::get_name).chain(NAMES.iter().copied());
            let near = nearest(first, names)
                .map_or_else(String::new, |name| format!("did you mean `hextop help {name}`? "));
            Err(format!(
                "there is no command and no topic `{wanted}`: {near}`hextop help` lists all"
            ))
        }
    }
}

/// The help of a command, if there is one of this name.
fn command_help(words: &[String], look: Look) -> Option<String> {
    let mut root = command();
    root.build();
    let mut found = &mut root;
    for word in words {
        found = found.find_subcommand_mut(word)?;
    }
    let help = found.render_long_help();
    Some(if look.colour { help.ansi().to_string() } else { help.to_string() })
}

/// The topics, a line each.
fn list(look: Look) -> String {
    let longest = NAMES.iter().map(|name| name.len()).max().unwrap_or(0) + 2;
    let mut text = format!("\n{}\n", styled("Topics:", Mark::Heading, look));
    for topic in TOPICS {
        let name = styled(&pad(topic.name, longest), Mark::Code, look);
        text += &format!("  {name}{}\n", topic.summary);
    }
    text
}

/// A page as it is printed.
fn page(topic: &Topic, look: Look) -> String {
    let Some(width) = look.width else { return topic.text.to_owned() };
    let rule = if look.unicode { '─' } else { '-' };
    let layout = Layout { width, folds_code: false, rule };
    let drawn = |line: Vec<Piece>| {
        let pieces = line.iter().map(|piece| styled(&piece.text, piece.mark, look));
        pieces.collect::<String>() + "\n"
    };
    lines(&blocks(topic.text), layout).into_iter().map(drawn).collect()
}

/// A text as the terminal shows it.
fn styled(text: &str, mark: Mark, look: Look) -> String {
    let text = if look.unicode { text.to_owned() } else { ascii(text) };
    let number = match mark {
        _ if !look.colour => return text,
        Mark::Plain => return text,
        Mark::Heading | Mark::Strong => "1",
        Mark::Code => "36",
        Mark::Emphasis => "3",
        Mark::Link => "4",
        Mark::Rule => "2",
    };
    format!("\u{1b}[{number}m{text}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIPED: Look = Look { width: None, colour: false, unicode: true };

    fn said(words: &str, look: Look) -> Result<String, String> {
        text(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>(), look)
    }

    #[test]
    fn a_topic_is_its_markdown_where_it_is_piped_and_laid_out_on_a_terminal() {
        let budget = topic("budget").unwrap().text;
        assert_eq!(said("budget", PIPED), Ok(budget.to_owned()));
        let look = Look { width: Some(40), colour: true, unicode: true };
        let drawn = said("budget", look).unwrap();
        assert!(drawn.starts_with("\u{1b}[1mThe request budget\u{1b}[0m\n\n"), "{drawn}");
        assert!(drawn.contains("\u{1b}[36m`") || drawn.contains("\u{1b}[36mrequests_per_minute"));
        let look = Look { width: Some(40), colour: false, unicode: false };
        let drawn = said("budget", look).unwrap();
        assert!(drawn.is_ascii() && !drawn.contains('\u{1b}'), "{drawn}");
    }

    #[test]
    fn a_command_is_explained_as_clap_does_and_with_its_page_where_it_has_one() {
        let notify = said("notify test", PIPED).unwrap();
        assert!(notify.contains("Usage: hextop notify test"), "{notify}");
        let cancel = said("cancel", PIPED).unwrap();
        let (options, page) = cancel.split_once("\n# Cancelling\n").unwrap();
        assert!(options.contains("Usage: hextop cancel [OPTIONS] [RUN]..."), "{options}");
        assert!(page.contains("It is *stuck*"), "{page}");
        let all = said("", PIPED).unwrap();
        for name in ["  watch ", "  budget  ", "  exit-codes  "] {
            assert!(all.contains(name), "{all}");
        }
    }

    #[test]
    fn what_is_neither_is_answered_with_the_nearest() {
        for (wrong, near) in
            [("budgt", Some("budget")), ("jurnal", Some("journal")), ("zzzz", None)]
        {
            let why = said(wrong, PIPED).unwrap_err();
            assert!(why.starts_with(&format!("there is no command and no topic `{wrong}`: ")));
            let named = near.map(|near| format!("did you mean `hextop help {near}`?"));
            assert_eq!(why.contains("did you mean"), named.is_some(), "{why}");
            assert!(named.is_none_or(|named| why.contains(&named)), "{why}");
        }
        assert!(said("budget journal", PIPED).is_err());
    }
}
