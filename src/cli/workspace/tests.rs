//! Settings do what they say.

use super::*;
use crate::shell::config::describe;

/// All that settings do: what the screen, the engine, the client, the store and alerts are told of them.
fn effect(config: &Config) -> String {
    let words = |error: ConfigError| error.to_string();
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        screen_options(config),
        config.engine(),
        config.notifier(""),
        config.address(None).map_err(words),
        config.token_source().map_err(words),
        config.data_dir().map_err(words),
        config.tls(&BaseUrl::default()).map_err(words),
        config.timeouts(),
        config.server(),
    )
}

/// A value of each setting that is not its default.
const CHANGED: &[(&str, &str)] = &[
    ("base_url", "\"eu.hex.tech\""),
    ("token_file", "\"/t\""),
    ("token_command", "[\"t\"]"),
    ("token_variable", "\"CARGO_MANIFEST_DIR\""),
    ("label", "\"PRODUCTION\""),
    ("label_colour", "\"red\""),
    ("profile", "\"p\"\n[profiles.p]\nlabel = \"P\""),
    ("include", "[\"shared.toml\"]"),
    ("projects", "[\"a\"]"),
    ("watch", "\"owner:ana\""),
    ("filters", "{ bad = \"status:errored\" }"),
    ("protected", "[\"a\"]"),
    ("rules", "[{ name = \"r\", read_only = true }]"),
    ("rules_file", "\"shared.toml\""),
    ("rule_countdown_seconds", "60"),
    ("rule_cancels_an_hour", "1"),
    ("paths", "\"legacy\""),
    ("requests_per_minute", "30"),
    ("kernels", "4"),
    ("kernels_kept_free", "1"),
    ("settle_looks_seconds", "[5]"),
    ("false_alarms", "\"3 a day\""),
    ("notify", "\"bell\""),
    ("notify_command", "[\"true\"]"),
    ("quiet_hours", "\"22:00-07:00\""),
    ("data_dir", "\"/d\""),
    ("ca_file", "\"missing.pem\""),
    ("client_cert_file", "\"missing.pem\""),
    ("client_key_file", "\"missing.pem\""),
    ("connect_timeout_seconds", "7"),
    ("timeout_seconds", "70"),
    ("time_zone", "\"Europe/Berlin\""),
    ("old_server", "true"),
    ("mouse", "false"),
    ("theme", "\"light\""),
    ("columns", "[\"run\"]"),
    ("sort_runs", "\"-elapsed\""),
    ("sort_projects", "\"failed\""),
    ("date_format", "\"10-20\""),
    ("keys", "{ panes = { freeze = \"f\" } }"),
    ("inputs", "[{ project = \"p\", name = \"n\" }]"),
];

#[test]
fn every_setting_does_something() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("config.toml");
    let rules = "[[rules]]\nname = \"shared\"\nread_only = true\n";
    std::fs::write(home.path().join("shared.toml"), rules).unwrap();
    let usual = effect(&Config::default());
    for (name, value) in CHANGED {
        std::fs::write(&file, format!("{name} = {value}\n")).unwrap();
        let config = Config::load(&file, true).unwrap();
        assert!(effect(&config) != usual, "{name} = {value} does nothing");
    }
    let known: Vec<_> = describe::properties().into_iter().map(|it| it.name).collect();
    let tried: Vec<_> = CHANGED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(tried, known, "each setting is tried, in the order of the file");
}
