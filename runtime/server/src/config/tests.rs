//! What is read from where, and what is refused.

use clap::{Args as _, FromArgMatches as _};

use super::*;

fn gather(
    flags: &Flags,
    environment: &[(&str, &str)],
    toml: &str,
) -> Result<Settings, BadSettings> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("drawbridge.toml");
    std::fs::write(&file, toml).unwrap();
    Settings::gather(
        flags,
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        &file,
    )
}

#[test]
fn flags_beat_the_environment_and_that_beats_the_file() {
    let flags = Flags { listen: Some("127.0.0.1:1".to_owned()), ..Flags::default() };
    let environment = [
        ("DRAWBRIDGE_LISTEN", "127.0.0.1:2"),
        ("DRAWBRIDGE_MAX_RESULT_BYTES", "2000"),
        ("OTHER", "x"),
    ];
    let toml = "listen = '127.0.0.1:3'\nmax-result-bytes = 3000\nupstream-timeout = 3\nallowed-hosts = ['a.example', 'b.example:1']\nno-sandbox = true";
    let settings = gather(&flags, &environment, toml).unwrap();
    assert_eq!(settings.listen.port(), 1);
    assert_eq!(settings.max_result_bytes, 2000);
    assert_eq!(settings.upstream_timeout, Duration::from_secs(3));
    assert_eq!(settings.allowed_hosts, ["a.example", "b.example:1"]);
    assert!(settings.no_sandbox);
}

#[test]
fn limits_of_connections_have_defaults_and_bounds() {
    let settings = gather(&Flags::default(), &[], "").unwrap();
    assert_eq!(
        (settings.connections_per_address, settings.shutdown_grace),
        (2_048, Duration::from_secs(25))
    );
    assert!(!settings.trusted_proxies.contains([127, 0, 0, 1].into()), "nobody is trusted unasked");
    let toml =
        "trusted-proxies = ['10.0.0.0/8', '::1']\nconnections-per-address = 5\nshutdown-grace = 0";
    let settings = gather(&Flags::default(), &[], toml).unwrap();
    assert_eq!((settings.connections_per_address, settings.shutdown_grace), (5, Duration::ZERO));
    assert!(settings.trusted_proxies.contains([10, 1, 2, 3].into()));
    let text = gather(
        &Flags::default(),
        &[],
        "trusted-proxies = 'proxy'\nconnections-per-address = 0\nshutdown-grace = -1",
    )
    .unwrap_err();
    assert!(
        ["trusted-proxies", "connections-per-address", "shutdown-grace"]
            .iter()
            .all(|name| text.to_string().contains(name)),
        "{text}"
    );
}

#[test]
fn every_bad_setting_is_named_at_once_with_its_source_and_without_secrets() {
    let flags = Flags { listen: Some("nowhere".to_owned()), ..Flags::default() };
    let environment = [
        ("DRAWBRIDGE_LISTN", "x"),
        ("DRAWBRIDGE_MASTER_KEY", "c2VjcmV0"),
        ("DRAWBRIDGE_TEST_POSTGRES", "x"),
    ];
    let text =
        gather(&flags, &environment, "log-format = 'xml'\nfoo = 1\nupstream-hosts = ['http://x']")
            .unwrap_err()
            .to_string();
    for part in [
        "listen (from a flag)",
        "DRAWBRIDGE_LISTN",
        "master-key (from the environment)",
        "log-format (from",
        "foo (in",
        "upstream-hosts",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(!text.contains("c2VjcmV0"), "{text}");
}

#[test]
fn texts_of_the_environment_are_not_taken_for_numbers() {
    use secrecy::ExposeSecret;
    let settings = gather(&Flags::default(), &[("DRAWBRIDGE_ADMIN_TOKEN", "1e5")], "").unwrap();
    assert_eq!(settings.admin_token.unwrap().expose_secret(), "1e5");
}

/// Each `[default: …]` of the help, given as that flag, changes nothing. (`config` names the file
/// that is read here anyway.)
#[test]
fn the_help_tells_the_true_defaults() {
    let command = Flags::augment_args(clap::Command::new("x"));
    let told: Vec<(String, String)> = command
        .get_arguments()
        .filter_map(|argument| {
            let help = argument.get_help()?.to_string();
            let (_, rest) = help.split_once("[default: ")?;
            let (value, _) = rest.split_once(']')?;
            Some((argument.get_long()?.to_owned(), value.to_owned()))
        })
        .collect();
    let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    assert!(
        names.contains(&"max-result-bytes") && names.contains(&"upstream-timeout"),
        "{names:?}"
    );
    let unset = gather(&Flags::default(), &[], "").unwrap();
    assert_eq!((unset.max_result_bytes, unset.upstream_timeout), (64_000, upstream::TIMEOUT));
    for (name, value) in told.iter().filter(|(name, _)| name != "config") {
        let given = command.clone().get_matches_from(["x", &format!("--{name}"), value]);
        let flags = Flags::from_arg_matches(&given).unwrap();
        let settings = gather(&flags, &[], "").unwrap();
        assert_eq!(format!("{settings:?}"), format!("{unset:?}"), "{name} {value}");
    }
}

#[test]
fn logs_are_kept_for_days_or_for_a_time_with_its_unit() {
    use super::parse::retention;
    for (text, seconds) in
        [("90", 7_776_000), ("1d", 86_400), ("36h", 129_600), ("90m", 5_400), ("1s", 1)]
    {
        assert_eq!(retention(text).unwrap().as_secs(), seconds, "{text}");
    }
    for bad in ["", "0", "0s", "-1", "1.5", "d", "1w", "36501", "99999999999999999999", "1é"] {
        assert!(retention(bad).unwrap_err().contains("days from 1 to 36500"), "{bad}");
    }
}

#[test]
fn a_time_zone_is_known_by_its_name() {
    let zone = |flags: &Flags, environment: &[(&str, &str)], toml: &str| {
        let settings = gather(flags, environment, toml);
        settings.map(|settings| settings.timezone.iana_name().unwrap().to_owned())
    };
    let named = |name: &str| Flags { timezone: Some(name.to_owned()), ..Flags::default() };
    let toml = "timezone = 'Asia/Tokyo'";
    let variables = [("DRAWBRIDGE_TIMEZONE", "America/St_Johns")];
    assert_eq!(zone(&Flags::default(), &[], "").unwrap(), "UTC");
    assert_eq!(zone(&Flags::default(), &[], toml).unwrap(), "Asia/Tokyo");
    assert_eq!(zone(&Flags::default(), &variables, toml).unwrap(), "America/St_Johns");
    assert_eq!(zone(&named("Europe/Berlin"), &variables, toml).unwrap(), "Europe/Berlin");
    let text = zone(&named("Berlin"), &[], "").unwrap_err().to_string();
    assert!(text.contains("timezone (from a flag): `Berlin` is no IANA name"), "{text}");
    let text = zone(&Flags::default(), &[], "timezone = 'europe/berln'").unwrap_err().to_string();
    assert!(text.contains("did you mean `Europe/Berlin`?"), "{text}");
}
