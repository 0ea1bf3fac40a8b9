//! A machine on which nothing is set: an empty home, no locale, no TERM, no terminal, no input.

use super::*;

/// Every command, with what it needs to be understood; its exit code, and what it says of the next step.
const COMMANDS: &[(&str, i32, &str)] = &[
    ("", 2, "start it in a terminal"),
    ("projects", 3, "hextop login"),
    ("runs", 3, "hextop login"),
    ("status b7e19c30", 3, "hextop login"),
    ("run Churn", 3, "hextop login"),
    ("rerun b7e19c30", 3, "hextop login"),
    ("cancel b7e19c30 --yes", 3, "hextop login"),
    ("cancel b7e19c30", 2, "give --yes"),
    ("watch --for 1s", 3, "hextop login"),
    ("guard --for 1s", 3, "hextop login"),
    ("journal", 3, "hextop login"),
    ("timeline", 3, "hextop login"),
    ("export runs", 3, "hextop login"),
    ("export journal", 3, "hextop login"),
    ("inputs Churn", 3, "hextop login"),
    ("doctor", 3, "hextop login"),
    ("login", 3, "standard input"),
    ("logout", 5, "no token is kept in"),
    ("config show", 0, "base_url"),
    ("config path", 0, "config.toml"),
    ("config check", 0, "all settings have their defaults"),
    ("config schema", 0, "\"properties\""),
    ("config init", 0, "is written"),
    ("keys", 0, "cancel"),
    ("themes", 0, "terminal"),
    ("notify test", 0, "notify_command"),
    ("completions bash", 0, "_hextop"),
    ("man", 0, ".TH"),
    ("help", 0, "Usage: hextop"),
    ("help budget", 0, "requests"),
    ("screenshot", 0, "Projects"),
    ("sim --help", 0, "--listen"),
];

#[test]
fn every_command_says_what_it_needs_where_nothing_is_set() {
    let home = TempDir::new().unwrap();
    let bare = |line: &str| {
        let mut command = Command::new(HEXTOP);
        command.args(line.split_whitespace()).env_clear().env("HOME", home.path());
        ended(command.stdin(Stdio::null()).current_dir(home.path()))
    };
    for (line, code, said) in COMMANDS {
        let ended = bare(line);
        assert_eq!(ended.code, Some(*code), "{line}: {ended:?}");
        let text = ended.out + &ended.err;
        assert!(text.contains(said), "{line}: {text}");
    }
    let listed = bare("--help").out;
    let listed = listed.lines().skip_while(|line| *line != "Commands:").skip(1);
    for line in listed.take_while(|line| !line.is_empty()) {
        let name = line.split_whitespace().next().unwrap();
        let is_tried = COMMANDS.iter().any(|(tried, ..)| tried.split(' ').next() == Some(name));
        assert!(is_tried, "{name} is not tried");
    }
}
