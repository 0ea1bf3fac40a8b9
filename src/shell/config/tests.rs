//! The settings as a person writes them.

use super::load::read;
use super::sources::Request;
use super::*;
use crate::domain::filter::Saved;

#[test]
fn filters_are_read_at_the_start_and_what_is_wrong_with_one_is_said() {
    let good = Config::over_defaults(
        "watch = \"@team or label:production\"\nmouse = false\n\
         [filters]\nteam = \"owner:ana or owner:ben\"\nbad = \"status:errored\"\nlate = \"state:sent\"",
    )
    .unwrap();
    let whole = Query::parse(
        "owner:ana or owner:ben or label:production",
        Subject::Projects,
        &Saved::new(),
    );
    assert_eq!(Ok(good.engine().watch_filter), whole.map_err(|error| error.to_string()));
    assert!(!good.mouse);
    for (text, reason) in [
        ("watch = \"status:running\"", ":1:9: watch: `status:` says nothing about projects"),
        ("watch = \"(owner:ana\"", ":1:9: watch: there is no `)`"),
        ("watch = \"@team\"", ":1:9: watch: no filter is kept as `@team`"),
        ("[filters]\nbad = \"age>soon\"", ":2:7: filters: in `bad`: `soon` is no age"),
        ("[filters]\n\"a b\" = \"x\"", ":2:9: filters: `a b` is no name"),
        ("[filters]\na = \"@a\"", ":2:5: filters: in `a`: in `@a`: "),
    ] {
        let said = Config::over_defaults(text).unwrap_err();
        let said = said.strip_prefix("config.toml").unwrap();
        assert!(said.starts_with(reason), "{text}: {said}");
    }
}

#[test]
fn a_token_in_the_wrong_place_is_not_repeated() {
    for (text, reason) in [
        ("\napi_token = \"hxtp_0123456789\"", ":2:1: unknown setting `api_token`"),
        (
            "token_command = \"hxtp_0123456789\"",
            ":1:17: token_command is \"…\", but must be a list",
        ),
        ("token_file = hxtp_0123456789", ":1:14: "),
        ("projects = [\"hxtp_0123456789", ":1:29: "),
    ] {
        let said = Config::over_defaults(text).unwrap_err();
        let said = said.strip_prefix("config.toml").unwrap();
        assert!(said.starts_with(reason) && !said.contains("0123"), "{text}: {said}");
    }
}

#[test]
fn the_shipped_file_is_the_default_and_a_persons_file_goes_over_it() {
    let default = Config::over_defaults(DEFAULTS).unwrap();
    assert_eq!(default, Config::default());
    let own = Config::over_defaults("projects = [\"Churn model\"]\npaths = \"legacy\"").unwrap();
    let expected =
        Config { projects: vec!["Churn model".to_owned()], paths: Paths::Legacy, ..default };
    assert_eq!(own, expected);
}

#[test]
fn what_does_not_fit_is_named() {
    for (text, named) in [
        ("colour = 1", "colour"),
        ("# mine\nkernels = \"many\"", ":2:11: kernels"),
        ("paths = \"old\"", "old"),
        ("requests_per_minute = 0", "requests_per_minute"),
        ("timeout_seconds = 301", "timeout_seconds"),
        ("token = \"hxtp_1\"", "token_file"),
        ("projects = ", ":1:12: "),
        ("time_zone = \"Mars\"", "time_zone"),
        ("false_alarms = \"never\"", "false_alarms"),
        ("quiet_hours = \"at night\"", "quiet_hours"),
        ("notify = \"loud\"", "notify"),
        ("notify_command = [\"\"]", "notify_command"),
        ("sort_runs = \"age\"", "sort_runs: `age` is none of status"),
        ("sort_projects = \"-usual\"", "sort_projects: `-usual` is none of title"),
        ("columns = [\"colour\"]", "columns is \"colour\", but must be one of run"),
        ("date_format = \"dd\"", "date_format is \"dd\", but must be"),
        ("[keys.panes]\nfreeze = \"t\"", "to trigger and to freeze"),
        ("[keys.panes]\nfreeze = 7", "a text such as"),
        ("[keys]\nfreeze = \"t\"", "freeze"),
    ] {
        let reason = Config::over_defaults(text).unwrap_err();
        assert!(reason.contains(named), "{text}: {reason}");
        assert!(!reason.contains("hxtp_1"), "a token is not repeated");
    }
}

