//! The store that all hextop processes of one user share.

use super::check::Check;
use crate::cli::FAILED;

/// Above this size the store is worth a word: a year of a large workspace has less.
const LARGE: u64 = 1 << 30;

/// What is known of the store.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Its file; none where it is thrown away with the process, or why there can be none.
    pub(super) file: Option<Result<String, String>>,
    /// Its size in bytes with what SQLite has beside it, and its mode.
    pub(super) size_and_mode: Option<(u64, u32)>,
    /// Why it failed.
    pub(super) trouble: Option<String>,
    /// hextop processes that share it, this one among them; none if it was not opened.
    pub(super) processes: Option<usize>,
}

pub(super) fn checks(facts: &Facts) -> Vec<Check> {
    let next = "set data_dir in the settings to a directory of your own";
    let store = match (&facts.file, &facts.trouble) {
        (None, _) => Check::skip("store", "nothing is kept of the demo"),
        (Some(Err(why)), _) => Check::told("store", FAILED, why),
        (Some(Ok(file)), Some(trouble)) => {
            Check::fail("store", FAILED, format!("{file}: {trouble}"), next)
        }
        (Some(Ok(file)), None) if facts.processes.is_none() => {
            Check::skip("store", format!("{file} was not opened"))
        }
        (Some(Ok(file)), None) => Check::good("store", file),
    };
    vec![store, size(facts), mode(facts), processes(facts)]
}

fn size(facts: &Facts) -> Check {
    match facts.size_and_mode {
        None => Check::skip("store-size", "no file"),
        Some((bytes, _)) if bytes > LARGE => Check::warn(
            "store-size",
            mebibytes(bytes),
            "remove the file while no hextop runs, if its journal and history are not needed",
        ),
        Some((bytes, _)) => Check::good("store-size", mebibytes(bytes)),
    }
}

fn mode(facts: &Facts) -> Check {
    match facts.size_and_mode {
        None => Check::skip("store-mode", "no file"),
        Some((_, mode)) if mode & 0o077 != 0 => Check::warn(
            "store-mode",
            format!("{mode:04o}: others may use it"),
            "close it to them with chmod 600",
        ),
        Some((_, mode)) => Check::good("store-mode", format!("{mode:04o}")),
    }
}

fn processes(facts: &Facts) -> Check {
    match facts.processes {
        None => Check::skip("processes", "the store was not opened"),
        Some(0 | 1) => Check::good("processes", "no other hextop shares it"),
        Some(2) => {
            Check::good("processes", "1 other hextop process has shared it in the last minutes")
        }
        Some(all) => Check::good(
            "processes",
            format!("{} other hextop processes have shared it in the last minutes", all - 1),
        ),
    }
}

fn mebibytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) >> 20;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    #[test]
    fn a_store_is_good_fails_or_is_none() {
        use State::{Fail, Good, Skip, Warn};
        let good = Facts {
            file: Some(Ok("/d/app.sqlite3".to_owned())),
            size_and_mode: Some((3 << 19, 0o600)),
            trouble: None,
            processes: Some(3),
        };
        let states = |facts: &Facts| checks(facts).iter().map(|it| it.state).collect::<Vec<_>>();
        assert_eq!(states(&good), [Good; 4]);
        let details: Vec<_> = checks(&good).into_iter().map(|check| check.detail).collect();
        let shared = "2 other hextop processes have shared it in the last minutes";
        assert_eq!(details, ["/d/app.sqlite3", "1.5 MiB", "0600", shared]);
        let open = Facts { size_and_mode: Some((2 << 30, 0o644)), ..good.clone() };
        assert_eq!(states(&open), [Good, Warn, Warn, Good]);
        let broken = Facts { trouble: Some("disk full".to_owned()), ..good };
        assert_eq!(states(&broken)[0], Fail);
        let homeless =
            Facts { file: Some(Err("no home: set HOME".to_owned())), ..Facts::default() };
        assert_eq!(states(&homeless), [Fail, Skip, Skip, Skip]);
        assert_eq!(states(&Facts::default()), [Skip; 4]);
    }
}
