//! A person's own keys over those that hextop has by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Command;
use super::context::{CONTEXTS, Context};
use super::keymap::{Bound, Keymap, sequence};
use super::verb::{Takes, VERBS, Verb};
use crate::ui::chord::{Chord, Key, show_sequence};

/// Keys by place and command, as they are written in the settings.
pub type OwnKeys = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// Places that take their keys from another, unless they are given their own.
const FAMILY: [(Context, Context); 3] = [
    (Context::FormOption, Context::Form),
    (Context::FormValues, Context::Form),
    (Context::FormPicks, Context::Form),
];

/// Whether nobody may be without a key for it: a way out of each place and of the program, and what
/// cannot be done by name.
fn needs_key(verb: Verb) -> bool {
    verb.confirms() || matches!(verb, Verb::Close | Verb::QuitNow | Verb::Accept | Verb::TakeBack)
}

impl Keymap {
    /// The keys with a person's own over them: a command that is named has these keys and no others.
    ///
    /// # Errors
    /// A sentence that names the place, the command and what does not fit: a place, a command or a key
    /// that does not exist, a key for two commands, a letter where letters are typed, a place without
    /// a way out, or a key that would confirm what it has just opened.
    pub fn rebound(&self, own: &OwnKeys) -> Result<Self, String> {
        let mut contexts: BTreeMap<Context, Vec<Bound>> =
            self.contexts().map(|(context, bounds)| (context, bounds.to_vec())).collect();
        for (place, commands) in own {
            let context = place_named(place)?;
            for (name, keys) in commands {
                let command = command_named(name).map_err(|why| format!("{place}: {why}"))?;
                let keys = keys
                    .iter()
                    .map(|keys| sequence(keys))
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|why| format!("{place}, {name}: {why}"))?;
                for (child, _) in FAMILY.iter().filter(|(_, parent)| *parent == context) {
                    let row = self.of(context).iter().find(|bound| bound.command == command);
                    if let (Some(row), Some(bounds)) = (row, contexts.get_mut(child)) {
                        inherit(bounds, row, &keys);
                    }
                }
                bind(contexts.entry(context).or_default(), &command, &keys)
                    .map_err(|why| format!("{place}, {name}: {why}"))?;
            }
        }
        for (context, bounds) in &contexts {
            let everywhere = contexts.get(&Context::Everywhere).map_or(&[][..], Vec::as_slice);
            check(*context, bounds, everywhere)?;
        }
        let bound = Self::of_contexts(Arc::new(contexts));
        bound.check_confirmations()?;
        Ok(bound)
    }

    /// A key that confirms must not be the one that has opened the dialog: it may still be held.
    fn check_confirmations(&self) -> Result<(), String> {
        let keys = |context: Context, verb: Verb| {
            let of = self.of(context).iter().filter(move |bound| bound.command.verb == verb);
            of.flat_map(|bound| &bound.keys).filter_map(|keys| keys.last().copied())
        };
        let pairs = [
            (Context::Cancel, Verb::Confirm, Context::Panes, Verb::Cancel),
            (Context::CancelCount, Verb::Confirm, Context::Panes, Verb::Cancel),
            (Context::CancelName, Verb::Confirm, Context::Panes, Verb::Cancel),
            (Context::Review, Verb::Start, Context::Form, Verb::Review),
            (Context::ReviewCount, Verb::Start, Context::Form, Verb::Review),
        ];
        for (context, confirms, opener, opens) in pairs {
            let opening: Vec<Chord> = keys(opener, opens).collect();
            if let Some(chord) = keys(context, confirms).find(|chord| opening.contains(chord)) {
                return Err(format!(
                    "{}, {}: {chord} also opens it ({} in {}), and a key that is held must not \
                     confirm",
                    context.name(),
                    confirms.name(),
                    opens.name(),
                    opener.name()
                ));
            }
        }
        Ok(())
    }
}

fn place_named(name: &str) -> Result<Context, String> {
    let all = || CONTEXTS.iter().chain([&Context::Everywhere]).copied();
    all().find(|context| context.name() == name).ok_or_else(|| {
        let names: Vec<_> = all().map(Context::name).collect();
        format!("there is no place `{name}`: write one of {}", names.join("; "))
    })
}

fn command_named(text: &str) -> Result<Command, String> {
    let (name, argument) = text.split_once(' ').map_or((text, None), |(n, a)| (n, Some(a.trim())));
    let verb = VERBS.iter().copied().find(|verb| verb.name() == name);
    let verb = verb.ok_or_else(|| format!("there is no command `{name}`: see `hextop keys`"))?;
    match (verb.takes(), argument) {
        (Takes::Nothing, Some(_)) => Err(format!("`{name}` takes nothing")),
        (Takes::Word { words, optional }, word)
            if word.map_or(!optional, |word| !words.contains(&word)) =>
        {
            Err(format!("`{name}` wants one of: {}", words.join(", ")))
        }
        (_, argument) => Ok(Command { verb, argument: argument.map(str::to_owned) }),
    }
}

