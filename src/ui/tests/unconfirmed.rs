//! Nothing is cancelled and nothing is started before a person has confirmed it.

use super::*;
use crate::ui::command::Verb;
use crate::ui::command::keymap::{Bound, Found};

/// Keys that are bound anywhere, and some that are typed.
fn keys() -> Vec<Chord> {
    let keymap = Options::default().keys;
    let names: BTreeSet<String> = keymap
        .contexts()
        .flat_map(|(_, bounds)| bounds.iter().flat_map(Bound::names).collect::<Vec<_>>())
        .flat_map(|name| name.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let typed = ["a", "e", "1", "2", "3", "Space"].map(str::to_owned);
    names.into_iter().chain(typed).filter_map(|name| name.parse().ok()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(100)))]

    #[test]
    fn no_keys_without_one_that_confirms_cancel_or_start_anything(
        pressed in prop::collection::vec(prop::sample::select(keys()), 1..80),
        commands in prop::collection::vec(prop::sample::select(vec!["cancel status:running", "cancel a", "rerun", "trigger"]), 0..3),
    ) {
        let projects = workspace();
        let mut state = opened(&projects, SIZES[1]);
        journal::tell(&mut state, journal::started(), at(40));
        let mut typed: Vec<Chord> = Vec::new();
        for command in commands {
            typed.push(":".parse().unwrap());
            typed.extend(command.chars().map(|letter| Chord::plain(crate::ui::chord::Key::Char(letter))));
            typed.push("Enter".parse().unwrap());
        }
        for chord in typed.into_iter().chain(pressed) {
            state.context_since.1 = Boot::ZERO;
            let sequence = [state.pressed.as_slice(), &[chord]].concat();
            let found = state.options.keys.find(state.context(), &sequence);
            let confirms = matches!(&found, Found::Command(command)
                if command.verb.confirms() || matches!(command.verb, Verb::WaitForRoom | Verb::RetryFailed));
            if confirms {
                continue;
            }
            let effects = state.update(Msg::Key(chord), at(40));
            for effect in &effects {
                let sends = matches!(effect, Effect::Send(_, Call::Cancel { .. } | Call::Trigger { .. }, ..));
                prop_assert!(!sends, "{chord} in {:?}: {effect:?}", state.context());
            }
            settle(&mut state, effects, &projects, at(40));
            prop_assert_eq!(state.model.open_cancels(), 0, "{}", chord);
        }
    }
}
