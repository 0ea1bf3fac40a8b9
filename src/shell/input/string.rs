//! How the strings begin that terminals send as replies.
//!
//! A person who presses Esc and one of `]`, `P`, `_`, `^`, `X` sends the introducer of a string, so
//! only what no other key is likely to follow counts as a reply.

/// How many bytes of a payload are held back before it is taken for a string; nobody types so many
/// without a pause.
const LONGEST_HELD: usize = 1024;

/// Whether the introducer of a string and its payload so far are the beginning of a reply:
///
/// * OSC and a number (colours `11;rgb:…`, clipboard `52;c;…`), or `l` and `L` (the titles of the
///   window, which others may have written);
/// * DCS and a parameter, a private marker or an intermediate of xterm's reports (`1$r…`, `0+r…`,
///   `>|…`, `!|…`);
/// * APC and `G` (kitty's graphics). PM and SOS have no replies in use.
pub(super) fn is_reply(bytes: &[u8]) -> bool {
    match bytes {
        [b']', b'0'..=b'9' | b'l' | b'L', ..]
        | [b'P', b'0'..=b'9' | b'>' | b'<' | b'=' | b'?' | b'!' | b'$' | b'+', ..]
        | [b'_', b'G', ..] => true,
        _ => bytes.len() > LONGEST_HELD,
    }
}