/// Gives the row that a place has from another the keys that it has there, but for those that the place
/// has for something of its own.
fn inherit(bounds: &mut [Bound], row: &Bound, keys: &[Vec<Chord>]) {
    let is_it = |bound: &Bound| bound.command == row.command && bound.help == row.help;
    let others = bounds.iter().filter(|bound| !is_it(bound));
    let taken: Vec<_> = others.flat_map(|bound| bound.keys.clone()).collect();
    for bound in bounds.iter_mut().filter(|bound| is_it(bound)) {
        bound.keys = keys.iter().filter(|keys| !taken.contains(keys)).cloned().collect();
    }
}

/// Gives a command these keys.
fn bind(bounds: &mut Vec<Bound>, command: &Command, keys: &[Vec<Chord>]) -> Result<(), String> {
    if let Some(bound) = bounds.iter_mut().find(|bound| bound.command == *command) {
        bound.keys = keys.to_vec();
        return Ok(());
    }
    // A command that is there can have keys of its own with another argument.
    let like = bounds.iter().rposition(|bound| bound.command.verb == command.verb);
    match like {
        Some(at) => {
            let help = command.verb.help().to_owned();
            let keys = keys.to_vec();
            bounds.insert(at + 1, Bound { keys, command: command.clone(), help, hint: None });
            Ok(())
        }
        None => Err("this place has no such command".to_owned()),
    }
}

