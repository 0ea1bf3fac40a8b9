//! Markdown as blocks: what the pages of help are made of, and nothing else.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// How a piece of text is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It is not.
    Plain,
    /// A heading, or the head of a table.
    Heading,
    /// What is typed, or read by a program.
    Code,
    /// Something important.
    Strong,
    /// A word that is defined, or stressed.
    Emphasis,
    /// The name of another page, or an address.
    Link,
    /// A line between the parts of a table.
    Rule,
}

/// Text that is told apart in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text, without line breaks.
    pub text: String,
    /// How it is told apart.
    pub mark: Mark,
}

impl Piece {
    /// Such a piece.
    pub fn new(text: impl Into<String>, mark: Mark) -> Self {
        Self { text: text.into(), mark }
    }
}

/// The text of a paragraph, a cell, a heading.
pub type Text = Vec<Piece>;

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading; 1 is the page's own.
    Heading(usize, Text),
    /// A paragraph.
    Paragraph(Text),
    /// An item of a list.
    Item {
        /// How many lists it is in, from 0.
        depth: usize,
        /// `-` or a number; empty where it goes on.
        marker: String,
        /// What it says.
        text: Text,
    },
    /// Lines that are shown as they are.
    Code(String),
    /// A table.
    Table {
        /// The first row.
        head: Vec<Text>,
        /// The others.
        rows: Vec<Vec<Text>>,
    },
}

impl Block {
    /// Whether it says something, in small letters.
    pub fn says(&self, wanted: &str) -> bool {
        match self {
            Self::Heading(_, text) | Self::Paragraph(text) | Self::Item { text, .. } => {
                has(text, wanted)
            }
            Self::Code(text) => text.to_lowercase().contains(wanted),
            Self::Table { head, rows } => {
                head.iter().chain(rows.iter().flatten()).any(|cell| has(cell, wanted))
            }
        }
    }
}

/// The text of all pieces.
pub fn plain(text: &[Piece]) -> String {
    text.iter().map(|piece| piece.text.as_str()).collect()
}

/// Whether a text has this, in small letters.
fn has(text: &[Piece], wanted: &str) -> bool {
    plain(text).to_lowercase().contains(wanted)
}

/// What of a page says something, in small letters: blocks with the headings over them, and of a table the
/// rows.
pub fn saying(blocks: &[Block], wanted: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    // The headings over a block, each with whether it was told.
    let mut over: Vec<(usize, &Block, bool)> = Vec::new();
    for block in blocks {
        if let Block::Heading(level, _) = block {
            over.retain(|(above, ..)| above < level);
            over.push((*level, block, false));
            continue;
        }
        // The title of the page says something about all of it.
        let is_over = over.iter().any(|(level, heading, _)| *level > 1 && heading.says(wanted));
        let Some(part) = (if is_over { Some(block.clone()) } else { part(block, wanted) }) else {
            continue;
        };
        for (_, heading, is_told) in &mut over {
            if !std::mem::replace(is_told, true) {
                found.push((*heading).clone());
            }
        }
        found.push(part);
    }
    found
}

/// What of a block says something.
fn part(block: &Block, wanted: &str) -> Option<Block> {
    let Block::Table { head, rows } = block else {
        return block.says(wanted).then(|| block.clone());
    };
    let says = |row: &&Vec<Text>| row.iter().any(|cell| has(cell, wanted));
    let rows: Vec<_> = rows.iter().filter(says).cloned().collect();
    (!rows.is_empty()).then(|| Block::Table { head: head.clone(), rows })
}

/// Reads a page.
pub fn blocks(source: &str) -> Vec<Block> {
    let mut reader = Reader::default();
    for event in Parser::new_ext(source, Options::ENABLE_TABLES) {
        reader.read(event);
    }
    reader.blocks
}

/// What has been read, and what has begun.
#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    text: Text,
    marks: Vec<Mark>,
    /// The number of the next item of each open list; none where it has none.
    lists: Vec<Option<u64>>,
    marker: String,
    code: Option<String>,
    head: Vec<Text>,
    rows: Vec<Vec<Text>>,
    row: Vec<Text>,
}

impl Reader {
    fn read(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.begin(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.say(&text),
            },
            Event::Code(text) => self.text.push(Piece::new(text.as_ref(), Mark::Code)),
            Event::SoftBreak | Event::HardBreak => self.say(" "),
            _ => {}
        }
    }

    fn say(&mut self, text: &str) {
        let mark = self.marks.last().copied().unwrap_or(Mark::Plain);
        match self.text.last_mut() {
            Some(last) if last.mark == mark => last.text.push_str(text),
            _ => self.text.push(Piece::new(text, mark)),
        }
    }

    fn begin(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { .. } | Tag::TableHead => self.marks.push(Mark::Heading),
            Tag::Strong => self.marks.push(Mark::Strong),
            Tag::Emphasis => self.marks.push(Mark::Emphasis),
            Tag::Link { .. } => self.marks.push(Mark::Link),
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.code = Some(String::new());
            }
            Tag::List(first) => {
                self.item();
                self.lists.push(*first);
            }
            Tag::Item => {
                self.marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}.", *number - 1)
                    }
                    _ => "-".to_owned(),
                };
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => {
                self.marks.pop();
                let text = std::mem::take(&mut self.text);
                self.blocks.push(Block::Heading(level as usize, text));
            }
            TagEnd::Paragraph if self.lists.is_empty() => {
                self.blocks.push(Block::Paragraph(std::mem::take(&mut self.text)));
            }
            TagEnd::Paragraph | TagEnd::Item => self.item(),
            TagEnd::List(_) => drop(self.lists.pop()),
            TagEnd::CodeBlock => self.blocks.extend(self.code.take().map(Block::Code)),
            TagEnd::Strong | TagEnd::Emphasis | TagEnd::Link => drop(self.marks.pop()),
            TagEnd::TableCell => self.row.push(std::mem::take(&mut self.text)),
            TagEnd::TableHead => {
                self.marks.pop();
                self.head = std::mem::take(&mut self.row);
            }
            TagEnd::TableRow => self.rows.push(std::mem::take(&mut self.row)),
            TagEnd::Table => {
                let (head, rows) = (std::mem::take(&mut self.head), std::mem::take(&mut self.rows));
                self.blocks.push(Block::Table { head, rows });
            }
            _ => {}
        }
    }

    /// Ends what an item has said so far.
    fn item(&mut self) {
        if !self.text.is_empty() {
            let depth = self.lists.len().saturating_sub(1);
            let (marker, text) = (std::mem::take(&mut self.marker), std::mem::take(&mut self.text));
            self.blocks.push(Block::Item { depth, marker, text });
        }
    }
}
