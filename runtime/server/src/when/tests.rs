//! What choices come to and what moments are called, with the clocks of several zones.

use proptest::prelude::*;

use super::*;

/// Zones that go back and forth at midnight, half an hour after it or by half hours, that changed
/// the side of the date line, and that never change.
const ZONES: [&str; 9] = [
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",
    "America/Havana",
    "America/Scoresbysund",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
];

/// In seconds.
const DAY: i64 = 86_400;

fn at(text: &str) -> Timestamp {
    text.parse::<Zoned>().unwrap().timestamp()
}

/// What a choice comes to, as clocks of the zone show it.
fn chosen(choice: &str, now: &str) -> String {
    let now = now.parse::<Zoned>().unwrap();
    let until = choice.parse::<Until>().unwrap();
    match until.resolve(now.timestamp(), now.time_zone()) {
        Ok(Some(moment)) => {
            moment.to_zoned(now.time_zone().clone()).strftime("%a %Y-%m-%dT%H:%M:%S%:z").to_string()
        }
        Ok(None) => "never".to_owned(),
        Err(words) => words,
    }
}

#[test]
fn choices_come_to_moments() {
    let now = "2026-07-29T15:00:30+02:00[Europe/Berlin]";
    for (choice, moment) in [
        ("1h", "Wed 2026-07-29T16:00:30+02:00"),
        ("today", "Wed 2026-07-29T23:59:00+02:00"),
        ("friday", "Fri 2026-07-31T18:00:00+02:00"),
        ("30d", "Fri 2026-08-28T15:00:30+02:00"),
        ("2026-12-31", "Thu 2026-12-31T23:59:00+01:00"),
        ("2026-12-31T18:00", "Thu 2026-12-31T18:00:00+01:00"),
        ("2026-12-31T18:00:09", "Thu 2026-12-31T18:00:09+01:00"),
        ("never", "never"),
    ] {
        assert_eq!(chosen(choice, now), moment, "{choice}");
    }
}

#[test]
fn friday_is_two_hours_ahead_at_least() {
    for (now, moment) in [
        ("2026-07-31T16:00:00+02:00[Europe/Berlin]", "Fri 2026-07-31T18:00:00+02:00"),
        ("2026-07-31T16:00:01+02:00[Europe/Berlin]", "Fri 2026-08-07T18:00:00+02:00"),
        ("2026-08-01T00:00:00+02:00[Europe/Berlin]", "Fri 2026-08-07T18:00:00+02:00"),
        // There was no 30 December 2011, a Friday, where the date line was crossed.
        ("2011-12-29T12:00:00-10:00[Pacific/Apia]", "Fri 2012-01-06T18:00:00+14:00"),
    ] {
        assert_eq!(chosen("friday", now), moment, "{now}");
    }
}

#[test]
fn clocks_that_go_back_or_forth_give_the_last_minute_of_a_day() {
    for (choice, now, moment) in [
        // 24:00 is 23:00 again: the second 23:59.
        ("today", "2024-10-31T12:00+03:00[Africa/Cairo]", "Thu 2024-10-31T23:59:00+02:00"),
        // 00:01 is 23:01 of the day before again.
        ("today", "2010-11-06T23:30-03:30[America/St_Johns]", "Sat 2010-11-06T23:59:00-03:30"),
        // 01:00 is 00:00 again: midnight comes twice, 23:59 once.
        ("today", "2024-11-02T12:00-04:00[America/Havana]", "Sat 2024-11-02T23:59:00-04:00"),
        // 23:00 is 00:00 of the next day.
        ("today", "2025-03-29T12:00-02:00[America/Scoresbysund]", "Sat 2025-03-29T22:59:00-02:00"),
        // A day that was skipped ended with the one before.
        ("2011-12-30", "2011-12-29T12:00-10:00[Pacific/Apia]", "Thu 2011-12-29T23:59:00-10:00"),
        // 02:30 is skipped, and comes twice.
        (
            "2026-03-29T02:30",
            "2026-03-28T12:00+01:00[Europe/Berlin]",
            "Sun 2026-03-29T03:30:00+02:00",
        ),
        (
            "2026-10-25T02:30",
            "2026-10-25T02:40+02:00[Europe/Berlin]",
            "Sun 2026-10-25T02:30:00+01:00",
        ),
    ] {
        assert_eq!(chosen(choice, now), moment, "{choice} at {now}");
    }
}