/// Whether the keys of a place can be told apart, leave letters free where they are typed, and lead out.
fn check(context: Context, bounds: &[Bound], everywhere: &[Bound]) -> Result<(), String> {
    let place = context.name();
    let each = |bound: &'_ Bound| {
        let command = bound.command.to_string();
        bound.keys.clone().into_iter().map(move |keys| (keys, command.clone()))
    };
    let own: Vec<_> = bounds.iter().flat_map(each).collect();
    for (index, (keys, command)) in own.iter().enumerate() {
        let shown = show_sequence(keys);
        let is_typed = |chord: &Chord| match (context, chord.key) {
            _ if chord.ctrl => false,
            // There a number is typed, and a value is chosen.
            (Context::CancelCount | Context::ReviewCount, Key::Char(letter)) => {
                letter.is_ascii_digit()
            }
            (Context::FormOption | Context::FormPicks, _) => false,
            (Context::Everywhere, Key::Char(_)) => true,
            (_, Key::Char(_)) => context.takes_text(),
            _ => false,
        };
        if keys.first().is_some_and(is_typed) {
            return Err(format!("{place}, {command}: {shown} is typed there"));
        }
        for (other, name) in own.iter().skip(index + 1) {
            if other == keys {
                return Err(format!("{place}: {shown} is bound twice, to {command} and to {name}"));
            }
            let (short, long) =
                if keys.len() < other.len() { (keys, other) } else { (other, keys) };
            if long.starts_with(short) {
                return Err(format!(
                    "{place}: {} begins {}, so it cannot be a key by itself ({command}, {name})",
                    show_sequence(short),
                    show_sequence(long)
                ));
            }
        }
        // The place's own key counts before those that work everywhere: only help may be like that.
        let hidden = everywhere.iter().filter(|bound| bound.command.verb != Verb::Help);
        let hidden = hidden.filter(|_| context != Context::Everywhere);
        let meets = |other: &Vec<Chord>| other.starts_with(keys) || keys.starts_with(other);
        if let Some(bound) = hidden.into_iter().find(|bound| bound.keys.iter().any(meets)) {
            return Err(format!(
                "{place}: {shown} is bound to {command}, and everywhere to {}",
                bound.command
            ));
        }
    }
    for bound in bounds {
        if needs_key(bound.command.verb) && bound.keys.is_empty() {
            return Err(format!("{place}, {}: it needs a key", bound.command));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::command::keymap::Found;

    fn own(settings: &[(&str, &str, &[&str])]) -> Result<Keymap, String> {
        let mut own = OwnKeys::new();
        for (place, command, keys) in settings {
            let keys = keys.iter().map(|&key| key.to_owned()).collect();
            own.entry((*place).to_owned()).or_default().insert((*command).to_owned(), keys);
        }
        Keymap::default().rebound(&own)
    }

    fn found(keys: &Keymap, context: Context, pressed: &str) -> Found {
        keys.find(context, &sequence(pressed).unwrap())
    }

    #[test]
    fn a_command_has_the_keys_that_a_person_gives_it_and_no_others() {
        let keys = own(&[
            ("panes", "trigger", &["f", "g f"]),
            ("panes", "tab running", &["F5"]),
            ("panes", "filter status:errored", &["e"]),
            ("panes", "incident", &[]),
            ("trigger form", "review", &["ctrl-k"]),
            ("everywhere", "quit-now", &["ctrl-q"]),
        ])
        .unwrap();
        let trigger = Found::Command(Verb::Trigger.into());
        assert_eq!(found(&keys, Context::Panes, "f"), trigger);
        assert_eq!(found(&keys, Context::Panes, "g f"), trigger);
        assert_eq!(found(&keys, Context::Panes, "g"), Found::Prefix);
        assert_eq!(found(&keys, Context::Panes, "g g"), Found::Command(Verb::Top.into()));
        for gone in ["t", "4", "P", "ctrl-c"] {
            assert_eq!(found(&keys, Context::Panes, gone), Found::Nothing, "{gone}");
        }
        let errored = Command::with(Verb::Filter, "status:errored");
        assert_eq!(found(&keys, Context::Panes, "e"), Found::Command(errored));
        assert_eq!(found(&keys, Context::Panes, "/"), Found::Command(Verb::Filter.into()));
        for context in [Context::Form, Context::FormOption, Context::FormValues] {
            assert_eq!(found(&keys, context, "ctrl-k"), Found::Command(Verb::Review.into()));
            assert_eq!(found(&keys, context, "ctrl-s"), Found::Nothing);
            assert_eq!(found(&keys, context, "ctrl-q"), Found::Command(Verb::QuitNow.into()));
        }
        assert_eq!(keys.key(Context::Panes, Verb::Trigger), "f");
        assert_eq!(keys.key(Context::Panes, Verb::Incident), ":incident");
        assert_eq!(own(&[]), Ok(Keymap::default()));
        let same = own(&[("trigger form", "next-field", &["Tab", "Enter"])]);
        assert_eq!(same, Ok(Keymap::default()), "what it is anyway is no other");
        let moved = own(&[("trigger form", "close", &["ctrl-q"])]).unwrap();
        let close = Found::Command(Verb::Close.into());
        assert_eq!(found(&moved, Context::FormValues, "Esc"), close, "the values have their own");
        assert_eq!(found(&moved, Context::Form, "Esc"), Found::Nothing);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_names_of_both() {
        type Own = [(&'static str, &'static str, &'static [&'static str])];
        let cases: [(&Own, &str); 18] = [
            (&[("panes", "freeze", &["t"])], "panes: t is bound twice, to trigger and to freeze"),
            (&[("panes", "freeze", &["g"])], "panes: g begins g g"),
            (
                &[("panes", "freeze", &["ctrl-c"])],
                "panes: ctrl-c is bound to freeze, and everywhere",
            ),
            (&[("pane", "freeze", &["f"])], "there is no place `pane`: write one of panes;"),
            (&[("panes", "freez", &["f"])], "panes: there is no command `freez`"),
            (&[("panes", "review", &["f"])], "panes, review: this place has no such command"),
            (&[("panes", "freeze", &["meta-f"])], "panes, freeze: `meta-f` is no key"),
            (&[("panes", "tab red", &["f"])], "panes: `tab` wants one of: all"),
            (&[("trigger form", "review", &["r"])], "trigger form, review: r is typed there"),
            (&[("budget", "close", &[])], "budget, close: it needs a key"),
            (&[("everywhere", "quit-now", &[])], "everywhere, quit-now: it needs a key"),
            (&[("cancel dialog", "confirm", &["X"])], "cancel dialog, confirm: X also opens it"),
            (&[("cancel dialog", "confirm", &[])], "cancel dialog, confirm: it needs a key"),
            (&[("review", "start", &[])], "review, start: it needs a key"),
            (&[("everywhere", "palette", &["m"])], "everywhere, palette: m is typed there"),
            (&[("everywhere", "palette", &["F2 x"]), ("panes", "freeze", &["F2"])], "panes: F2 is"),
            (&[("panes", "freeze", &["ctrl-c x"])], "panes: ctrl-c x is bound to freeze, and"),
            (
                &[("cancel dialog, several runs", "confirm", &["3"])],
                "cancel dialog, several runs, confirm: 3 is typed there",
            ),
        ];
        for (settings, reason) in cases {
            let error = own(settings).unwrap_err();
            assert!(error.starts_with(reason), "{settings:?}: {error}");
        }
    }
}
