//! The scenario files and the page that documents them.

use hextop::sim::Scenario;

use crate::support::Virtual;

const PAGE: &str = include_str!("../../assets/scenarios/README.md");

/// The example on the page.
fn example() -> &'static str {
    let (_, rest) = PAGE.split_once("```toml\n").unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn every_built_in_scenario_makes_a_world_and_is_on_the_page() {
    for name in Scenario::names() {
        let scenario = Scenario::named(name).unwrap_or_else(|| {
            let text = std::fs::read_to_string(format!("assets/scenarios/{name}.toml")).unwrap();
            panic!("{name}: {}", Scenario::from_toml(&text).unwrap_err())
        });
        assert!(!scenario.about.is_empty(), "{name}");
        assert!(PAGE.contains(&format!("| `{name}` |")), "{name} is not on the page");
        let mut site = Virtual::new(&scenario, 1);
        assert!(site.world.projects().count() > 4, "{name}");
        site.wait(std::time::Duration::from_mins(10));
    }
    assert_eq!(Scenario::named("nonesuch"), None);
}

#[test]
fn the_page_has_exactly_the_keys_there_are() {
    let example = example();
    Scenario::from_toml(example).expect("the example on the page");
    // An unknown key is answered with the list of the known ones.
    let tables = [
        ("", "nonesuch = 1\n"),
        ("latency", "latency = { nonesuch = 1 }"),
        ("token", "[token]\nnonesuch = 1"),
        ("limits", "[limits]\nnonesuch = 1"),
        ("users", "[users]\nnonesuch = 1"),
        ("kernels", "[kernels]\nnonesuch = 1"),
        ("answers", "[answers]\nnonesuch = 1"),
        ("project", "[[project]]\nnonesuch = 1"),
        ("project.schedules", "[[project]]\nschedules = [{ nonesuch = 1 }]"),
        ("project.inputs", "[[project]]\ninputs = [{ nonesuch = 1 }]"),
        ("population", "[population]\nnonesuch = 1"),
        ("outage", "[[outage]]\nnonesuch = 1"),
        ("fault", "[[fault]]\nnonesuch = 1"),
    ];
    for (table, text) in tables {
        let refusal = Scenario::from_toml(text).unwrap_err().to_string();
        let (_, known) = refusal
            .split_once("expected one of ")
            .or_else(|| refusal.split_once("expected "))
            .unwrap();
        let keys: Vec<_> = known.split('`').skip(1).step_by(2).collect();
        assert!(keys.len() > 1, "{refusal}");
        for key in keys {
            let is_there =
                example.contains(&format!("{key} = ")) || example.contains(&format!("[{key}]"));
            assert!(is_there, "{table}.{key} is not on the page");
        }
    }
}

#[test]
fn what_cannot_be_read_is_named_with_its_line() {
    let table = [
        ("about = \"x\"\nsped = 2\n", "line 2", "unknown field `sped`"),
        (
            "[[project]]\nschedules = [{ cadence = \"weekly\", hour = 3 }]\n",
            "line 2",
            "needs a day",
        ),
        (
            "[[project]]\nschedules = [{ cadence = \"daily\", hour = 25 }]\n",
            "line 2",
            "there is no time 25:00",
        ),
        ("[[project]]\nmedian = \"soon\"\n", "line 2", "median"),
        ("[[fault]]\nname = \"explode\"\n", "line 2", "unknown variant `explode`"),
    ];
    for (text, line, part) in table {
        let error = Scenario::from_toml(text).unwrap_err().to_string();
        assert!(error.contains(line) && error.contains(part), "{error}");
    }
    let error = Scenario::from_toml("speed = 0.0").unwrap_err().to_string();
    assert_eq!(error, "speed = 0: must be above 0, at most 1000000");
    let error =
        Scenario::from_toml("[[project]]\ntitle = \"A\"\nfailure = 3.0").unwrap_err().to_string();
    assert_eq!(error, "project \"A\": 3 is no share: 0 is never, 1 is always");
}

#[test]
fn a_scenario_can_be_made_to_hold_any_number_of_projects() {
    for count in [1, 5, 300] {
        let mut scenario = Scenario::named("demo").unwrap();
        scenario.resize(count);
        let site = Virtual::new(&scenario, 1);
        assert_eq!(site.world.projects().count(), usize::try_from(count).unwrap());
    }
}

#[test]
fn hostile_titles_are_hostile() {
    let site = Virtual::new(&Scenario::named("hostile").unwrap(), 1);
    let titles: Vec<_> = site.world.projects().map(|project| project.title().to_owned()).collect();
    let all = titles.concat();
    for part in ["\u{1b}[", "\u{7}", "\u{0}", "\u{202e}", "إ", "👩‍👩‍👧‍👦", "\n"] {
        assert!(all.contains(part), "{part:?}");
    }
    assert!(titles.iter().any(|title| title.len() == 10_000));
    assert!(titles.iter().any(String::is_empty));
}
