//! The files that targets read, and random changes of them.

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// The longest input that changes make of an entry, in bytes.
const LONGEST: usize = 200_000;

/// The entries of a target's corpus; the contract's examples belong to that of the bodies.
pub(crate) fn entries(target: &str) -> Vec<Vec<u8>> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut directories = vec![tests.join("fuzz/corpus").join(target)];
    if target == "bodies" {
        directories.push(tests.join("contract"));
    }
    let mut files: Vec<_> = directories
        .iter()
        .flat_map(|directory| std::fs::read_dir(directory).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    // The order of a directory is the machine's own, and a seed must mean the same everywhere.
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// One change.
#[derive(Clone, Debug)]
enum Change {
    /// One byte becomes another.
    Set(Index, u8),
    /// Bytes are put in.
    Insert(Index, Vec<u8>),
    /// Bytes are taken out.
    Remove(Index, usize),
    /// Bytes are repeated.
    Repeat(Index, usize, usize),
    /// The end is cut off.
    Cut(Index),
    /// The end of another entry replaces the end.
    Splice(Index, Index, Vec<u8>),
}

/// Bytes that mean something to one reader or another.
const TELLING: [&[u8]; 24] = [
    b"\x1b",
    b"\x1b[",
    b"\x1b[200~",
    b"\x1b[201~",
    b"\x1b]",
    b"\x1b\\",
    b"\x9b",
    b"\x07",
    b"\0",
    b"\xff",
    b"\xe2\x80\xae",
    b"\xef\xbb\xbf",
    b"\xf0\x9f\x91\xa9",
    b"\r\n",
    b"\"",
    b"\\u",
    b"\\ud83d",
    b"{\"",
    b"[[",
    b"&a *a",
    b"99999999999999999999",
    b"-1",
    b"1e400",
    b"null",
];

fn change(target: &'static str) -> impl Strategy<Value = Change> {
    let bytes = prop_oneof![vec(any::<u8>(), 1..5), select(&TELLING[..]).prop_map(<[u8]>::to_vec),];
    prop_oneof![
        3 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        4 => (any::<Index>(), bytes).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        2 => (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Change::Remove(at, count)),
        1 => (any::<Index>(), 1..40_usize, 1..400_usize).prop_map(|(at, length, times)| Change::Repeat(at, length, times)),
        1 => any::<Index>().prop_map(Change::Cut),
        1 => (any::<Index>(), any::<Index>(), select(entries(target))).prop_map(|(at, from, other)| Change::Splice(at, from, other)),
    ]
}

impl Change {
    fn apply(self, bytes: &mut Vec<u8>) {
        let place = |at: Index, bytes: &[u8]| at.index(bytes.len() + 1);
        match self {
            Self::Set(at, byte) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            Self::Set(_, byte) => bytes.push(byte),
            Self::Insert(at, new) => {
                let at = place(at, bytes);
                bytes.splice(at..at, new);
            }
            Self::Remove(at, count) => {
                let at = place(at, bytes);
                bytes.drain(at..bytes.len().min(at + count));
            }
            Self::Repeat(at, length, times) => {
                let at = place(at, bytes);
                let again = bytes[at..bytes.len().min(at + length)].repeat(times);
                bytes.splice(at..at, again);
            }
            Self::Cut(at) => bytes.truncate(place(at, bytes)),
            Self::Splice(at, from, other) => {
                bytes.truncate(place(at, bytes));
                bytes.extend_from_slice(&other[place(from, &other)..]);
            }
        }
        bytes.truncate(LONGEST);
    }
}

/// An entry of a target's corpus after some changes.
pub(crate) fn changed(target: &'static str) -> impl Strategy<Value = Vec<u8>> {
    (select(entries(target)), vec(change(target), 0..8)).prop_map(|(mut bytes, changes)| {
        for change in changes {
            change.apply(&mut bytes);
        }
        bytes
    })
}
