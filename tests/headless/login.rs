//! `hextop login` and `logout` by way of pipes, and what a change of the token's file does to a command
//! that goes on.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::*;

fn at(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.home.path().join(name)
}

/// What it comes to with this on its standard input, and no token in the environment.
fn given(workspace: &Workspace, arguments: &[&str], text: &str) -> Ended {
    let mut command = workspace.command(arguments);
    command.env_remove("HEX_API_TOKEN").stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    Ended::from(child.wait_with_output().unwrap())
}

#[test]
fn a_token_is_checked_kept_for_its_user_alone_and_used_from_then_on() {
    let workspace = Workspace::open(&[]);
    let before = std::fs::read_to_string(at(&workspace, "settings.toml")).unwrap();
    let text = format!("\"{}\"\n", workspace.token);
    let kept = given(&workspace, &["login"], &text);
    assert_eq!(kept.code, Some(0), "{kept:?}");
    for part in
        ["ana@acme.test (editor)", "workspace ", "valid for", "/settings.token, which only you"]
    {
        assert!(kept.out.contains(part), "{part}: {kept:?}");
    }
    assert!(!format!("{kept:?}").contains(&workspace.token));
    let file = at(&workspace, "settings.token");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{}\n", workspace.token));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let after = std::fs::read_to_string(at(&workspace, "settings.toml")).unwrap();
    let host = workspace.base_url.trim_end_matches("/api/v1");
    let leads = format!("token_file = \"settings.token\"\nbase_url = {host:?}\n{before}");
    assert_eq!(after, leads, "it goes to the host that has taken it, and to no other");
    let used = given(&workspace, &["run", "Endless"], "");
    assert_eq!((used.code, used.err.as_str()), (Some(0), ""), "{used:?}");
    // Once more changes nothing but the token.
    assert_eq!(given(&workspace, &["login"], &text).code, Some(0));
    assert_eq!(std::fs::read_to_string(at(&workspace, "settings.toml")).unwrap(), after);
}

#[test]
fn what_hex_does_not_take_or_is_plainly_no_token_is_not_kept() {
    let workspace = Workspace::open(&[]);
    for (text, code, part) in [
        ("hxtp_0123456789", 3, "Hex refused the token (401)"),
        ("hxtp_…", 3, "is a placeholder"),
        ("Bearer hxtp_0123456789", 3, "begins with Bearer"),
        ("", 3, "no token was given"),
    ] {
        let refused = given(&workspace, &["login"], text);
        assert_eq!(refused.code, Some(code), "{refused:?}");
        assert!(refused.err.contains(part) && !refused.err.contains("0123"), "{refused:?}");
        assert!(!at(&workspace, "settings.token").exists(), "{text}");
    }
    let nobody =
        given(&workspace, &["login", "--base-url", "http://127.0.0.1:1"], "hxtp_0123456789");
    assert_eq!(nobody.code, Some(4), "{nobody:?}");
    assert!(nobody.err.contains("refuses connections"), "{nobody:?}");
}

#[test]
fn logging_out_removes_the_file_that_is_named_and_says_what_stays() {
    let workspace = Workspace::open(&[]);
    assert_eq!(given(&workspace, &["login"], &workspace.token).code, Some(0));
    let asked = given(&workspace, &["logout"], "y\n");
    assert_eq!(asked.code, Some(2), "nobody can be asked by way of a pipe: {asked:?}");
    assert!(at(&workspace, "settings.token").exists());
    let removed = given(&workspace, &["logout", "--yes"], "");
    assert_eq!(removed.code, Some(0), "{removed:?}");
    assert!(removed.out.contains("until it is revoked in Hex"), "{removed:?}");
    assert!(!at(&workspace, "settings.token").exists());
    assert_eq!(given(&workspace, &["logout", "--yes"], "").code, Some(5));
    std::fs::write(at(&workspace, "kept"), &workspace.token).unwrap();
    let settings = "token_file = \"~/kept\"\ntoken_command = [\"/bin/true\"]\n";
    std::fs::write(at(&workspace, "settings.toml"), settings).unwrap();
    let removed = given(&workspace, &["logout", "--yes"], "");
    assert_eq!(removed.code, Some(0), "{removed:?}");
    for part in ["the settings still name the file", "token_command is set and still gives one"] {
        assert!(removed.out.contains(part), "{part}: {removed:?}");
    }
}

#[test]
fn what_is_kept_on_this_machine_is_read_without_a_token_where_one_person_alone_has_used_it() {
    let workspace = Workspace::open(&[]);
    let without = |arguments: &[&str]| given(&workspace, arguments, "");
    let refused = without(&["journal"]);
    assert_eq!(refused.code, Some(3), "nothing is kept: {refused:?}");
    let started = workspace.run(&["run", "Endless", "--json"]);
    assert_eq!(started.code, Some(0), "{started:?}");
    for arguments in [
        &["journal", "--json"][..],
        &["timeline", "--json"],
        &["export", "journal"],
        &["export", "runs"],
    ] {
        let (with, without) = (workspace.run(arguments), without(arguments));
        assert_eq!((without.code, &without.out), (Some(0), &with.out), "{arguments:?}");
    }
    assert_eq!(without(&["runs"]).code, Some(3), "what is asked of Hex wants one");
}

#[test]
fn quotation_marks_around_a_token_are_told_and_not_sent() {
    let workspace = Workspace::open(&[]);
    let mut command = workspace.command(&["run", "Endless"]);
    let noted = ended(command.env("HEX_API_TOKEN", format!("\"{}\"", workspace.token)));
    assert_eq!(noted.code, Some(0), "{noted:?}");
    assert!(noted.err.contains("HEX_API_TOKEN has quotation marks around it"), "{noted:?}");
    assert_eq!(noted.err.lines().count(), 1, "{noted:?}");
}

#[test]
fn a_new_token_that_cannot_be_used_leaves_the_one_before_in_use() {
    let workspace = Workspace::open(&[]);
    assert_eq!(given(&workspace, &["login"], &workspace.token).code, Some(0));
    let mut command = workspace.command(&["watch", "--json", "--for", "60s"]);
    command.env_remove("HEX_API_TOKEN").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut watch = command.spawn().unwrap();
    let mut out = BufReader::new(watch.stdout.take().unwrap());
    let mut err = BufReader::new(watch.stderr.take().unwrap());
    let mut next_run = || {
        let started = workspace.run(&["run", "Weekly revenue", "--json"]);
        let run = started.json()["run_id"].as_str().unwrap().to_owned();
        let mut line = String::new();
        while !line.contains(&run) {
            line.clear();
            assert_ne!(out.read_line(&mut line).unwrap(), 0, "{run} was never seen");
        }
    };
    next_run();
    std::fs::write(at(&workspace, "settings.token"), "Bearer hxtp_0123456789\n").unwrap();
    let mut note = String::new();
    err.read_line(&mut note).unwrap();
    assert!(note.contains("was not read anew, the one before stays in use"), "{note}");
    assert!(note.contains("begins with Bearer") && !note.contains("0123"), "{note}");
    std::fs::write(at(&workspace, "settings.token"), &workspace.token).unwrap();
    next_run();
    watch.kill().unwrap();
    watch.wait().unwrap();
}
