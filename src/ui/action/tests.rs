//! The table of keys.

use super::*;
use std::collections::HashMap;

#[test]
fn every_key_is_readable_and_means_one_thing() {
    let mut owners: HashMap<Chord, &str> = HashMap::new();
    for command in COMMANDS {
        assert_eq!(command.chords().count(), command.keys.split(' ').count(), "{}", command.keys);
        for chord in command.chords() {
            let before = owners.insert(chord, command.help);
            assert_eq!(before, None, "{chord} is taken twice");
        }
    }
}

#[test]
fn keys_that_slip_never_destroy() {
    for name in ["d", "ctrl-d", "ctrl-r", "Delete", "Backspace", "x", "y", "Enter"] {
        assert_ne!(action_of(name.parse().unwrap()), Some(Action::Cancel), "{name}");
    }
}