#[test]
fn what_cannot_be_chosen_is_said_in_words() {
    let now = "2026-07-29T15:00:30+02:00[Europe/Berlin]";
    assert_eq!(
        chosen("2026-07-28", now),
        "Tuesday, 28 July 2026, 23:59 (Europe/Berlin) is in the past: it is Wednesday, 29 July 2026, 15:00 (Europe/Berlin)"
    );
    assert!(chosen("2026-07-29T15:00", now).contains("in the past"));
    let late = "2026-07-29T23:59:00+02:00[Europe/Berlin]";
    assert!(chosen("today", late).contains("less than a minute is left of today"));
    assert_eq!(chosen("9999-12-31", now), TOO_FAR);
    let long = "x".repeat(10_000);
    for bad in [
        "",
        "2h",
        "Today",
        "2026-02-30",
        "2026-12-31T25:00",
        "2026-12-31T18:00Z",
        "2026-12-31T18:00+02",
        "١٢٣٤٥",
        &long,
    ] {
        let words = bad.parse::<Until>().unwrap_err();
        assert!(words.contains("1h, today, friday, 30d, never") && words.len() < 400, "{words}");
    }
}

#[test]
fn zones_are_found_with_and_without_the_systems_database() {
    for name in ZONES {
        assert_eq!(zone(name).unwrap().iana_name(), Some(name));
        assert!(TimeZoneDatabase::bundled().get(name).is_ok(), "{name}");
    }
    let words = zone("Europe/Berln").unwrap_err();
    assert!(words.contains("IANA") && words.contains("did you mean `Europe/Berlin`?"), "{words}");
    for bad in ["", "Etc/Unknown", "../../etc/passwd", "+02:00", &"é".repeat(10_000)] {
        let words = zone(bad).unwrap_err();
        assert!(words.contains("such as Europe/Berlin or UTC") && words.len() < 400, "{words}");
    }
}

#[test]
fn moments_are_called_as_people_call_them() {
    let zone = zone("Europe/Berlin").unwrap();
    let now = at("2026-07-29T15:00+02:00[Europe/Berlin]");
    for (moment_, words) in [
        ("2026-07-28T09:05+02:00[Europe/Berlin]", "yesterday, 09:05"),
        ("2026-07-29T17:30+02:00[Europe/Berlin]", "today, 17:30"),
        ("2026-07-30T09:00+02:00[Europe/Berlin]", "tomorrow, 09:00"),
        ("2026-07-31T18:00+02:00[Europe/Berlin]", "Friday, 18:00"),
        ("2026-08-04T00:00+02:00[Europe/Berlin]", "Tuesday, 00:00"),
        // The day of the week that it is would be taken for today.
        ("2026-08-05T10:00+02:00[Europe/Berlin]", "5 August"),
        ("2026-12-29T18:00+01:00[Europe/Berlin]", "29 December"),
        ("2027-12-29T18:00+01:00[Europe/Berlin]", "29 December 2027"),
        ("2025-07-29T18:00+02:00[Europe/Berlin]", "29 July 2025"),
        // It is already tomorrow there.
        ("2026-07-29T23:30+00:00[UTC]", "tomorrow, 01:30"),
    ] {
        assert_eq!(moment(at(moment_), now, &zone), words);
    }
    assert_eq!(exact(now, &zone), "Wednesday, 29 July 2026, 15:00 (Europe/Berlin)");
}

