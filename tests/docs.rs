//! What the documents say is what the program does.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::Command;

use hextop::shell::config::{DEFAULTS, describe};
use hextop::ui::command::Keymap;
use hextop::ui::manual::{TOPICS, Topic};

fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// The program, with nothing of this machine in its surroundings.
fn hextop(arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_hextop"))
        .args(arguments)
        .env_clear()
        .env("HOME", "/home/ana")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[test]
fn the_table_of_keys_is_that_of_the_program() {
    let table = Keymap::default().markdown();
    let help = "`hextop keys --markdown > assets/help/keys.md` writes it";
    assert!(read("assets/help/keys.md") == table, "{help}");
    assert!(read("README.md").contains("](assets/help/keys.md)"));
    assert_eq!(hextop(&["keys", "--markdown"]), (table, String::new(), Some(0)));
    let (plain, _, _) = hextop(&["keys"]);
    assert!(plain.starts_with("panes\n  X "), "{plain}");
}

#[test]
fn a_page_explains_every_setting_of_the_shipped_file() {
    let page = read("assets/help/settings.md");
    assert!(page.contains(&describe::table()), "{}", describe::table());
    let schema = format!("{:#}\n", describe::schema());
    assert_eq!(hextop(&["config", "schema"]), (schema.clone(), String::new(), Some(0)));
    assert!(read("assets/config.schema.json") == schema);
    assert_eq!(hextop(&["config"]), (DEFAULTS.to_owned(), String::new(), Some(0)));
}

#[cfg(target_os = "linux")]
#[test]
fn the_help_says_what_it_always_said() {
    for (name, arguments) in [
        ("help", vec!["--help"]),
        ("help_projects", vec!["projects", "--help"]),
        ("help_runs", vec!["runs", "--help"]),
        ("help_status", vec!["status", "--help"]),
        ("help_inputs", vec!["inputs", "--help"]),
        ("help_export_runs", vec!["export", "runs", "--help"]),
        ("help_export_journal", vec!["export", "journal", "--help"]),
        ("help_run", vec!["run", "--help"]),
        ("help_rerun", vec!["rerun", "--help"]),
        ("help_cancel", vec!["cancel", "--help"]),
        ("help_doctor", vec!["doctor", "--help"]),
        ("help_guard", vec!["guard", "--help"]),
        ("help_login", vec!["login", "--help"]),
        ("help_logout", vec!["logout", "--help"]),
        ("help_journal", vec!["journal", "--help"]),
        ("help_timeline", vec!["timeline", "--help"]),
        ("help_sim", vec!["sim", "--help"]),
        ("help_watch", vec!["watch", "--help"]),
        ("help_screenshot", vec!["screenshot", "--help"]),
        ("help_notify_test", vec!["notify", "test", "--help"]),
        ("help_of_topics", vec!["help"]),
        ("help_config", vec!["config", "--help"]),
        ("help_config_check", vec!["config", "check", "--help"]),
        ("help_themes", vec!["themes", "--help"]),
        ("help_completions", vec!["completions", "--help"]),
        ("help_man", vec!["man", "--help"]),
    ] {
        let (out, err, code) = hextop(&arguments);
        assert_eq!((err.as_str(), code), ("", Some(0)));
        insta::assert_snapshot!(name, out);
    }
}

#[test]
fn the_readme_is_short_and_leads_to_every_page() {
    let readme = read("README.md");
    let words = readme.split_whitespace().count();
    assert!(words <= 1200, "{words}");
    for topic in TOPICS {
        let row = format!("| [{}](assets/{}) |", topic.name, topic.file);
        assert!(readme.contains(&row), "{row}");
    }
    let manifest = read("Cargo.toml");
    let version = manifest.split("rust-version = \"").nth(1).unwrap().split('"').next().unwrap();
    assert!(readme.contains(&format!("Rust {version} or newer")), "{version}");
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = TOPICS.iter().map(|topic| format!("assets/{}", topic.file));
    for document in pages.chain(["README.md".to_owned(), "CHANGELOG.md".to_owned()]) {
        let folder = root.join(&document).parent().unwrap().to_owned();
        for link in read(&document).split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            if target.starts_with("https://") {
                continue;
            }
            let file = folder.join(target);
            assert!(file.is_file(), "{document}: {target}");
            // Within the help only pages can be gone to.
            let file = file.canonicalize().unwrap();
            let is_page = |topic: &Topic| {
                root.join("assets").join(topic.file).canonicalize().unwrap() == file
            };
            let is_outside = !document.starts_with("assets/") || target == "../config.schema.json";
            assert!(is_outside || TOPICS.iter().any(is_page), "{document}: {target}");
        }
    }
    for entry in std::fs::read_dir(root.join("assets/help")).unwrap() {
        let name = format!("help/{}", entry.unwrap().file_name().to_str().unwrap());
        assert!(TOPICS.iter().any(|topic| topic.file == name), "{name} is no topic");
    }
}

