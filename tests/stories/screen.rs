//! What an hour of the demo shows to an operator who moves about: what is out of hand is on the screen or
//! counted there, nothing else is called so, the cursor keeps its line, and *live* is said only when it is so.

use super::*;
use hextop::domain::runaway::Verdict;
use hextop::engine::model::Freshness;

/// What can be done on the panes without starting or stopping a run.
const KEYS: [&str; 14] =
    ["j", "k", "j j j", "G", "g g", "ctrl-d", "ctrl-u", "1", "2", "4", "5", "s", "S", "1 n"];

/// What the screen says.
struct Seen {
    lines: Vec<String>,
}

impl Seen {
    fn of(stage: &mut TestApp, size: Size) -> Self {
        let text = text(&stage.screen(size).unwrap());
        Self { lines: text.lines().map(str::to_owned).collect() }
    }

    /// The line of the cursor, and the short id of the run on it.
    fn cursor(&self) -> Option<(usize, String)> {
        self.lines.iter().enumerate().find_map(|(number, line)| {
            let (_, row) = line.split_once("▌ ")?;
            Some((number, row.split_whitespace().find(is_id)?.to_owned()))
        })
    }

    /// The number before a word that stands behind another.
    fn number(&self, before: &str, after: &str) -> Option<usize> {
        self.lines.iter().find_map(|line| {
            let (head, _) = line.split_once(after)?;
            let (_, number) = head.rsplit_once(before)?;
            number.trim().parse().ok()
        })
    }

    /// The short ids of the runs out of hand, from the top down.
    fn out_of_hand(&self) -> Vec<String> {
        let rows = self.lines.iter().skip(3).filter(|line| line.contains("‼ runaway  "));
        rows.filter_map(|line| line.split_whitespace().find(is_id).map(str::to_owned)).collect()
    }
}

/// Whether a word is the short id of a run.
fn is_id(word: &&str) -> bool {
    word.len() == 8 && word.chars().all(|c| c.is_ascii_hexdigit())
}

/// Runs that are out of hand by what was seen of them.
fn out_of_hand(stage: &TestApp) -> usize {
    let model = stage.state.model();
    let moment = model.moment(stage.now());
    model
        .active_runs()
        .filter(|(watched, seen)| moment.verdict(watched, seen) == Some(Verdict::Runaway))
        .count()
}

/// What must be so at any moment; `all`: the list has all runs.
fn check(stage: &TestApp, seen: &Seen, all: bool) {
    let screen = || seen.lines.join("\n");
    let known = out_of_hand(stage);
    let told = seen.number("‼", "out of hand  ").unwrap_or(0);
    assert_eq!(told, known, "in the header\n{}", screen());
    if all {
        let hidden = seen.number("── ", " more out of hand").unwrap_or(0);
        assert_eq!(seen.out_of_hand().len() + hidden, known, "{}", screen());
    }
    if seen.lines[0].contains("● live") {
        let model = stage.state.model();
        assert!(model.is_caught_up(stage.now()), "{}", screen());
        assert_eq!(model.freshness(stage.now()), Freshness::Live);
    }
}

fn hour(size: Size, which: u64) {
    let mut stage =
        TestApp::new(&Scenario::named("demo").unwrap(), which, Settings::default(), size);
    let mut random = which;
    let mut all = true;
    let (mut lives, mut runaways) = (0, 0);
    for _ in 0..120 {
        for _ in 0..30 {
            let before = Seen::of(&mut stage, size);
            stage.run_for(secs(1));
            let seen = Seen::of(&mut stage, size);
            check(&stage, &seen, all);
            lives += usize::from(seen.lines[0].contains("● live"));
            runaways += seen.out_of_hand().len();
            let (Some((line, run)), Some((now, same))) = (before.cursor(), seen.cursor()) else {
                continue;
            };
            // All of them are shown while there is room, so that others among them may push it down.
            if before.out_of_hand() == seen.out_of_hand() {
                assert_eq!(now, line, "from {run} to {same}\n{}", seen.lines.join("\n"));
            }
        }
        // Knuth's MMIX: the high bits are as good as any.
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let keys = KEYS[usize::try_from(random >> 33).unwrap() % KEYS.len()];
        stage.press(keys).unwrap();
        match keys {
            "2" | "4" | "5" => all = false,
            keys if keys.starts_with('1') => all = true,
            _ => {}
        }
    }
    assert!(lives > 1800 && runaways > 0, "live for {lives} seconds, {runaways} runaways");
}

#[test]
fn an_hour_at_80_by_24_shows_what_is_so_and_moves_nothing_under_the_cursor() {
    hour(Size { width: 80, height: 24 }, 1);
}

#[test]
fn an_hour_at_120_by_36_shows_what_is_so_and_moves_nothing_under_the_cursor() {
    hour(Size { width: 120, height: 36 }, 2);
}

#[test]
fn live_is_not_said_before_all_is_read_nor_where_a_look_at_all_takes_long() {
    let mut scenario = Scenario::named("quiet").unwrap();
    scenario.resize(400);
    let mut stage = open(&scenario);
    stage.run_for(secs(30));
    let header = |stage: &mut TestApp| Seen::of(stage, SIZE).lines[0].clone();
    assert!(header(&mut stage).ends_with(" read"), "{}", header(&mut stage));
    let mut told = BTreeSet::new();
    for _ in 0..90 {
        stage.run_for(secs(60));
        let header = header(&mut stage);
        assert!(!header.contains("live"), "{header}");
        let words = ["each within", "oldest", " read"].into_iter().find(|it| header.contains(it));
        told.insert(words.unwrap_or_else(|| panic!("{header}")));
    }
    assert!(told.contains("each within"), "{told:?}");
}
