//! A page of help as a section of the man page.

use crate::ui::manual::layout::{Layout, lines};
use crate::ui::manual::markdown::{Block, Mark, Piece, plain};

/// Columns of a table that stands as it is.
const WIDTH: usize = 72;

/// The section of a page.
pub(super) fn section(page: &[Block]) -> String {
    let mut section = String::new();
    for part in page {
        let text = block(part);
        // A heading makes the space below it by itself.
        let is_first = section.lines().last().is_some_and(|last| last.starts_with(".S"));
        section += text.strip_prefix(".PP\n").filter(|_| is_first).unwrap_or(&text);
    }
    section
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(1, text) => {
            format!(".SH \"{}\"\n", escaped(&plain(text).to_uppercase()).replace('"', "\\(dq"))
        }
        Block::Heading(_, text) => {
            format!(".SS \"{}\"\n", escaped(&plain(text)).replace('"', "\\(dq"))
        }
        Block::Paragraph(words) => format!(".PP\n{}\n", line(words)),
        Block::Item { depth, marker, text } => {
            let marker = if marker == "-" { "\\(bu".to_owned() } else { escaped(marker) };
            let item = format!(".IP \"{marker}\" 3\n{}\n", line(text));
            let (before, after) = (".RS 3\n".repeat(*depth), ".RE\n".repeat(*depth));
            before + &item + &after
        }
        Block::Code(text) => {
            let shown = text.lines().map(|line| start(&escaped(line)) + "\n");
            format!(".PP\n.RS 4\n.nf\n{}.fi\n.RE\n", shown.collect::<String>())
        }
        Block::Table { head, rows } if head.len() == 2 => {
            let pairs = std::iter::once(head).chain(rows).filter_map(|row| match row.as_slice() {
                [name, text] => Some(format!(".TP\n{}\n{}\n", line(name), line(text))),
                _ => None,
            });
            pairs.collect()
        }
        table @ Block::Table { .. } => {
            let layout = Layout { width: WIDTH, folds_code: true, rule: '-' };
            let shown = lines(std::slice::from_ref(table), layout);
            let shown = shown.iter().map(|pieces| line(pieces) + "\n");
            format!(".PP\n.nf\n{}.fi\n", shown.collect::<String>())
        }
    }
}

/// A line of text with its fonts.
fn line(text: &[Piece]) -> String {
    let shown = text.iter().map(|piece| {
        let text = escaped(&piece.text);
        match piece.mark {
            Mark::Plain | Mark::Rule => text,
            Mark::Heading | Mark::Code | Mark::Strong => format!("\\fB{text}\\fR"),
            Mark::Emphasis | Mark::Link => format!("\\fI{text}\\fR"),
        }
    });
    start(&shown.collect::<String>())
}

/// A text that troff shows as it is.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq").replace('`', "\\(ga")
}

/// A line that is not taken for a request; an empty one that is not taken for a paragraph.
fn start(line: &str) -> String {
    if line.is_empty() || line.starts_with('.') { format!("\\&{line}") } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::manual::markdown::blocks;

    #[test]
    fn a_page_becomes_a_section() {
        let page = "# A page\n\nA *word*, `--flag` and 'this'.\n\n## Sub \"x\"\n\n- one\n  1. deep\n\n\
                    ```sh\n.x \\n\n\ny\n```\n\n| k | what |\n|---|---|\n| `a` | b |\n\n| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |\n";
        assert_eq!(
            section(&blocks(page)),
            ".SH \"A PAGE\"\nA \\fIword\\fR, \\fB\\-\\-flag\\fR and \\(aqthis\\(aq.\n\
             .SS \"Sub \\(dqx\\(dq\"\n.IP \"\\(bu\" 3\none\n.RS 3\n.IP \"1.\" 3\ndeep\n.RE\n\
             .PP\n.RS 4\n.nf\n\\&.x \\en\n\\&\ny\n.fi\n.RE\n\
             .TP\n\\fBk\\fR\n\\fBwhat\\fR\n.TP\n\\fBa\\fR\nb\n\
             .PP\n.nf\n\\fBa\\fR  \\fBb\\fR  \\fBc\\fR\n\\-\\-\\-\\-\\-\\-\\-\n1  2  3\n.fi\n"
        );
    }
}
