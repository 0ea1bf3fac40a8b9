//! Every key in every encoding that a terminal is known to send it in, and replies of every shape.

use super::*;

/// Escape sequences, in which `^` stands for ESC.
fn sequences(chord: Chord, texts: &[&str]) -> Vec<(Chord, Vec<u8>)> {
    texts.iter().map(|text| (chord, text.replace('^', "\u{1b}").into_bytes())).collect()
}

fn named(key: Key, texts: &[&str]) -> Vec<(Chord, Vec<u8>)> {
    sequences(Chord::plain(key), texts)
}

fn with_ctrl(key: Key, texts: &[&str]) -> Vec<(Chord, Vec<u8>)> {
    sequences(Chord { key, ctrl: true }, texts)
}

/// Arrows, and what is beside them on a keyboard.
fn movement() -> Vec<(Chord, Vec<u8>)> {
    let mut table = Vec::new();
    let arrows = [(Key::Up, 'A'), (Key::Down, 'B'), (Key::Right, 'C'), (Key::Left, 'D')];
    for (key, letter) in arrows.into_iter().chain([(Key::Home, 'H'), (Key::End, 'F')]) {
        let shapes = ["^[_", "^O_", "^[1_", "^[1;1_", "^[1;2_", "^[1;1:1_", "^[1;1:2_", "^[;1_"];
        let shapes = shapes.map(|shape| shape.replace('_', &letter.to_string()));
        table.extend(named(key, &shapes.each_ref().map(String::as_str)));
        let shapes = ["^[1;5_", "^[1;6_", "^[5_", "^O5_", "^O1;5_", "^[1;5:2_", "^[1;133_"];
        let shapes = shapes.map(|shape| shape.replace('_', &letter.to_string()));
        table.extend(with_ctrl(key, &shapes.each_ref().map(String::as_str)));
    }
    for (key, letter) in arrows.map(|(key, letter)| (key, letter.to_ascii_lowercase())) {
        table.extend(named(key, &[&format!("^[{letter}")]));
        table.extend(with_ctrl(key, &[&format!("^O{letter}")]));
    }
    let numbered = [
        (Key::Home, 1, 57423),
        (Key::Home, 7, 57423),
        (Key::End, 4, 57424),
        (Key::End, 8, 57424),
        (Key::Delete, 3, 57426),
        (Key::PageUp, 5, 57421),
        (Key::PageDown, 6, 57422),
    ];
    for (key, number, keypad) in numbered {
        let shapes = ["^[N~", "^[N;1~", "^[N;2~", "^[N;1:2~", "^[N$", "^[Ku", "^[K;129u"];
        let fill =
            |shape: &str| shape.replace('N', &number.to_string()).replace('K', &keypad.to_string());
        table.extend(named(key, &shapes.map(fill).each_ref().map(String::as_str)));
        let shapes = ["^[N;5~", "^[N^", "^[N@", "^[K;5u"];
        // The last byte of rxvt's sequence is `^` itself.
        let fill = |shape: &str| fill(&shape.replace("N^", "N\u{0}"));
        let shapes = shapes.map(fill).map(|shape| shape.replace('^', "\u{1b}").replace('\0', "^"));
        table.extend(shapes.map(|shape| (Chord { key, ctrl: true }, shape.into_bytes())));
    }
    table
}

fn functions() -> Vec<(Chord, Vec<u8>)> {
    let numbers = [11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34];
    let mut table = Vec::new();
    for (function, number) in (1..).zip(numbers) {
        table
            .extend(named(Key::F(function), &[&format!("^[{number}~"), &format!("^[{number};2~")]));
        table.extend(with_ctrl(Key::F(function), &[&format!("^[{number};5~")]));
    }
    for (function, letter) in (1..).zip(['P', 'Q', 'R', 'S']) {
        table.extend(named(Key::F(function), &[&format!("^O{letter}")]));
        table.extend(with_ctrl(Key::F(function), &[&format!("^O5{letter}")]));
        if letter != 'R' {
            let shapes = [format!("^[{letter}"), format!("^[1;2{letter}")];
            table.extend(named(Key::F(function), &shapes.each_ref().map(String::as_str)));
        }
    }
    for (function, letter) in (1..).zip(['A', 'B', 'C', 'D', 'E']) {
        table.extend(named(Key::F(function), &[&format!("^[[{letter}")]));
    }
    for function in 13..=35_u8 {
        let number = 57376 + u32::from(function) - 13;
        table.extend(named(Key::F(function), &[&format!("^[{number}u")]));
    }
    table
}

