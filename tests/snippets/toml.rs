//! Settings and scenarios: shipped files, examples, and what is commented out in them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use hextop::shell::config::{Config, DEFAULTS};
use hextop::sim::Scenario;
use tempfile::NamedTempFile;

use super::{HEXTOP, documents, fenced, inline, path};

fn settings(text: &str) -> Result<Config, String> {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    Config::load(file.path(), true).map_err(|error| error.to_string())
}

fn scenario(text: &str) -> Result<Scenario, String> {
    Scenario::from_toml(text).map_err(|error| error.to_string())
}

/// Loads a snippet as what it is: each key belongs either to the settings or to a scenario.
fn load(place: &str, text: &str) {
    match (settings(text), scenario(text)) {
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => {}
        (Ok(_), Ok(_)) => panic!("{place}: nothing in it:\n{text}"),
        (Err(as_settings), Err(as_scenario)) => {
            panic!("{place}:\n{text}\nas settings: {as_settings}\nas a scenario: {as_scenario}")
        }
    }
}

#[test]
fn every_toml_snippet_loads() {
    for snippet in fenced("toml") {
        load(&snippet.place, &snippet.text);
    }
}

#[test]
fn every_setting_in_the_prose_loads() {
    let mut tried = 0;
    for (place, span) in documents().iter().flat_map(|document| inline(document)) {
        let Some((name, _)) = span.split_once(" = ") else { continue };
        assert!(name.chars().all(|c| c.is_ascii_alphabetic() || "_-".contains(c)), "{place}");
        // A key of a scenario is named without its table.
        let in_table = format!("[answers]\n{span}");
        load(&place, if name == "era" { &in_table } else { &span });
        tried += 1;
    }
    assert!(tried >= 3, "{tried}");
}

#[test]
fn the_settings_of_the_documents_are_accepted_by_the_program() {
    let home = tempfile::TempDir::new().unwrap();
    for snippet in fenced("toml") {
        if scenario(&snippet.text).is_ok() {
            continue;
        }
        let file = home.path().join("config.toml");
        std::fs::write(&file, &snippet.text).unwrap();
        let output = Command::new(HEXTOP)
            .args(["journal", "--json", "--config"])
            .arg(&file)
            .env_clear()
            .env("HOME", home.path())
            .env("HEX_API_TOKEN", "hxtp_1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((said.as_ref(), output.status.code()), ("", Some(0)), "{}", snippet.place);
    }
}

/// The examples that are commented out in the shipped settings: each a table's lines.
fn examples() -> Vec<Vec<&'static str>> {
    let lines = DEFAULTS.lines().filter_map(|line| line.strip_prefix("#   "));
    let mut tables: Vec<Vec<&str>> = Vec::new();
    for line in lines {
        match (line.starts_with('['), line.split_once(" = "), tables.last_mut()) {
            (true, ..) => tables.push(vec![line]),
            (false, Some((name, _)), Some(table))
                if line.starts_with('"') || !name.trim_start().contains(' ') =>
            {
                table.push(line);
            }
            (false, ..) => assert!(line.trim_start().starts_with('#'), "neither: {line}"),
        }
    }
    tables
}

#[test]
fn each_line_of_the_shipped_settings_loads_alone() {
    let lines: Vec<_> = DEFAULTS.lines().filter(|line| !line.starts_with('#')).collect();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let of_no_file = Config::default();
        let settings = settings(line).map(|config| Config {
            directory: of_no_file.directory.clone(),
            files: of_no_file.files.clone(),
            ..config
        });
        assert_eq!(settings, Ok(Config::default()), "{line}");
    }
}

