//! `hextop journal`: what was started from this machine, and what became of it; and finding out
//! what is not known yet, without a screen.

mod settle;

use std::process::ExitCode;

use clap::Args;
use color_eyre::eyre::Result;

use super::place::{self, PlaceArgs};
use super::{FAILED, UNCONFIRMED, USAGE, complain, harmless, print, runtime};
use crate::domain::named;
use crate::engine::journal::{Entry, StartStage, csv};
use crate::ui::text::{pad, safe};

/// What is printed of the journal.
#[derive(Args, Debug)]
pub(super) struct JournalArgs {
    /// One JSON object a line, for scripts
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// CSV with a line of headings, for spreadsheets: a text that one would run as a formula gets a
    /// ' before it
    #[arg(long)]
    csv: bool,
    /// First find out what became of starts whose answers were lost; ends with 1 if that cannot
    /// be told of some
    #[arg(long)]
    settle: bool,
    /// Only starts of this project, by its id, the beginning of it or its title
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Only the newest so many
    #[arg(long, value_name = "N")]
    last: Option<usize>,
    #[command(flatten)]
    place: PlaceArgs,
}

pub(super) fn run(args: &JournalArgs) -> Result<ExitCode> {
    let mut code = 0;
    if args.settle {
        let settled = runtime()?.block_on(async {
            match place::open(&args.place, &[]).await {
                Ok(place) => settle::settle(place).await.map(Ok),
                Err(code) => Ok(Err(code)),
            }
        });
        match settled? {
            Ok(ended) => code = ended,
            Err(code) => return Ok(code),
        }
    }
    let entries = match place::shelf(&args.place) {
        Ok(shelf) => shelf.journal(),
        Err(code) => return Ok(code),
    };
    let entries = match entries {
        Ok(entries) => entries,
        Err(reason) => return Ok(complain(&safe(&reason), FAILED)),
    };
    let is_ambiguous = |entry: &Entry| matches!(entry.stage, StartStage::Ambiguous(_));
    let is_lost = |e: &Entry| matches!(e.stage, StartStage::Sent | StartStage::Unconfirmed(_));
    if args.settle && code == 0 && entries.iter().any(is_ambiguous) {
        code = FAILED;
    } else if args.settle && code == 0 && entries.iter().any(is_lost) {
        code = UNCONFIRMED;
    }
    let shown = match &args.project {
        None => entries.iter().collect(),
        Some(said) => {
            let found = named(said, &entries, |e| e.project.as_str(), |e| Some(e.title.as_str()));
            if found.is_empty() {
                let text = format!("nothing was started of a project called {}", safe(said));
                return Ok(complain(&text, USAGE));
            }
            found
        }
    };
    let skipped = args.last.map_or(0, |last| shown.len().saturating_sub(last));
    let shown = shown.into_iter().skip(skipped);
    let printed = if args.csv {
        print(&csv(shown))
    } else if args.json {
        let lines = shown.map(|entry| harmless(&entry.json().to_string()) + "\n");
        print(&lines.collect::<String>())
    } else {
        print(&shown.map(|entry| line(entry) + "\n").collect::<String>())
    };
    Ok(ExitCode::from(if code == 0 { printed } else { code }))
}

/// An entry as one line for people.
fn line(entry: &Entry) -> String {
    let at = entry.at.strftime("%Y-%m-%d %H:%M:%SZ");
    // A run that is only probably its own is marked.
    let probable = entry.stage.probable().map(|run| format!("~{}", run.short()));
    let run = entry.stage.started().map(|run| run.short().to_owned()).or(probable);
    let run = run.unwrap_or_else(|| "-".to_owned());
    let state = entry.stage.word().replace('_', " ");
    let inputs = entry.body.get("inputParams").map_or_else(String::new, ToString::to_string);
    let why = entry.stage.why().map_or_else(String::new, |why| format!("  {why}"));
    let reason = entry.reason.as_ref().map_or_else(String::new, |reason| format!("  # {reason}"));
    let (title, run) = (pad(&safe(&entry.title), 28), pad(&safe(&run), 9));
    let rest = safe(&format!("{inputs}{why}{reason}"));
    format!("{at}  {}  {run}  {title}  {rest}", pad(&state, 13)).trim_end().to_owned()
}