fn letters_and_signs() -> Vec<(Chord, Vec<u8>)> {
    let mut table = Vec::new();
    for letter in (' '..='~').chain(['é', 'ß', 'Ω', '売', '🚀']) {
        let code = u32::from(letter);
        let mut shapes = vec![
            letter.to_string(),
            format!("\u{1b}[{code}u"),
            format!("\u{1b}[{code};1u"),
            format!("\u{1b}[{code};1:2u"),
            format!("\u{1b}[{code};129;{code}u"),
            format!("\u{1b}[0;;{code}u"),
            format!("\u{1b}[27;1;{code}~"),
        ];
        if letter.is_ascii_uppercase() {
            let small = code + 32;
            shapes.extend([
                format!("\u{1b}[{small};2u"),
                format!("\u{1b}[{small}:{code};2u"),
                format!("\u{1b}[{small}:{code}:{small};2:1u"),
                format!("\u{1b}[{small};2;{code}u"),
                format!("\u{1b}[{small};65u"),
                format!("\u{1b}[27;2;{code}~"),
            ]);
        }
        let chord = Chord::plain(Key::Char(letter));
        table.extend(shapes.into_iter().map(|shape| (chord, shape.into_bytes())));
    }
    let keypad = (399..).zip("0123456789./*-+".chars()).chain([(415, '='), (416, ',')]);
    for (number, sign) in keypad {
        table.extend(named(Key::Char(sign), &[&format!("^[57{number}u")]));
    }
    for (letter, sign) in
        ('j'..='y').zip("*+,-./0123456789".chars()).chain([('X', '='), (' ', ' ')])
    {
        table.extend(named(Key::Char(sign), &[&format!("^O{letter}")]));
    }
    table
}

fn control() -> Vec<(Chord, Vec<u8>)> {
    let mut table = Vec::new();
    for letter in ('a'..='z').chain([' ', '\\', ']', '^', '_']) {
        let code = u32::from(letter);
        let shapes = [
            format!("\u{1b}[{code};5u"),
            format!("\u{1b}[{code};5:2u"),
            format!("\u{1b}[27;5;{code}~"),
        ];
        table.extend(shapes.map(|shape| (Chord::ctrl(letter), shape.into_bytes())));
        let byte = u8::try_from(code & 0x1f).unwrap();
        if !matches!(letter, 'i' | 'm') {
            table.push((Chord::ctrl(letter), vec![byte]));
        }
    }
    for (letter, capital) in ('a'..='z').zip('A'..='Z') {
        let (code, capital) = (u32::from(letter), u32::from(capital));
        let shapes = [
            format!("\u{1b}[{code};6u"),
            format!("\u{1b}[{code}:{capital};6u"),
            format!("\u{1b}[27;6;{capital}~"),
        ];
        table.extend(shapes.map(|shape| (Chord::ctrl(letter), shape.into_bytes())));
    }
    table.extend(sequences(Chord::ctrl('_'), &["^[45:95;6u"]));
    table.extend(named(Key::Enter, &["\r", "^[13u", "^[13;1:2u", "^OM", "^[57414u", "^[27;1;13~"]));
    table.extend(with_ctrl(Key::Enter, &["^[13;5u", "^[27;5;13~"]));
    table.extend(named(Key::Tab, &["\t", "^[9u", "^OI"]));
    table.extend(named(Key::BackTab, &["^[Z", "^[1;2Z", "^[9;2u", "^[27;2;9~"]));
    table.extend(named(Key::Backspace, &["\u{7f}", "^[127u", "^[8u"]));
    table.extend(named(Key::Esc, &["^[27u", "^[27;1:1u"]));
    table
}

