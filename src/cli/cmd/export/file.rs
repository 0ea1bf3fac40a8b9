//! Where an export goes: standard output, or a new file.

use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::Timestamp;

use super::ExportedArgs;
use crate::cli::output::Format;
use crate::cli::{FAILED, complain, written};
use crate::clock;
use crate::shell::save::NewFile;
use crate::shell::{outgoing, path};
use crate::ui::text::safe;

/// Where it goes.
pub(super) enum Sink {
    Out(BufWriter<StdoutLock<'static>>),
    File(NewFile, PathBuf),
}

impl Sink {
    /// What the arguments say.
    ///
    /// # Errors
    /// The exit code, once it was said why there is no such file.
    pub(super) fn of(args: &ExportedArgs) -> Result<Self, ExitCode> {
        let Some(said) = &args.out else {
            return Ok(Self::Out(BufWriter::new(io::stdout().lock())));
        };
        let path = path::expand(said);
        match NewFile::create(&path) {
            Ok(file) => Ok(Self::File(file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let text =
                    format!("{said} is there already, and is left as it is: name another file");
                Err(complain(&safe(&text), FAILED))
            }
            Err(error) => Err(complain(&safe(&format!("{said} cannot be made: {error}")), FAILED)),
        }
    }

    /// Writes a text as it may leave.
    pub(super) fn put(&mut self, text: &str) -> io::Result<()> {
        let text = outgoing::clean(text);
        match self {
            Self::Out(out) => out.write_all(text.as_bytes()),
            Self::File(file, _) => file.write_all(text.as_bytes()),
        }
    }

    /// Sees to it that all has arrived; gives the exit code.
    pub(super) fn finish(self, put: io::Result<()>) -> ExitCode {
        match self {
            Self::Out(mut out) => ExitCode::from(written(put.and_then(|()| out.flush()))),
            Self::File(file, path) => match put.and_then(|()| file.finish()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    let text = format!("{} cannot be written: {error}", path.display());
                    complain(&safe(&text), FAILED)
                }
            },
        }
    }
}

/// In which form: what was asked for, else what the file is called.
pub(super) fn format(args: &ExportedArgs) -> Format {
    let is_csv = |out: &String| {
        let ending = Path::new(out).extension();
        ending.is_some_and(|ending| ending.eq_ignore_ascii_case("csv"))
    };
    match args.format.format() {
        Format::Table if args.out.as_ref().is_some_and(is_csv) => Format::Csv,
        Format::Table => Format::JsonLines,
        said => said,
    }
}

/// From when on, and until when.
pub(super) fn range(args: &ExportedArgs) -> (Timestamp, Timestamp) {
    let now = clock::now().wall;
    let since = args.since.map_or(Timestamp::MIN, |since| since.before(now));
    (since, args.until.map_or(Timestamp::MAX, |until| until.before(now)))
}
