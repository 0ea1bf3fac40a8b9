//! What the documents say is what the program does.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::Command;

use hextop::shell::config::DEFAULTS;
use hextop::ui::command::Keymap;

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
fn the_readme_explains_every_setting_of_the_shipped_file() {
    let readme = read("README.md");
    for line in DEFAULTS.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once(" = ") {
            assert!(readme.contains(&format!("`{name}`")), "{name} is missing");
        }
    }
    assert_eq!(hextop(&["config"]), (DEFAULTS.to_owned(), String::new(), Some(0)));
}

#[cfg(target_os = "linux")]
#[test]
fn the_help_says_what_it_always_said() {
    for (name, arguments) in [
        ("help", vec!["--help"]),
        ("help_run", vec!["run", "--help"]),
        ("help_rerun", vec!["rerun", "--help"]),
        ("help_journal", vec!["journal", "--help"]),
        ("help_sim", vec!["sim", "--help"]),
        ("help_watch", vec!["watch", "--help"]),
        ("help_screenshot", vec!["screenshot", "--help"]),
    ] {
        let (out, err, code) = hextop(&arguments);
        assert_eq!((err.as_str(), code), ("", Some(0)));
        insta::assert_snapshot!(name, out);
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

fn sources(directory: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(std::fs::read_to_string(&path).unwrap());
        }
    }
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