#[test]
fn exit_codes_stand_in_one_table() {
    let documents = TOPICS.iter().map(|topic| format!("assets/{}", topic.file));
    let has_table = |file: &String| read(file).contains("| code | of | what it says |");
    let all: Vec<_> = documents.chain(["README.md".to_owned()]).filter(has_table).collect();
    assert_eq!(all, ["assets/help/exit-codes.md"]);
    for code in ["| 0 |", "| 1 |", "| 2 |", "| 3 |", "| 4 |", "| 5 |", "| 6 |", "| 128 + n |"] {
        assert!(read(&all[0]).contains(code), "{code}");
    }
}

/// The pictures of the documents, and how each is drawn.
const PICTURES: [(&str, &[&str]); 6] = [
    ("dashboard", &["--theme", "dark", "--after", "120"]),
    ("cancel", &["--theme", "dark", "--size", "100x30", "--after", "120", "--keys", "X"]),
    ("form", &["--theme", "dark", "--size", "100x30", "--after", "120", "--keys", "j t"]),
    ("light", &["--theme", "light", "--size", "80x24", "--after", "120"]),
    ("timeline", &["--theme", "dark", "--size", "120x36", "--after", "120", "--keys", "g t"]),
    ("wide", &["--theme", "dark", "--size", "200x60", "--after", "120"]),
];

#[test]
fn the_pictures_are_what_the_program_draws() {
    for (name, how) in PICTURES {
        let drawn = std::env::temp_dir().join(format!("hextop-{}-{name}.svg", std::process::id()));
        let out = drawn.to_str().unwrap();
        let arguments = [&["screenshot", "--out", out], how].concat();
        assert_eq!(hextop(&arguments), (String::new(), String::new(), Some(0)), "{name}");
        let picture = std::fs::read_to_string(&drawn).unwrap();
        std::fs::remove_file(&drawn).unwrap();
        let kept = format!("assets/screens/{name}.svg");
        assert!(
            picture == read(&kept),
            "`hextop screenshot --out {kept} {}` draws it anew",
            how.join(" ")
        );
        assert!(read("README.md").contains(&kept), "{kept} is shown nowhere");
    }
}

#[test]
fn a_screenshot_of_the_same_moment_is_the_same_picture() {
    let shot = || hextop(&["screenshot", "--size", "80x24", "--after", "20", "--keys", "j j X"]);
    let (first, _, code) = shot();
    assert_eq!(code, Some(0));
    assert!(first.contains("Cancel this run?"), "{first}");
    assert_eq!(shot().0, first);
}

#[test]
fn wrong_arguments_are_answered_in_plain_words() {
    for (arguments, named) in [
        (vec!["screenshot", "--size", "wide"], "120x36"),
        (vec!["screenshot", "--scenario", "nowhere"], "nowhere"),
        (vec!["sim", "--fault", "gremlins=1"], "gremlins"),
        (vec!["screenshot", "--after", "1", "--keys", "meta-x"], "meta-x"),
    ] {
        let (out, err, code) = hextop(&arguments);
        assert_eq!((out.as_str(), code), ("", Some(2)), "{arguments:?}: {err}");
        assert!(err.contains(named), "{arguments:?}: {err}");
        assert!(!err.contains("BACKTRACE"), "{arguments:?}: {err}");
    }
}

#[test]
fn an_unknown_subcommand_is_answered_with_one_that_does_no_harm() {
    for (wrong, named) in [
        ("keyz", Some("keys")),
        ("jurnal", Some("journal")),
        ("runz", Some("runs")),
        ("cancle", None),
    ] {
        let (out, err, code) = hextop(&[wrong]);
        assert_eq!((out.as_str(), code), ("", Some(2)), "{wrong}: {err}");
        assert!(err.contains(&format!("'{wrong}'")), "{err}");
        assert_eq!(err.contains("similar"), named.is_some(), "{err}");
        assert!(named.is_none_or(|named| err.contains(named)), "{err}");
    }
}

