//! What hextop makes of its surroundings: its input, environment, paths, directories, and a store
//! that others have changed.

use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::*;

impl Workspace {
    fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn set(&self, settings: &str) {
        std::fs::write(self.file("settings.toml"), settings).unwrap();
    }

    /// The same without a token in the environment.
    fn without_token(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.env_remove("HEX_API_TOKEN");
        command
    }

    /// The store's file, which the usual place has.
    pub(super) fn store(&self) -> rusqlite::Connection {
        let files = std::fs::read_dir(self.file(".local/share/hextop")).unwrap().flatten();
        let mut files = files.map(|file| file.path());
        let store = files.find(|file| file.extension().is_some_and(|e| e == "sqlite3"));
        rusqlite::Connection::open(store.unwrap()).unwrap()
    }
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn is_empty(directory: &Path) -> bool {
    std::fs::read_dir(directory).unwrap().next().is_none()
}

#[test]
fn a_token_command_takes_nothing_of_the_input_and_is_found_beside_the_settings() {
    let workspace = Workspace::open(&[]);
    let script = workspace.file("token");
    std::fs::write(&script, format!("#!/bin/sh\ncat >/dev/null\necho {}\n", workspace.token))
        .unwrap();
    set_mode(&script, 0o700);
    workspace.set("token_command = [\"./token\"]\n");
    let mut each = Command::new("/bin/sh");
    let given = workspace.without_token(&[]);
    each.args(["-c", "while read p; do \"$0\" run \"$p\" --config \"$1\"; done", HEXTOP])
        .arg(workspace.file("settings.toml"))
        .env_clear()
        .envs(given.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .env("PATH", "/usr/bin:/bin")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut each = each.spawn().unwrap();
    let titles = b"Weekly revenue\nEndless\nDoomed\n";
    each.stdin.take().unwrap().write_all(titles).unwrap();
    let ended = Ended::from(each.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.out.lines().count()), (Some(0), 3), "{ended:?}");
}

#[test]
fn a_token_command_that_prints_without_end_is_ended_and_said() {
    let workspace = Workspace::open(&[]);
    workspace.set("token_command = [\"/bin/sh\", \"-c\", \"while :; do echo 0123456789; done\"]\n");
    let refused = ended(&mut workspace.without_token(&["journal"]));
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("prints more than 64 KiB"), "{refused:?}");
}

#[test]
fn paths_in_the_settings_begin_at_the_home_or_beside_the_file() {
    let workspace = Workspace::open(&[]);
    std::fs::write(workspace.file("secret"), &workspace.token).unwrap();
    set_mode(&workspace.file("secret"), 0o600);
    workspace.set("token_file = \"~/secret\"\ndata_dir = \"kept/here\"\n");
    let mut command = workspace.without_token(&["run", "Endless"]);
    let started = ended(command.current_dir("/"));
    assert_eq!(started.code, Some(0), "{started:?}");
    assert!(!is_empty(&workspace.file("kept/here")));
}

#[test]
fn a_proxy_that_cannot_be_used_is_an_error_that_names_its_variable() {
    let workspace = Workspace::open(&[]);
    for variable in
        ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]
    {
        let mut command = workspace.command(&["run", "Endless"]);
        command.env(variable, "http://ana:pw@127.0.0.1:9 ");
        // This machine itself is reached without any proxy.
        assert_eq!(ended(&mut command).code, Some(0), "{variable}");
        let refused = ended(command.env("HEX_API_BASE_URL", "hex.example"));
        assert_eq!(refused.code, Some(2), "{refused:?}");
        let said = format!("{variable} begins or ends with white space");
        assert!(refused.err.contains(&said) && !refused.err.contains("pw"), "{refused:?}");
    }
}