#[test]
fn what_is_left_and_what_is_past_is_counted() {
    let zone = zone("Europe/Berlin").unwrap();
    let now = at("2026-07-29T15:00+02:00[Europe/Berlin]");
    let after = |seconds: i64| now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    for (seconds, words) in [
        (-1, "ended"),
        (0, "ended"),
        (59, "in less than a minute"),
        (60, "in 1 minute"),
        (41 * 60 + 59, "in 41 minutes"),
        (3_600, "in 1 hour"),
        (DAY - 1, "in 23 hours"),
        (DAY, "in 1 day"),
        // 18:00 the day after tomorrow, and 01:00 of that day.
        (2 * DAY + 3 * 3_600, "in 2 days"),
        (DAY + 10 * 3_600, "in 2 days"),
        (30 * DAY, "in 30 days"),
        (59 * DAY, "in 59 days"),
        (60 * DAY, "in 2 months"),
        (365 * DAY, "in 12 months"),
        (730 * DAY, "in 2 years"),
    ] {
        assert_eq!(remaining(after(seconds), now, &zone), words, "{seconds}");
    }
    for (seconds, words) in [
        (-3_600, "just now"),
        (59, "just now"),
        (2 * 60, "2 min ago"),
        (3_600, "1 h ago"),
        (15 * 3_600, "15 h ago"),
        (15 * 3_600 + 1, "yesterday"),
        (2 * DAY, "2 days ago"),
        (6 * DAY, "6 days ago"),
        (7 * DAY, "22 July"),
        (365 * DAY, "29 July 2025"),
    ] {
        assert_eq!(ago(after(-seconds), now, &zone), words, "{seconds}");
        assert_eq!(used(Some(after(-seconds)), now, &zone), words, "{seconds}");
    }
    assert_eq!(used(None, now, &zone), "never used");
}

/// Any moment from 1970 to 2100, and any of the zones.
fn somewhen() -> impl Strategy<Value = (Timestamp, TimeZone)> {
    let moment = (0_i64..4_102_444_800_000).prop_map(|ms| Timestamp::from_millisecond(ms).unwrap());
    (moment, prop::sample::select(&ZONES[..]).prop_map(|name| zone(name).unwrap()))
}

proptest! {
    #[test]
    fn nothing_resolves_into_the_past(
        (now, zone) in somewhen(),
        choice in prop_oneof![
            prop::sample::select(&["1h", "today", "friday", "30d"][..]).prop_map(str::to_owned),
            "(19[7-9][0-9]|20[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])(T([01][0-9]|2[0-3]):[0-5][0-9])?",
        ],
    ) {
        let until = choice.parse::<Until>().unwrap();
        match until.resolve(now, &zone) {
            Ok(Some(moment)) => prop_assert!(moment > now),
            Ok(None) => prop_assert!(false, "{choice} has an end"),
            Err(words) => prop_assert!(
                words.contains("in the past") || words.contains("less than a minute"), "{words}"
            ),
        }
    }

    #[test]
    fn friday_is_the_next_friday_evening((now, zone) in somewhen()) {
        let friday = Until::Friday.resolve(now, &zone).unwrap().unwrap();
        let local = friday.to_zoned(zone.clone());
        prop_assert_eq!(local.weekday(), Weekday::Friday);
        prop_assert_eq!(local.time(), jiff::civil::time(18, 0, 0, 0));
        let ahead = friday.duration_since(now);
        prop_assert!(ahead >= FRIDAY_AHEAD);
        // An hour for the clocks; two weeks where the date line was crossed.
        let weeks = if zone.iana_name() == Some("Pacific/Apia") { 2 } else { 1 };
        prop_assert!(ahead <= SignedDuration::from_hours(weeks * 168 + 3), "{ahead}");
    }

    #[test]
    fn today_ends_today((now, zone) in somewhen()) {
        if let Ok(Some(end)) = Until::Today.resolve(now, &zone) {
            let (local, end) = (now.to_zoned(zone.clone()), end.to_zoned(zone.clone()));
            prop_assert_eq!(local.date(), end.date());
            // A minute later it is another day.
            prop_assert!(end.checked_add(1.minute()).unwrap().date() > local.date());
        }
    }

    #[test]
    fn any_two_moments_have_words((now, zone) in somewhen(), (at, _) in somewhen()) {
        for words in [moment(at, now, &zone), remaining(at, now, &zone), ago(at, now, &zone), exact(at, &zone)] {
            prop_assert!((5..80).contains(&words.len()), "{words}");
        }
        prop_assert_eq!(remaining(at, now, &zone) == "ended", at <= now);
    }
}