#[test]
fn paths_in_the_settings_are_beside_the_file_and_a_tilde_is_the_home() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("settings.toml");
    let home = path::home().unwrap();
    for (written, expected) in [
        ("data", dir.path().join("data")),
        ("../data", dir.path().join("../data")),
        ("~/data", home.join("data")),
        ("/srv/data", PathBuf::from("/srv/data")),
    ] {
        let text = format!("data_dir = {written:?}\ntoken_file = {written:?}\n");
        std::fs::write(&file, text).unwrap();
        let config = Config::load(&file, true).unwrap();
        assert_eq!(config.data_dir().unwrap(), expected, "{written}");
        assert_eq!(config.token_source().unwrap(), TokenSource::File(expected), "{written}");
    }
    let words = |command: &str| {
        std::fs::write(&file, format!("token_command = {command}\n")).unwrap();
        Config::load(&file, true).unwrap().token_source().unwrap()
    };
    let key = home.join("key").into_os_string();
    assert_eq!(
        words(r#"["./get", "~/key", "a/b", "~"]"#),
        TokenSource::Command(vec![dir.path().join("./get").into(), key, "a/b".into(), "~".into()])
    );
    assert_eq!(words(r#"["pass"]"#), TokenSource::Command(vec!["pass".into()]));
    std::fs::write(&file, "data_dir = \"~ana/x\"").unwrap();
    let refusal = Config::load(&file, true).unwrap().data_dir().unwrap_err().to_string();
    assert!(refusal.contains("data_dir: ~ana/x"), "{refusal}");
}

#[test]
fn a_missing_file_matters_only_if_it_was_asked_for() {
    let nowhere = Path::new("/nowhere/config.toml");
    assert!(Config::load(nowhere, false).is_ok());
    assert!(matches!(Config::load(nowhere, true), Err(ConfigError::Unreadable(..))));
}

/// The page of the manual with the table as it must be.
fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/help/settings.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once("## All settings\n\n").unwrap();
    let (_, after) = rest.split_once("\n## ").unwrap();
    format!("{before}## All settings\n\n{}\n## {after}", describe::table())
}

#[test]
fn the_shipped_file_the_schema_and_the_table_are_those_of_the_type() {
    for (file, made) in [
        ("assets/config.toml", describe::commented_file()),
        ("assets/help/settings.md", page()),
        ("assets/config.schema.json", format!("{:#}\n", describe::schema())),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        if std::env::var_os("HEXTOP_WRITE").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == made, "HEXTOP_WRITE=1 cargo test --lib the_shipped_file writes {file}");
    }
}

/// What is wrong with a file, told by the name that it has here.
fn faults(text: &str, environment: &[(&str, &str)], profile: Option<&str>) -> Vec<String> {
    match of(text, environment, profile) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

fn of(
    text: &str,
    environment: &[(&str, &str)],
    profile: Option<&str>,
) -> Result<Loaded, Vec<Problem>> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    read(&Request {
        file: Some((PathBuf::from("c.toml"), text.to_owned())),
        profile: profile.map(str::to_owned),
        environment: environment.iter().map(own).collect(),
    })
}

#[test]
fn everything_that_is_wrong_is_told_at_once_each_with_its_place() {
    let text =
        "teme = \"dark\"\nkernels = 0\nmouse = 1\n\n[[rules]]\nname = \"a\"\nread_onl = true\n";
    assert_eq!(
        faults(text, &[], None),
        [
            "c.toml:1:1: unknown setting `teme`: did you mean `theme`?",
            "c.toml:2:11: kernels is 0, but must be 1 to 10000",
            "c.toml:3:9: mouse is 1, but must be true or false",
            "c.toml:7:1: rules: unknown setting `read_onl`: did you mean `read_only`?",
        ]
    );
}

#[test]
fn the_environment_goes_before_the_file_and_is_named_where_it_is_wrong() {
    let text = "theme = \"dark\"\nkernels = 3\nprojects = [\"a\"]\n";
    let set =
        [("HEXTOP_THEME", "light"), ("HEXTOP_KERNELS", "4"), ("HEXTOP_PROJECTS", "[\"b\", \"c\"]")];
    let config = of(text, &set, None).unwrap().config;
    assert_eq!((config.theme.as_str(), config.kernels), ("light", 4));
    assert_eq!(config.projects, ["b", "c"]);
    for (variable, value, said) in [
        (
            "HEXTOP_KERNELS",
            "many",
            "HEXTOP_KERNELS: kernels is \"many\", but must be a whole number",
        ),
        ("HEXTOP_KERNELS", "0", "HEXTOP_KERNELS: kernels is 0, but must be 1 to 10000"),
        ("HEXTOP_PATHS", "old", "HEXTOP_PATHS: paths is \"old\", but must be one of auto"),
        ("HEXTOP_TIME_ZONE", "Mars", "HEXTOP_TIME_ZONE: time_zone is \"Mars\""),
    ] {
        let found = faults(text, &[(variable, value)], None);
        assert!(found.len() == 1 && found[0].starts_with(said), "{variable}={value}: {found:?}");
    }
    let loaded = of(text, &[("HEXTOP_TEME", "light"), ("HEXTOP_LOG", "debug")], None).unwrap();
    let note = "HEXTOP_TEME is no setting and does nothing: did you mean HEXTOP_THEME?";
    assert_eq!(loaded.notes, [note]);
    assert_eq!(of(text, &[("HEXTOP_THEME", "")], None).unwrap().config.theme, "dark");
}

