//! `hextop config`: the settings with their explanations; writing, checking and showing a person's own.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::cli::settings_args::SettingsArgs;
use crate::cli::{FAILED, USAGE, complain, print};
use crate::shell::config::{Config, Loaded, Place, Problem, describe, without_tokens};

const EXAMPLES: &str = "Examples:
  hextop config > all-settings.toml     every setting with its default
  hextop config init                    a file of your own, in which nothing is set yet
  hextop config check                   what is wrong, with file, line and column
  hextop config show --profile prod     what counts, and where it was set";

/// What of the settings is wanted; without a word, all with their defaults.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct ConfigArgs {
    #[command(subcommand)]
    command: Option<ConfigCommand>,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Write a settings file with every setting explained and none changed; an existing one is kept
    Init(SettingsArgs),
    /// Print where the settings file is, or would be
    Path(SettingsArgs),
    /// Say what is wrong with the settings and all their profiles; the exit code is 2 if anything is
    Check(Shown),
    /// Print the settings that count, and where each was set
    Show(Shown),
    /// Print the JSON Schema of the settings file, which editors use for completion and checks
    Schema,
}

#[derive(Args, Debug)]
struct Shown {
    #[command(flatten)]
    settings: SettingsArgs,
    /// As JSON, for scripts
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ConfigArgs) -> ExitCode {
    match &args.command {
        None => ExitCode::from(print(&describe::commented_file())),
        Some(ConfigCommand::Init(settings)) => init(settings),
        Some(ConfigCommand::Path(settings)) => match settings.file() {
            Some((file, _)) => ExitCode::from(print(&format!("{}\n", file.display()))),
            None => no_home(),
        },
        Some(ConfigCommand::Check(shown)) => check(shown),
        Some(ConfigCommand::Show(shown)) => show(shown),
        Some(ConfigCommand::Schema) => {
            ExitCode::from(print(&format!("{:#}\n", describe::schema())))
        }
    }
}

fn no_home() -> ExitCode {
    complain("no home directory is known: set HOME, or name a file with --config", USAGE)
}

fn init(settings: &SettingsArgs) -> ExitCode {
    let Some((file, _)) = settings.file() else { return no_home() };
    match write_new(&file) {
        Ok(()) => ExitCode::from(print(&format!(
            "{} is written: take the # away from what you change\n",
            file.display()
        ))),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let why = format!("{} is there already and was left as it is", file.display());
            complain(&why, FAILED)
        }
        Err(error) => complain(&format!("{} cannot be written: {error}", file.display()), FAILED),
    }
}