#[test]
fn certificates_that_cannot_be_used_are_told_with_what_names_them() {
    let workspace = Workspace::open(&[]);
    std::fs::write(workspace.file("rubbish.pem"), "-----BEGIN CERTIFICATE-----\nMIIB\n").unwrap();
    let refused = |settings: &str, flag: &[&str], bundle: Option<&str>| {
        workspace.set(settings);
        let mut command = workspace.command(&[&["run", "Endless"], flag].concat());
        command.env("HEX_API_BASE_URL", "hex.example");
        if let Some(bundle) = bundle {
            command.env("SSL_CERT_FILE", bundle);
        }
        let ended = ended(&mut command);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        ended.err
    };
    let said = refused("ca_file = \"rubbish.pem\"\n", &[], None);
    assert!(said.contains("rubbish.pem: line 1: this section of PEM has no end"), "{said}");
    let said = refused("client_cert_file = \"nowhere.pem\"\n", &[], None);
    assert!(said.contains("client_cert_file ") && said.contains("cannot be read"), "{said}");
    let said = refused("", &[], Some("/nowhere/bundle.pem"));
    assert!(said.contains("SSL_CERT_FILE /nowhere/bundle.pem: cannot be read"), "{said}");
    let said = refused("", &["--insecure"], None);
    assert!(said.contains("--insecure is for this machine only"), "{said}");
    // Without TLS none of it matters.
    workspace.set("ca_file = \"rubbish.pem\"\n");
    assert_eq!(workspace.run(&["run", "Endless", "--insecure"]).code, Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_crash_leaves_no_core() {
    let home = TempDir::new().unwrap();
    let script = "ulimit -c unlimited 2>/dev/null || ulimit -c 1000; exec \"$0\" sim";
    let mut sim = Command::new("/bin/sh")
        .args(["-c", script, HEXTOP])
        .env_clear()
        .env("HOME", home.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(sim.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", sim.id())).unwrap();
    sim.kill().unwrap();
    sim.wait().unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let soft = core.trim_start_matches("Max core file size").split_whitespace().next();
    assert_eq!(soft, Some("0"), "{core}");
}

#[test]
fn what_a_killed_hextop_left_for_its_editor_is_removed_by_the_next_one() {
    let workspace = Workspace::open(&[]);
    let state = workspace.file(".local/state/hextop");
    std::fs::create_dir_all(&state).unwrap();
    let left = ["edit-999999999.json", "edit-999999999-0.json", ".edit-999999999-0.json.swp"];
    for name in left {
        std::fs::write(state.join(name), "{}").unwrap();
    }
    assert_eq!(workspace.run(&["run", "Endless"]).code, Some(0));
    for name in left {
        assert!(!state.join(name).exists(), "{name}");
    }
}

#[test]
fn one_record_that_cannot_be_read_blocks_neither_the_journal_nor_a_start() {
    let workspace = Workspace::open(&[]);
    for title in ["Endless", "Weekly revenue"] {
        assert_eq!(workspace.run(&["run", title]).code, Some(0));
    }
    let spoil = "UPDATE journal SET entry = '{\"stage\":\"Lost\u{1b}[31m'
                 WHERE id = (SELECT min(id) FROM journal);
                 UPDATE log SET record = CAST(x'ff' AS TEXT);";
    workspace.store().execute_batch(spoil).unwrap();
    let listed = workspace.run(&["journal"]);
    assert_eq!((listed.code, listed.out.lines().count()), (Some(0), 2), "{listed:?}");
    assert!(listed.out.contains("unreadable") && listed.out.contains("Weekly rev"), "{listed:?}");
    assert!(listed.err.contains("hextop journal --set-aside"), "{listed:?}");
    let started = workspace.run(&["run", "Endless"]);
    assert_eq!(started.code, Some(0), "{started:?}");
    assert_eq!(workspace.journal().len(), 3);
    let aside = workspace.run(&["journal", "--set-aside"]);
    assert!(aside.out.contains("Lost") && !aside.out.contains('\u{1b}'), "{aside:?}");
    let aside = workspace.run(&["journal", "--set-aside", "--json"]).out;
    let lines: Vec<Value> = aside.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let journal: Vec<_> = lines.iter().filter(|line| line["kind"] == "journal").collect();
    assert_eq!(journal.len(), 1, "{lines:?}");
    assert_eq!(journal[0]["record"], json!("{\"stage\":\"Lost\u{1b}[31m"));
    assert_eq!(journal[0]["open"], json!(false));
}

#[test]
fn a_data_directory_that_others_may_write_is_mended_or_left_alone() {
    let workspace = Workspace::open(&[]);
    let data = workspace.file("data");
    std::fs::create_dir(&data).unwrap();
    workspace.set("data_dir = \"data\"\n");
    set_mode(&data, 0o1777);
    let refused = workspace.run(&["run", "Endless", "--json"]);
    assert_eq!((refused.code, &refused.json()["posts"]), (Some(1), &json!(0)), "{refused:?}");
    assert!(refused.err.contains("shared by all users"), "{refused:?}");
    assert!(workspace.run(&["journal"]).err.contains("set data_dir"));
    assert!(is_empty(&data));
    set_mode(&data, 0o777);
    let started = workspace.run(&["run", "Endless"]);
    assert_eq!(started.code, Some(0), "{started:?}");
    assert!(started.err.contains("its mode is now 0755"), "{started:?}");
    assert_eq!(std::fs::metadata(&data).unwrap().mode() & 0o777, 0o755);
    assert_eq!(workspace.run(&["run", "Endless"]).code, Some(0));
}

#[test]
fn without_a_home_nothing_is_written_and_nothing_is_started() {
    let workspace = Workspace::open(&[]);
    let here = TempDir::new().unwrap();
    let mut command = workspace.command(&["run", "Endless", "--json"]);
    // One that depends on the current directory is none.
    let refused = ended(command.env("HOME", "home").current_dir(here.path()));
    assert_eq!((refused.code, &refused.json()["posts"]), (Some(1), &json!(0)), "{refused:?}");
    assert!(refused.err.contains("no home directory is known"), "{refused:?}");
    assert!(is_empty(here.path()));
}