const TWO: &str = "base_url = \"a.test\"\ntoken_file = \"a\"\ntheme = \"dark\"\nprojects = [\"x\"]\n\
    [filters]\nf = \"one\"\ng = \"two\"\n\
    [[rules]]\nname = \"of a\"\nread_only = true\n\
    [profiles.b]\nbase_url = \"b.test\"\ntoken_file = \"b\"\nlabel = \"B\"\nfilters = { f = \"three\" }\n\
    [profiles.c]\ntheme = \"light\"\n";

#[test]
fn a_profile_says_for_itself_what_is_about_its_workspace_and_else_what_differs() {
    let config = |profile| of(TWO, &[], profile).unwrap().config;
    let (usual, b, c) = (config(None), config(Some("b")), config(Some("c")));
    assert_eq!(usual.profiles, ["b", "c"]);
    let workspace = |config: &Config| (config.base_url.clone(), config.token_file.clone());
    assert_eq!(workspace(&usual), ("a.test".to_owned(), "a".to_owned()));
    assert_eq!(workspace(&b), ("b.test".to_owned(), "b".to_owned()));
    assert_eq!(workspace(&c), ("app.hex.tech".to_owned(), String::new()), "nothing of another");
    assert_eq!((usual.rules.len(), b.rules.len(), c.rules.len()), (1, 0, 0));
    assert!(b.projects.is_empty() && usual.projects == ["x"]);
    assert_eq!((b.theme.as_str(), c.theme.as_str()), ("dark", "light"));
    assert_eq!((b.filters["f"].as_str(), b.filters["g"].as_str()), ("three", "two"));
    assert_eq!((b.profile.as_str(), b.label.as_str()), ("b", "B"));
}

#[test]
fn the_profile_is_that_of_the_argument_else_of_the_environment_else_of_the_file() {
    let text = format!("profile = \"b\"\n{TWO}");
    let used = |environment: &[(&str, &str)], argument| {
        of(&text, environment, argument).unwrap().config.profile
    };
    let variable = [("HEXTOP_PROFILE", "c")];
    assert_eq!(used(&variable, Some("b")), "b");
    assert_eq!(used(&variable, None), "c");
    assert_eq!(used(&[], None), "b");
    assert_eq!(used(&[], Some("default")), "", "for once without one");
    assert_eq!(
        faults(TWO, &[], Some("bb")),
        ["profile: there is no profile `bb`: did you mean `b`? (there are b, c)"]
    );
    assert!(faults("", &[], Some("b"))[0].contains("[profiles.NAME]"));
    let refused = faults(TWO, &[("HEXTOP_BASE_URL", "e.test")], Some("b"));
    assert!(refused[0].starts_with("HEXTOP_BASE_URL cannot be used with a profile"), "{refused:?}");
    assert_eq!(of(TWO, &[("HEXTOP_BASE_URL", "e.test")], None).unwrap().config.base_url, "e.test");
}

#[test]
fn no_token_and_no_address_of_one_workspace_is_used_for_another() {
    let config = |profile| of(TWO, &[], profile).unwrap().config;
    assert_eq!(config(Some("c")).token_source().unwrap_err().to_string(), "there is no token");
    let refusal = config(Some("b")).address(Some("c.test")).unwrap_err().to_string();
    assert!(refusal.contains("the profile `b`"), "{refusal}");
    assert_eq!(config(Some("b")).address(None).unwrap().to_string(), "https://b.test/api");
}

