//! Comparing titles with what a person types.
//!
//! The same title can be written in several ways that look alike: with accents composed or
//! decomposed (Unicode Standard Annex 15), with a no-break space, with invisible characters, with a
//! space at its end. A keyboard gives only one of them, so none of these differences counts.

use unicode_normalization::UnicodeNormalization;

use super::text::{self, clean};

/// The text composed (NFC), without invisible characters and white space at its ends, every other
/// white space as one space. What stands for a character that cannot be shown does not count, so
/// that a title is the same before and after it was cleaned.
pub fn plain(text: &str) -> String {
    let visible = if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_control()) {
        text.to_owned()
    } else {
        let composed: String = text.nfc().collect();
        let is_left_out = |letter: char| letter == text::REPLACED || is_invisible(letter);
        clean(&composed).chars().filter(|letter| !is_left_out(*letter)).nfc().collect()
    };
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same without regard to case.
pub fn folded(text: &str) -> String {
    plain(&text.to_lowercase())
}

/// Characters that have no place of their own: joiners, direction marks, variation selectors, tags,
/// soft hyphens and controls that are no white space.
fn is_invisible(letter: char) -> bool {
    let is_format = matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e01ef}');
    is_format || letter.is_control() && !letter.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn titles_that_look_alike_are_the_same() {
        let table = [
            ("Café crème ", "Cafe\u{301} cre\u{300}me"),
            ("Weekly revenue", "Weekly\u{a0}revenue\u{a0}"),
            ("Weekly revenue", "  Weekly \t revenue\n"),
            ("हिन्दी रिपोर्ट", "हिन्\u{200d}दी रिपोर्ट"),
            ("تقرير", "\u{200f}تقرير\u{200e}"),
            ("🚀 launch", "🚀\u{fe0f} launch"),
            ("👩‍💻", "👩💻"),
            ("naïve", "nai\u{308}ve"),
            ("한국어", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}\u{110b}\u{1165}"),
        ];
        for (typed, title) in table {
            assert_eq!(plain(typed), plain(title), "{typed:?}, {title:?}");
        }
        assert_ne!(plain("Cafe"), plain("Café"), "an accent counts");
        assert_ne!(plain("churn"), plain("Churn"), "and so does case");
        assert_eq!(folded("ÉTÉ Report"), folded("e\u{301}te\u{301} report"));
        assert_eq!(plain("\u{200b}\u{feff} "), "", "nothing to see");
        for raw in ["a\u{1b}[31m b", "a\u{202e}b\tc", "a\u{3164}b\u{2800}", "pay\u{200d}roll"] {
            assert_eq!(plain(&clean(raw)), plain(raw), "{raw:?} before and after cleaning");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

        #[test]
        fn what_is_plain_stays_as_it_is(text in ".*") {
            let once = plain(&text);
            prop_assert_eq!(plain(&once), once.clone());
            prop_assert_eq!(plain(&text.nfd().collect::<String>()), once);
        }
    }
}