/// Every key but a lone ESC.
pub(super) fn keys() -> Vec<(Chord, Vec<u8>)> {
    [movement(), functions(), letters_and_signs(), control()].concat()
}

/// Replies of terminals: whole, and nothing else.
pub(super) const REPLIES: &[&str] = &[
    // Attributes, status, cursor, modes, window, keyboard, mouse.
    "\u{1b}[?62;c",
    "\u{1b}[?64;1;2;6;9;15;18;21;22c",
    "\u{1b}[>41;354;0c",
    "\u{1b}[=1;2c",
    "\u{1b}[0n",
    "\u{1b}[?13n",
    "\u{1b}[?997;1n",
    "\u{1b}[12;40R",
    "\u{1b}[1;2R",
    "\u{1b}[?12;40;1R",
    "\u{1b}[?2026;2$y",
    "\u{1b}[4;2$y",
    "\u{1b}[8;24;80t",
    "\u{1b}[48;24;80;480;800t",
    "\u{1b}[?1u",
    "\u{1b}[?0;256;0S",
    "\u{1b}[2;1;1;112;112;1;0x",
    "\u{1b}[>4;2m",
    "\u{1b}[M !!",
    "\u{1b}[M#\u{7f}y",
    "\u{1b}[MCĀy",
    "\u{1b}[MCyĀ",
    // Another button than the left one, one with Shift, with Control, one that is let go, moved.
    "\u{1b}[<1;1;1M",
    "\u{1b}[<4;9;9M",
    "\u{1b}[<16;9;9M",
    "\u{1b}[<64;211;77m",
    "\u{1b}[<0;1;1m",
    "\u{1b}[<35;8;8M",
    // What is no report.
    "\u{1b}[<0;0;1M",
    "\u{1b}[<0;1M",
    "\u{1b}[<0;1;99999M",
    "\u{1b}[<0;1;1;1M",
    "\u{1b}[<;1;1M",
    "\u{1b}[32;10;5M",
    "\u{1b}[65;30;97;1;0;1_",
    // Keys that were released, or with Alt and its like, are no keys either.
    "\u{1b}[1;3A",
    "\u{1b}[97;3u",
    "\u{1b}[97;5:3u",
    "\u{1b}[27;9;120~",
    "\u{1b}[3;1:3~",
    "\u{1b}[57441;2u",
    "\u{1b}[2~",
    "\u{1b}[2$",
    // Colours, palette, clipboard, titles.
    "\u{1b}]11;rgb:1c1c/1c1c/1c1c\u{7}",
    "\u{1b}]10;rgb:ffff/ffff/ffff\u{1b}\\",
    "\u{1b}]4;12;rgb:0/0/ff\u{1b}\\",
    "\u{1b}]52;c;WHkxWHk=\u{7}",
    "\u{1b}]104\u{7}",
    "\u{1b}]lXy — the title\u{1b}\\",
    "\u{1b}]LXy\u{1b}\\",
    // Versions, settings, capabilities, checksums.
    "\u{1b}P>|XTerm(354)\u{1b}\\",
    "\u{1b}P!|58544552\u{1b}\\",
    "\u{1b}P1$r0;4 q\u{1b}\\",
    "\u{1b}P0$r\u{1b}\\",
    "\u{1b}P1+r544E=787465726D\u{1b}\\",
    "\u{1b}P1!~0Fy0\u{1b}\\",
    "\u{1b}P1$u1;1;1;@;@\u{1b}\\",
    // Graphics; strings that no terminal is known to send.
    "\u{1b}_Gi=31;OK\u{1b}\\",
    "\u{1b}_yXy\u{1b}\\",
    "\u{1b}^XyX\u{1b}\\",
    "\u{1b}XyXyé\u{1b}\\",
    "\u{1b}]yXy\u{7}",
    "\u{1b}PyXy\u{1b}\\",
];
