//! Any keys in any order.

use crate::pty::Start;

/// xorshift: the same keys at every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }
}

/// Every key but those that are meant to end the program: all of ASCII, arrows and their like,
/// and keys that no terminal sends.
fn all_keys() -> Vec<String> {
    let mut keys: Vec<String> = (1..=126_u8)
        .filter(|byte| ![b'q', 3, 27].contains(byte))
        .map(|byte| char::from(byte).to_string())
        .collect();
    let sequences = [
        "\u{1b}[A",
        "\u{1b}[B",
        "\u{1b}[C",
        "\u{1b}[D",
        "\u{1b}[H",
        "\u{1b}[F",
        "\u{1b}[Z",
        "\u{1b}[3~",
        "\u{1b}[5~",
        "\u{1b}[6~",
        "\u{1b}OP",
        "\u{1b}[21~",
        "\u{1b}[1;5C",
        "\u{1b}[1;5D",
        "\u{1b}[99;99~",
        "\u{1b}x",
        "\u{7f}",
        "é",
        "売",
        "🚀",
        "\u{1b}[200~pasted\u{1b}[201~",
    ];
    keys.extend(sequences.map(str::to_owned));
    keys
}

#[test]
fn no_keys_in_any_order_break_it() {
    for seed in [7, 20_261_123] {
        let mut terminal = Start::demo().size(100, 30).open_on_rows();
        let (mut dice, keys) = (Dice(seed), all_keys());
        for round in 0..15 {
            let burst: String = (0..20).map(|_| keys[dice.roll(keys.len())].as_str()).collect();
            terminal.keys(&burst);
            // What closes forms and sheets is pressed more often, so that the panes get their
            // share; `y` answers whether to throw edits away.
            if round % 3 == 0 {
                terminal.keys("\u{1b}");
                terminal.resize(40 + u16::try_from(dice.roll(160)).unwrap(), 12 + 3 * round);
                terminal.keys("y");
            }
        }
        assert!(!terminal.is_over(), "seed {seed}:\n{}", terminal.contents());
        // The first says what is unsettled, if anything is.
        terminal.keys("\u{3}\u{3}");
        assert_eq!(terminal.wait_exit(), 0, "seed {seed}:\n{}", terminal.output());
        terminal.assert_restored();
    }
}