/// Names of the tests in the `proptest!` blocks of a source.
fn properties(source: &str) -> Vec<String> {
    let blocks = source.split("proptest! {").skip(1);
    let of_block = |block: &str| {
        // A block ends where its own indentation begins again.
        let indent = block.lines().nth(1).map_or(0, |l| l.len() - l.trim_start().len());
        let inside = block.lines().skip(1).take_while(|line| {
            line.trim().is_empty() || line.len() - line.trim_start().len() >= indent
        });
        let names = inside.filter_map(|line| line.trim().strip_prefix("fn ")?.split('(').next());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    blocks.flat_map(of_block).collect()
}

/// What a line of code says to a person: the words of its texts, and of texts that began above.
fn names_a_key(line: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || "-_".contains(c);
    let keys = [
        "Esc",
        "Enter",
        "Space",
        "Tab",
        "Backspace",
        "PageUp",
        "PageDown",
        "F1",
        "F10",
        "shift-Tab",
    ];
    let mut rest = line;
    while let Some(start) = rest.find(is_word) {
        let (before, word) = rest.split_at(start);
        let end = word.find(|c| !is_word(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        // `Verb::Enter` and `Key::Esc |` name no key to a person.
        let is_path = before.ends_with("::") || before.ends_with('.');
        let is_chord = word.strip_prefix("ctrl-").is_some_and(|key| key.len() == 1);
        if is_chord || (keys.contains(&word) && !is_path && !after.starts_with("::")) {
            return true;
        }
        rest = after;
    }
    false
}

#[test]
fn no_text_outside_the_bindings_names_a_key() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for layer in ["ui", "engine", "domain", "api", "shell"] {
        walk(&root.join(layer), &mut |path, text| {
            let path = path.strip_prefix(&root).unwrap().display().to_string();
            // The keys themselves, what reads them, and where one is drawn as a sign.
            let exempt = ["ui/command/", "ui/chord.rs", "shell/input", "ui/widget/hint_bar.rs"];
            if exempt.iter().any(|start| path.starts_with(start)) || path.contains("tests") {
                return;
            }
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let lines = code.lines().enumerate().filter(|(_, line)| !line.trim().starts_with("//"));
            let named = lines.filter(|(_, line)| names_a_key(line));
            found.extend(named.map(|(at, line)| format!("{path}:{}: {}", at + 1, line.trim())));
        });
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(names_a_key("say(\"ctrl-s reviews\")") && names_a_key("\"Esc for no\""));
    assert!(!names_a_key("Verb::Enter => self.enter(), // Escape"));
}

/// Every Rust source below a directory, with its text.
fn walk(directory: &Path, seen: &mut dyn FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, seen);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            seen(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}

fn sources(directory: &Path, found: &mut Vec<String>) {
    walk(directory, &mut |_, text| found.push(text.to_owned()));
}

#[test]
fn the_profile_of_properties_has_every_property() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    sources(&root.join("src"), &mut texts);
    sources(&root.join("tests"), &mut texts);
    let mut names: Vec<_> = texts.iter().flat_map(|text| properties(text)).collect();
    names.sort();
    names.dedup();
    let profile = read(".config/nextest.toml");
    let listed: Vec<_> = profile
        .lines()
        .filter_map(|line| line.trim().strip_prefix("test(/\\b")?.split('$').next())
        .collect();
    assert_eq!(listed, names);
}

/// `PROPTEST_CASES` would override the numbers that the properties themselves state, so it is not what
/// multiplies them.
#[test]
fn the_factor_of_cases_counts_for_every_property() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    sources(&root.join("src"), &mut texts);
    sources(&root.join("tests"), &mut texts);
    let blocks = texts.iter().flat_map(|text| text.split("proptest! {\n").skip(1));
    let heads = blocks.filter_map(|block| block.split("#[test]").next());
    let deaf: Vec<_> = heads.filter(|head| !head.contains("cases(")).collect();
    assert_eq!(deaf, [""; 0]);
}
