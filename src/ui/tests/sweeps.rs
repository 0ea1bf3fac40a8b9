//! Sweeps and queues on the screen, at three sizes.

use super::*;

/// A screen with the review of a sweep of 12 starts.
fn reviewed(projects: &[(Project, Vec<Run>)]) -> State {
    let mut state = opened(projects, SIZES[1]);
    let effects = press(&mut state, "t", at(40));
    settle(&mut state, effects, projects, at(40));
    press(&mut state, "ctrl-l", at(40));
    state.update(Msg::Paste("emea, amer, apac".to_owned()), at(40));
    press(&mut state, "Tab ctrl-l", at(40));
    state.update(Msg::Paste("1..4".to_owned()), at(40));
    state
}

#[test]
fn the_form_and_the_review_of_a_sweep_at_all_sizes() {
    let mut state = reviewed(&workspace());
    look("sweep_form", &mut state, at(40));
    press(&mut state, "ctrl-s n o u t a g e Enter 1", at(40));
    look("sweep_review", &mut state, at(40));
}

#[test]
fn the_queues_at_all_sizes() {
    let projects = workspace();
    let mut state = opened(&projects, SIZES[1]);
    press(&mut state, "Q", at(40));
    look("queues_empty", &mut state, at(40));
    let mut state = reviewed(&projects);
    // The first leaves; then it stands still.
    let mut effects = press(&mut state, "ctrl-s 1 2 Enter", at(40));
    effects.extend(press(&mut state, "Space", at(40)));
    settle(&mut state, effects, &projects, at(41));
    look("queues", &mut state, at(42));
    press(&mut state, "Enter", at(42));
    look("queue_starts", &mut state, at(42));
    press(&mut state, "Esc Esc", at(42));
    look("queue_footer", &mut state, at(42));
    press(&mut state, "Q Space", at(42));
    look("queue_going", &mut state, at(42));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(40)))]

    #[test]
    fn no_key_and_no_size_breaks_sweeps_and_queues(
        begins in prop::sample::select(vec!["", "ctrl-s", "ctrl-f f Enter", "ctrl-s 1 2 Enter", "ctrl-s 1 2 Enter Enter"]),
        keys in prop::collection::vec("[ -~]|Esc|Enter|Tab|Up|Down|Left|Backspace|PageDown|F10|ctrl-[a-z]", 1..40),
        sizes in prop::collection::vec((1_u16..220, 1_u16..70), 1..4),
        file in "[a-c](,[a-c])?\n([0-9,a]{0,4}\n){0,3}",
    ) {
        let projects = workspace();
        let mut state = reviewed(&projects);
        let begins = begins.split(' ').filter(|key| !key.is_empty());
        let keys = begins.chain(keys.iter().map(String::as_str));
        for (step, key) in keys.enumerate() {
            let now = at(40 + step as u64);
            let name = if key == " " { "Space" } else { key };
            let effects = state.update(Msg::Key(name.parse().unwrap()), now);
            if effects.iter().any(|effect| matches!(effect, Effect::Read(_))) {
                state.update(Msg::FileRead(Ok(file.clone())), now);
            }
            settle(&mut state, effects, &projects, now);
            let (width, height) = sizes[step % sizes.len()];
            drawn(&mut state, Size { width, height }, now);
        }
    }
}