/// Writes the file with each setting commented out, so that a later default counts.
fn write_new(file: &Path) -> std::io::Result<()> {
    if let Some(directory) = file.parent().filter(|it| !it.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    let mut open = OpenOptions::new();
    let mut opened = open.write(true).create_new(true).mode(0o600).open(file)?;
    opened.write_all(unset().as_bytes())
}

fn unset() -> String {
    let of = |line: &str| match line {
        "" => "\n".to_owned(),
        line if line.starts_with('#') => format!("{line}\n"),
        line => format!("#{line}\n"),
    };
    describe::commented_file().lines().map(of).collect()
}

fn check(shown: &Shown) -> ExitCode {
    let file = shown.settings.file();
    let must_exist = file.as_ref().is_some_and(|(_, must_exist)| *must_exist);
    let path = file.as_ref().map(|(file, _)| file.as_path());
    let (problems, notes) = match Config::check(path, must_exist, shown.settings.profile.as_deref())
    {
        Ok(found) => found,
        Err(error) => return complain(&error.to_string(), USAGE),
    };
    let said = if shown.json {
        let found = json!({
            "file": path.map(Path::to_string_lossy),
            "problems": problems.iter().map(problem).collect::<Vec<_>>(),
            "notes": notes,
        });
        format!("{found:#}\n")
    } else {
        let lines: Vec<_> =
            problems.iter().map(ToString::to_string).chain(notes.iter().cloned()).collect();
        match (lines.is_empty(), path) {
            (false, _) => lines.join("\n") + "\n",
            (true, Some(file)) if file.exists() => {
                format!("{}: nothing is wrong\n", file.display())
            }
            (true, Some(file)) => {
                format!("{} is not there: all settings have their defaults\n", file.display())
            }
            (true, None) => {
                "there is no settings file: all settings have their defaults\n".to_owned()
            }
        }
    };
    let printed = print(&said);
    ExitCode::from(if problems.is_empty() { printed } else { USAGE })
}

fn problem(problem: &Problem) -> Value {
    let place = problem.at.as_ref();
    let line = place.filter(|(place, _)| !matches!(place, Place::Variable(_))).map(|(_, at)| at);
    json!({
        "place": place.map(|(place, _)| place.to_string()),
        "line": line.map(|at| at.0),
        "column": line.map(|at| at.1),
        "problem": problem.why,
    })
}

fn show(shown: &Shown) -> ExitCode {
    let loaded = match shown.settings.read() {
        Ok(loaded) => loaded,
        Err(error) => return complain(&error.to_string(), USAGE),
    };
    for note in &loaded.notes {
        complain(note, 0);
    }
    let by = shown.settings.chosen_by();
    let text = if shown.json { shown_json(&loaded, by) } else { shown_toml(&loaded, by) };
    ExitCode::from(print(&text))
}

/// Each setting with its value and where it was set, in the order of the file.
fn values(loaded: &Loaded, profile_by: Option<&str>) -> Vec<(String, Value, String)> {
    let values = serde_json::to_value(&loaded.config).unwrap_or_default();
    let of = |property: describe::Property| {
        let value = values.get(&property.name).cloned().unwrap_or_default();
        let value = without_secrets(&property.name, value);
        let by = profile_by.filter(|_| property.name == "profile");
        let from = match (by, loaded.origins.get(&property.name)) {
            (Some(by), _) => by.to_owned(),
            (None, Some((Place::Variable(name), _))) => name.clone(),
            (None, Some((file, (line, _)))) => format!("{file}:{line}"),
            (None, None) => "default".to_owned(),
        };
        (property.name, value, from)
    };
    describe::properties().into_iter().map(of).collect()
}

/// A value without what may be secret: the words of commands but for the first, defaults of secret inputs, the
/// user of an address, and whatever looks like a token.
fn without_secrets(name: &str, value: Value) -> Value {
    match value {
        Value::Array(words) if name.ends_with("_command") => {
            let hidden = |(nth, word): (usize, Value)| {
                if nth == 0 { without_secrets("", word) } else { Value::from("…") }
            };
            words.into_iter().enumerate().map(hidden).collect()
        }
        Value::Array(items) => items.into_iter().map(|item| without_secrets("", item)).collect(),
        Value::Object(mut fields) => {
            if fields.get("secret") == Some(&Value::Bool(true)) {
                fields.insert("default".to_owned(), Value::from("…"));
            }
            fields.into_iter().map(|(name, item)| (name, without_secrets("", item))).collect()
        }
        Value::String(text) if name == "base_url" && text.contains('@') => {
            let host = text.rsplit('@').next().unwrap_or_default();
            Value::from(format!("…@{host}"))
        }
        Value::String(text) => Value::from(without_tokens(&text)),
        other => other,
    }
}

fn shown_toml(loaded: &Loaded, profile_by: Option<&str>) -> String {
    let line = |(name, value, from): (String, Value, String)| {
        let value = describe::toml_text(&value);
        format!("{name} = {value}  # {from}\n")
    };
    values(loaded, profile_by).into_iter().map(line).collect()
}

fn shown_json(loaded: &Loaded, profile_by: Option<&str>) -> String {
    let of = |(name, value, from): (String, Value, String)| {
        (name, json!({ "value": value, "from": from }))
    };
    let all: serde_json::Map<_, _> = values(loaded, profile_by).into_iter().map(of).collect();
    format!("{:#}\n", Value::Object(all))
}