#[test]
fn every_profile_is_checked_and_what_is_wrong_is_told_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.toml");
    std::fs::write(
        &file,
        "kernels = 3\n[profiles.a]\nkernels = 0\n[profiles.b]\npaths = \"new\"\nprofile = \"a\"\n",
    )
    .unwrap();
    let (problems, _) = Config::check(Some(&file), true, None).unwrap();
    let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let prefix = format!("{}:", file.display());
    let said: Vec<_> = said.iter().map(|one| one.strip_prefix(&prefix).unwrap()).collect();
    assert_eq!(
        said,
        [
            "3:11: kernels is 0, but must be 1 to 10000",
            "6:1: profile: stands in a profile, where it means nothing: take it out",
        ]
    );
}

#[test]
fn a_teams_files_hold_beside_the_own_settings() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    std::fs::write(
        at("config.toml"),
        "include = [\"t.toml\"]\nprotected = [\"a\"]\n[filters]\nf = \"own\"\n",
    )
    .unwrap();
    std::fs::write(
        at("t.toml"),
        "protected = [\"b\"]\nfilters = { f = \"theirs\", g = \"more\" }\n\
         [[rules]]\nname = \"r\"\nread_only = true\n[[inputs]]\nproject = \"p\"\nname = \"n\"\n",
    )
    .unwrap();
    let load = || Config::load(&at("config.toml"), true);
    let config = load().unwrap();
    assert_eq!(config.protected, ["a", "b"]);
    assert_eq!((config.filters["f"].as_str(), config.filters["g"].as_str()), ("own", "more"));
    assert_eq!((config.rules.len(), config.inputs.len()), (1, 1));
    for (text, said) in [
        ("theme = \"dark\"", "t.toml:1:1: theme: does not belong into an included file"),
        ("[[rules]]\nname = \"r\"", "t.toml:1:1: rules: `r` says nothing"),
        ("protected = 3", "config.toml:2:13: protected is 3, but must be a list"),
        ("protected = [", "t.toml:1:14: "),
    ] {
        std::fs::write(at("t.toml"), text).unwrap();
        let found = load().unwrap_err().to_string();
        assert!(found.contains(said), "{text}: {found}");
    }
    std::fs::remove_file(at("t.toml")).unwrap();
    let gone = load().unwrap_err().to_string();
    assert!(
        gone.contains("config.toml:1:11: include: ") && gone.contains("cannot be read"),
        "{gone}"
    );
}

#[test]
fn what_is_said_of_a_setting_says_its_name_and_its_default_is_the_types() {
    let known = describe::properties();
    let defaults = serde_json::to_value(Config::default()).unwrap();
    assert_eq!(known.len(), defaults.as_object().unwrap().len());
    for property in &known {
        assert_eq!(
            property.schema.get("default"),
            defaults.get(&property.name),
            "{}",
            property.name
        );
        let first = property.description.split("\n\n").next().unwrap();
        assert!(first.ends_with('.') && first.len() < 300, "{}: {first}", property.name);
    }
    let schema = describe::schema();
    assert_eq!(schema["properties"]["kernels"]["maximum"], 10_000);
    assert_eq!(schema["additionalProperties"], false);
    assert!(
        schema["properties"]["profiles"]["additionalProperties"]["properties"]["label"].is_object()
    );
}

#[test]
fn what_is_wrong_with_a_profile_is_told_with_its_place_and_never_means_another_workspace() {
    for (text, profile, said) in [
        ("profile = 7\n", None, "c.toml:1:11: profile: it must be the name"),
        ("profile = \"zz\"\n", None, "c.toml:1:11: profile: there is no profile `zz`"),
        ("profiles = \"x\"\n", None, "c.toml:1:12: profiles: each profile is a table"),
        ("[profiles]\nx = 3\n", None, "c.toml:2:1: profiles: each profile is a table"),
        (
            "[profiles.default]\nlabel = \"D\"\n",
            None,
            "c.toml:1:11: profiles: `default` stands for",
        ),
        ("[profiles.\"a/b\"]\nlabel = \"D\"\n", None, "c.toml:1:11: profiles: a profile's name"),
        ("[profiles.a]\nlabel = \"A\"\n", Some(""), "--profile is empty"),
        ("mouse = tru\n[profiles.a]\n", Some("a"), "c.toml:1:9: "),
        ("base_url = \"ftp://x\"\n", None, "c.toml:1:12: base_url: "),
    ] {
        let found = faults(text, &[], profile);
        assert!(found[0].starts_with(said), "{text}: {found:?}");
    }
}

#[test]
fn a_variable_sets_one_setting_and_no_other() {
    let smuggled = "true\nbase_url = \"http://evil.example\"";
    let found = faults(TWO, &[("HEXTOP_MOUSE", smuggled)], Some("b"));
    assert_eq!(found, ["HEXTOP_MOUSE sets more than `mouse`: write its value alone, in one line"]);
}