#[test]
fn what_is_commented_out_in_the_shipped_settings_loads_line_by_line_and_all_together() {
    let is_of =
        |table: &Vec<&str>, name: &str| table.first().is_some_and(|it| it.starts_with(name));
    let (keys, examples): (Vec<_>, Vec<_>) =
        examples().into_iter().partition(|table| is_of(table, "[keys"));
    let (filters, examples): (Vec<_>, Vec<_>) =
        examples.into_iter().partition(|table| is_of(table, "[filters"));
    let (rules, examples): (Vec<_>, Vec<_>) =
        examples.into_iter().partition(|table| is_of(table, "[[rules"));
    let (profiles, examples): (Vec<_>, Vec<_>) =
        examples.into_iter().partition(|table| is_of(table, "[profiles"));
    for table in &profiles {
        let name = table[0].trim_start_matches("[profiles.").trim_end_matches(']');
        let loaded = settings(&format!("profile = {name:?}\n{}", table.join("\n"))).unwrap();
        assert_eq!((loaded.profile.as_str(), loaded.label.is_empty()), (name, false));
    }
    assert_eq!(profiles.len(), 1, "{profiles:?}");
    assert!(examples.len() >= 2 && keys.len() >= 2, "{examples:?} {keys:?}");
    assert!(rules.len() >= 2, "{rules:?}");
    for table in &rules {
        // Each key of a rule says something by itself, but for what it is about and what follows a limit.
        let (head, lines) = table.split_at(3);
        let head = head.join("\n");
        for line in lines.iter().filter(|line| !line.starts_with("then")) {
            let loaded = settings(&format!("{head}\n{line}"));
            let says_something = !line.starts_with("read_only = false");
            assert_eq!(loaded.is_ok(), says_something, "{line}: {loaded:?}");
        }
        let whole = settings(&table.join("\n"));
        assert_eq!(whole.map(|config| config.rules.len()), Ok(1), "{table:?}");
    }
    assert_eq!(filters.len(), 1, "{filters:?}");
    for table in keys.iter().chain(&filters) {
        let (head, lines) = table.split_at(1);
        for line in lines {
            let loaded = settings(&format!("{}\n{line}", head[0]));
            let is_one = loaded.is_ok_and(|config| config.keys.len() + config.filters.len() == 1);
            assert!(is_one, "{line}");
        }
    }
    for table in &examples {
        let (head, lines) = table.split_at(3);
        assert!(head[1].starts_with("project = ") && head[2].starts_with("name = "), "{head:?}");
        let head = head.join("\n");
        for line in lines {
            let loaded = settings(&format!("{head}\n{line}"));
            assert!(loaded.is_ok(), "{line}: {loaded:?}");
        }
        let whole = table.join("\n");
        assert_eq!(settings(&whole).map(|config| config.inputs.len()), Ok(1), "{whole}");
    }
    // As the file says: at its end, in place of the lines `inputs = []`, `keys = {}`, `filters = {}` and
    // `rules = []`.
    let all =
        keys.iter().chain(&filters).chain(&rules).chain(&examples).map(|table| table.join("\n"));
    let all = all.collect::<Vec<_>>().join("\n");
    let places = ["\nkeys = {}\n", "\nfilters = {}\n", "\ninputs = []\n", "\nrules = []\n"];
    let file = places.iter().fold(DEFAULTS.to_owned(), |file, place| file.replace(place, "\n"));
    let loaded = settings(&format!("{file}\n{all}\n"));
    let lengths = |it: Config| [it.inputs.len(), it.keys.len(), it.filters.len(), it.rules.len()];
    let expected = [examples.len(), keys.len(), filters[0].len() - 1, rules.len()];
    assert_eq!(loaded.map(lengths), Ok(expected));
}

#[test]
fn every_shipped_scenario_is_served() {
    let mut served = 0;
    for entry in std::fs::read_dir(path("assets/scenarios")).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|extension| extension == "toml") {
            serve(&["--scenario", file.to_str().unwrap()]);
            served += 1;
        }
    }
    assert!(served >= 5, "{served}");
    for snippet in fenced("toml") {
        if scenario(&snippet.text).is_ok() {
            let mut file = NamedTempFile::new().unwrap();
            file.write_all(snippet.text.as_bytes()).unwrap();
            serve(&["--scenario", file.path().to_str().unwrap()]);
        }
    }
}

/// Has `hextop sim` with these flags say where it is, and ends it.
pub(crate) fn serve(flags: &[&str]) {
    let mut sim = Command::new(HEXTOP)
        .arg("sim")
        .args(flags)
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let line = super::workspace::first_line(&mut sim);
    sim.kill().unwrap();
    let output = sim.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(line.starts_with("{\"base_url\":"), "{flags:?}: {line}{said}");
}

#[test]
fn what_a_scenario_may_say_instead_loads_too() {
    let example = fenced("toml").into_iter().find(|s| scenario(&s.text).is_ok()).unwrap();
    let mut tried = 0;
    for line in example.text.lines() {
        let Some((setting, comment)) = line.split_once('#') else { continue };
        let (Some((name, _)), true) = (setting.split_once(" = "), comment.contains("or \"")) else {
            continue;
        };
        for word in comment.split('"').skip(1).step_by(2) {
            let other = example.text.replace(line, &format!("{name} = \"{word}\""));
            assert_ne!(other, example.text, "{line}");
            assert!(scenario(&other).is_ok(), "{line}: {word}: {:?}", scenario(&other));
            tried += 1;
        }
    }
    assert!(tried >= 15, "{tried}");
}
