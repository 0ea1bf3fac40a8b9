//! What is depended on may be: licences, sources and banned crates, by the lists of `deny.toml`.
//!
//! `cargo deny` says the same and more; this is for machines that do not have it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::process::Command;

use serde_json::Value;

/// The only registry.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// A list of `deny.toml`.
fn list(section: &str, key: &str) -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/deny.toml");
    let config: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let entries = config[section][key].as_array().unwrap().iter();
    let name =
        |entry: &toml::Value| entry.get("crate").unwrap_or(entry).as_str().unwrap().to_owned();
    entries.map(name).collect()
}

/// Whether an expression of licences can be met with those that are allowed.
fn is_met(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut words = words.as_slice();
    let met = any(&mut words, allowed);
    met && words.is_empty()
}

fn any(words: &mut &[&str], allowed: &[String]) -> bool {
    let mut met = all(words, allowed);
    while let ["OR", rest @ ..] = words {
        *words = rest;
        met |= all(words, allowed);
    }
    met
}

fn all(words: &mut &[&str], allowed: &[String]) -> bool {
    let mut met = one(words, allowed);
    while let ["AND", rest @ ..] = words {
        *words = rest;
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut &[&str], allowed: &[String]) -> bool {
    let Some((first, rest)) = words.split_first() else { return false };
    *words = rest;
    if *first == "(" {
        let met = any(words, allowed);
        *words = words.strip_prefix(&[")"]).unwrap_or(&[]);
        return met;
    }
    if let ["WITH", exception, rest @ ..] = words {
        let whole = format!("{first} WITH {exception}");
        *words = rest;
        return allowed.contains(&whole);
    }
    allowed.iter().any(|name| name == first)
}

#[test]
fn every_crate_has_a_licence_that_is_allowed_and_comes_from_the_one_registry() {
    let (allowed, banned) = (list("licenses", "allow"), list("bans", "deny"));
    let packages = packages();
    assert!(packages.len() > 100, "{}", packages.len());
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_met(licence, &allowed), "{name}: {licence}");
        assert!(!banned.iter().any(|banned| banned == name), "{name} is banned");
        let source = package["source"].as_str();
        assert!(source == Some(REGISTRY) || (source.is_none() && name == "hextop"), "{name}");
    }
}

#[test]
fn an_expression_is_met_as_spdx_says() {
    let allowed = ["MIT", "ISC", "Apache-2.0"].map(str::to_owned);
    for good in
        ["MIT", "GPL-3.0 OR MIT", "MIT/Apache-2.0", "ISC AND (MIT OR GPL-3.0)", "(MIT) AND ISC"]
    {
        assert!(is_met(good, &allowed), "{good}");
    }
    for bad in
        ["", "GPL-3.0", "MIT AND GPL-3.0", "ISC AND (GPL-3.0)", "Apache-2.0 WITH LLVM-exception"]
    {
        assert!(!is_met(bad, &allowed), "{bad}");
    }
}
