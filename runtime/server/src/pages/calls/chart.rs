//! Charts as plain figures: what stands where in a picture that is as wide as its page, and the
//! words for each value.

use jiff::tz::TimeZone;

use super::bins::{Bin, Width, bucket_words, quantile};
use crate::pages::exposure::{counted, number, sentence};
use crate::provision::ToolRow;

/// The height of a picture, and the width of a horizontal bar that is full.
const FULL: u64 = 1_000;
/// The width of a column with the room around it.
const STEP: usize = 10;
/// How many things have a bar of their own.
const NAMED: usize = 10;

/// Columns, one for each bin.
#[derive(Debug, Hash)]
pub(in crate::pages) struct Columns {
    /// What a reader who does not see it is told.
    pub(in crate::pages) name: String,
    pub(in crate::pages) width: usize,
    /// What the full height is.
    pub(in crate::pages) most: String,
    pub(in crate::pages) all: Vec<Column>,
    pub(in crate::pages) ticks: Vec<String>,
    /// When, how many, how many of them failed.
    pub(in crate::pages) numbers: Vec<[String; 3]>,
}

/// A column: from the top, what failed, then what went well.
#[derive(Debug, Hash, PartialEq, Eq)]
pub(in crate::pages) struct Column {
    pub(in crate::pages) x: usize,
    pub(in crate::pages) words: String,
    pub(in crate::pages) failed: Option<Piece>,
    pub(in crate::pages) ok: Option<Piece>,
}

#[derive(Debug, Hash, PartialEq, Eq)]
pub(in crate::pages) struct Piece {
    pub(in crate::pages) y: u64,
    pub(in crate::pages) height: u64,
}

/// Two lines over the bins.
#[derive(Debug, Hash)]
pub(in crate::pages) struct Lines {
    pub(in crate::pages) name: String,
    pub(in crate::pages) width: usize,
    pub(in crate::pages) most: String,
    /// Half of the calls, and 95 of a hundred, as paths.
    pub(in crate::pages) half: String,
    pub(in crate::pages) nearly_all: String,
    /// Where a value is told, and which.
    pub(in crate::pages) spots: Vec<(usize, String)>,
    pub(in crate::pages) ticks: Vec<String>,
    pub(in crate::pages) numbers: Vec<[String; 3]>,
}

/// Horizontal bars.
#[derive(Debug, Hash, Default)]
pub(in crate::pages) struct Bars {
    pub(in crate::pages) name: String,
    pub(in crate::pages) rows: Vec<BarRow>,
    /// How many rows high it is, so that one row more moves nothing.
    pub(in crate::pages) room: usize,
}

#[derive(Debug, Hash, PartialEq, Eq)]
pub(in crate::pages) struct BarRow {
    pub(in crate::pages) label: String,
    /// Whether the label is the name of something.
    pub(in crate::pages) is_name: bool,
    pub(in crate::pages) ok: u64,
    pub(in crate::pages) failed: u64,
    pub(in crate::pages) words: String,
    pub(in crate::pages) note: String,
}

impl BarRow {
    /// The name in the pieces that a line may end between.
    pub(in crate::pages) fn pieces(&self) -> impl Iterator<Item = &str> {
        self.label.split_inclusive('_')
    }
}

/// The next round number.
fn round(most: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for step in [1, 2, 5] {
            if most <= power.saturating_mul(step) {
                return power.saturating_mul(step);
            }
        }
        power = power.saturating_mul(10);
    }
}

/// How much of a full length this part is; what there is can be seen.
pub(super) fn part(count: u64, most: u64) -> u64 {
    if count == 0 || most == 0 {
        return 0;
    }
    let length = u128::from(count) * u128::from(FULL) / u128::from(most);
    u64::try_from(length).unwrap_or(FULL).clamp(8, FULL)
}

/// Of `total` calls the part that failed.
fn of_total(total: u64, failed: u64) -> String {
    let failed = if failed == 0 { String::new() } else { format!(", {} failed", number(failed)) };
    format!("{}{failed}", counted(total, "call", "calls"))
}

/// When a bin is.
fn label(bin: &Bin, width: Width, zone: &TimeZone) -> String {
    let (start, end) = (bin.start.to_zoned(zone.clone()), bin.end.to_zoned(zone.clone()));
    match width {
        Width::Hours(_) => format!("{}–{}", start.strftime("%-d %b, %H:%M"), end.strftime("%H:%M")),
        Width::Days(1) => start.strftime("%a, %-d %b").to_string(),
        Width::Days(_) => {
            let last = end.yesterday().unwrap_or(end);
            format!("{} – {}", start.strftime("%-d %b %Y"), last.strftime("%-d %b %Y"))
        }
    }
}

/// The beginning, the middle and the end.
fn ticks(bins: &[Bin], width: Width, zone: &TimeZone) -> Vec<String> {
    let form = if matches!(width, Width::Hours(_)) { "%-d %b, %H:%M" } else { "%-d %b %Y" };
    let words = |at: jiff::Timestamp| at.to_zoned(zone.clone()).strftime(form).to_string();
    let (Some(first), Some(last)) = (bins.first(), bins.last()) else { return Vec::new() };
    let middle = (bins.len() > 4).then(|| bins.get(bins.len() / 2)).flatten();
    let middle = middle.map(|bin| words(bin.start));
    [Some(words(first.start)), middle, Some(words(last.end))].into_iter().flatten().collect()
}

/// How wide a bin is, as the rest of a title.
pub(super) fn by(width: Width) -> String {
    match width {
        Width::Hours(1) => "by hour".to_owned(),
        Width::Hours(hours) => format!("by {hours} hours"),
        Width::Days(1) => "by day".to_owned(),
        Width::Days(days) => format!("by {days} days"),
    }
}

impl Columns {
    /// How many calls there were, and how many failed.
    pub(super) fn of(bins: &[Bin], width: Width, zone: &TimeZone) -> Self {
        let most = round(bins.iter().map(Bin::total).max().unwrap_or_default());
        let column = |(index, bin): (usize, &Bin)| {
            let (total, failed) = (bin.total(), bin.failed.min(bin.total()));
            let height = part(total, most);
            // Both are seen where there are both.
            let mut red = part(failed, most).min(height);
            if failed < total {
                red = red.min(height.saturating_sub(4));
            }
            let piece = |y, height| (height > 0).then_some(Piece { y, height });
            Column {
                x: index * STEP,
                words: format!("{}: {}", label(bin, width, zone), of_total(total, failed)),
                failed: piece(FULL - height, red),
                ok: piece(FULL - height + red, height - red),
            }
        };
        let numbers = bins
            .iter()
            .filter(|bin| bin.total() > 0)
            .map(|bin| [label(bin, width, zone), number(bin.total()), number(bin.failed)]);
        let total = bins.iter().map(Bin::total).sum();
        let failed = bins.iter().map(|bin| bin.failed).sum();
        Self {
            name: format!("Calls {}: {}.", by(width), of_total(total, failed)),
            width: bins.len() * STEP,
            most: number(most),
            all: bins.iter().enumerate().map(column).collect(),
            ticks: ticks(bins, width, zone),
            numbers: numbers.collect(),
        }
    }
}

impl Lines {
    /// How long calls took: half of them, and 95 of a hundred.
    pub(super) fn of(bins: &[Bin], width: Width, zone: &TimeZone) -> Self {
        let found: Vec<_> =
            bins.iter().map(|bin| quantile(&bin.calls, 50).zip(quantile(&bin.calls, 95))).collect();
        let top = found.iter().flatten().map(|(_, most)| *most).max().unwrap_or_default().max(2);
        let there = || bins.iter().zip(&found).filter_map(|(bin, two)| Some((bin, (*two)?)));
        let words = |(half, most): (usize, usize)| (bucket_words(half), bucket_words(most));
        let spots = bins.iter().zip(&found).enumerate().filter_map(|(index, (bin, two))| {
            let (half, most) = words((*two)?);
            let when = label(bin, width, zone);
            Some((index * STEP, format!("{when}: half took {half}, 95 of 100 {most}")))
        });
        let numbers = there().map(|(bin, two)| {
            let (half, most) = words(two);
            [label(bin, width, zone), half, most]
        });
        let mut all = [0; crate::provision::BUCKETS.len()];
        for bin in bins {
            all.iter_mut().zip(bin.calls).for_each(|(sum, calls)| *sum += calls);
        }
        let name = match quantile(&all, 50).zip(quantile(&all, 95)).map(words) {
            Some((half, most)) => format!(
                "How long calls took {}. Over the whole period half took {half}, 95 of 100 {most}.",
                by(width)
            ),
            None => "How long calls took: there is none.".to_owned(),
        };
        let line = |of: fn((usize, usize)) -> usize| path(found.iter().map(|two| two.map(of)), top);
        Self {
            name,
            width: bins.len() * STEP,
            most: bucket_words(top),
            half: line(|two| two.0),
            nearly_all: line(|two| two.1),
            spots: spots.collect(),
            ticks: ticks(bins, width, zone),
            numbers: numbers.collect(),
        }
    }
}

/// A line of steps over the bins, broken where there is no value. The lowest bucket is not at the
/// bottom, so that it can be seen.
fn path(buckets: impl Iterator<Item = Option<usize>>, top: usize) -> String {
    use std::fmt::Write as _;
    let mut path = String::new();
    let mut drawn = false;
    for (index, bucket) in buckets.enumerate() {
        if let Some(bucket) = bucket {
            // A line that lies on the edge would be cut in half.
            let y = 990 - (bucket + 1).min(top + 1) * 980 / (top + 1);
            let (from, to) = (index * STEP, (index + 1) * STEP);
            // Writing to a text cannot fail.
            let _ =
                if drawn { write!(path, "V{y}H{to}") } else { write!(path, "M{from} {y}H{to}") };
        }
        drawn = bucket.is_some();
    }
    path
}

impl Bars {
    /// The tools with most calls, and the others together.
    pub(super) fn of_tools(counts: &[ToolRow]) -> Self {
        let found = summed(counts, |row| row.tool.as_str());
        let failed = |tool: &str| sum(counts, |row| row.tool == tool && row.status != "ok");
        let named: Vec<_> =
            found.iter().take(NAMED).map(|(tool, calls)| (*tool, *calls, failed(tool))).collect();
        let rest = found.iter().skip(NAMED).map(|(tool, calls)| (*calls, failed(tool)));
        let rest = rest.fold((0, 0), |sum, more| (sum.0 + more.0, sum.1 + more.1));
        let most = named.iter().map(|row| row.1).chain([rest.0]).max().unwrap_or_default();
        let row = |label: String, is_name, calls: u64, failed: u64| {
            let red = part(failed, most);
            let words = of_total(calls, failed);
            let ok = if failed >= calls { 0 } else { part(calls, most).saturating_sub(red).max(4) };
            BarRow { label, is_name, ok, failed: red, words, note: String::new() }
        };
        let mut rows: Vec<_> = named
            .iter()
            .map(|(tool, calls, failed)| row((*tool).to_owned(), true, *calls, *failed))
            .collect();
        if rest.0 > 0 {
            let others = counted(found.len() - NAMED, "other tool", "other tools");
            rows.push(row(others, false, rest.0, rest.1));
        }
        Self::named("Calls by tool", rows)
    }

    /// The kinds of failure.
    pub(super) fn of_failures(counts: &[ToolRow]) -> Self {
        let failed: Vec<_> = counts.iter().filter(|row| row.status != "ok").cloned().collect();
        let found = summed(&failed, |row| row.status.as_str());
        let most = found.first().map(|(_, calls)| *calls).unwrap_or_default();
        let rows = found.iter().map(|(status, calls)| BarRow {
            label: sentence(status),
            is_name: false,
            ok: 0,
            failed: part(*calls, most),
            words: counted(*calls, "call", "calls"),
            note: String::new(),
        });
        Self::named("Failed calls by kind", rows.collect())
    }

    pub(super) fn named(what: &str, rows: Vec<BarRow>) -> Self {
        let room = if rows.len() > 6 {
            11
        } else if rows.len() > 3 {
            6
        } else {
            3
        };
        let name = match rows.first() {
            Some(first) => format!("{what}. First is {}: {}.", first.label, first.words),
            None => format!("{what}: there is none."),
        };
        Self { name, rows, room }
    }
}

/// The counts of what is alike, the largest first.
fn summed<'r>(counts: &'r [ToolRow], key: fn(&'r ToolRow) -> &'r str) -> Vec<(&'r str, u64)> {
    let mut sums = std::collections::BTreeMap::new();
    for row in counts {
        *sums.entry(key(row)).or_insert(0) += u64::try_from(row.calls).unwrap_or_default();
    }
    let mut found: Vec<_> = sums.into_iter().collect();
    found.sort_by_key(|(_, calls)| std::cmp::Reverse(*calls));
    found
}

/// How many calls there are of such counts.
pub(super) fn sum(counts: &[ToolRow], such: impl Fn(&ToolRow) -> bool) -> u64 {
    let fitting = counts.iter().filter(|row| such(row));
    fitting.map(|row| u64::try_from(row.calls).unwrap_or_default()).sum()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn bin(hour: i64, failed: u64, calls: &[(usize, u64)]) -> Bin {
        let at = |hour: i64| Timestamp::from_second(hour * 3_600).unwrap();
        let mut bin = Bin { start: at(hour), end: at(hour + 1), failed, calls: [0; 13] };
        for (bucket, count) in calls {
            bin.calls[*bucket] = *count;
        }
        bin
    }

    fn tool(tool: &str, status: &str, calls: i64) -> ToolRow {
        ToolRow { tool: tool.to_owned(), status: status.to_owned(), calls }
    }

    #[test]
    fn columns_are_as_high_as_their_counts() {
        let bins = [bin(0, 0, &[(0, 50)]), bin(1, 0, &[]), bin(2, 10, &[(0, 5), (3, 15)])];
        let chart = Columns::of(&bins, Width::Hours(1), &TimeZone::UTC);
        assert_eq!((chart.width, chart.most.as_str()), (30, "50"));
        assert_eq!(chart.name, "Calls by hour: 70 calls, 10 failed.");
        let piece = |y, height| Some(Piece { y, height });
        let [full, none, mixed] = &chart.all[..] else { panic!("three columns") };
        assert_eq!((&full.ok, &full.failed), (&piece(0, 1_000), &None));
        assert_eq!((&none.ok, &none.failed), (&None, &None));
        assert_eq!((&mixed.ok, &mixed.failed), (&piece(800, 200), &piece(600, 200)));
        assert_eq!(mixed.words, "1 Jan, 02:00–03:00: 20 calls, 10 failed");
        // Hours without a call are not among the numbers.
        assert_eq!(chart.numbers.len(), 2);
        assert_eq!(chart.numbers[1], ["1 Jan, 02:00–03:00", "20", "10"]);
    }

    #[test]
    fn what_is_little_is_seen_and_what_all_failed_is_no_success() {
        let bins = [bin(0, 1, &[(0, 10_000)]), bin(1, 3, &[(0, 3)])];
        let chart = Columns::of(&bins, Width::Hours(1), &TimeZone::UTC);
        assert_eq!(chart.all[0].failed.as_ref().unwrap().height, 8);
        assert_eq!(chart.all[1].failed.as_ref().unwrap().height, 8);
        assert_eq!(chart.all[1].ok, None);
        let empty = Columns::of(&[], Width::Hours(1), &TimeZone::UTC);
        assert_eq!((empty.all.len(), empty.ticks.len(), empty.most.as_str()), (0, 0, "1"));
        assert_eq!((round(0), round(1), round(3), round(51), round(1_001)), (1, 1, 5, 100, 2_000));
    }

    #[test]
    fn lines_are_steps_that_break_where_nothing_was_called() {
        let bins = [
            bin(0, 0, &[(0, 10)]),
            bin(1, 0, &[]),
            bin(2, 0, &[(1, 10), (3, 9)]),
            bin(3, 0, &[(3, 1)]),
        ];
        let chart = Lines::of(&bins, Width::Hours(1), &TimeZone::UTC);
        assert_eq!(chart.most, "at most 100 ms");
        assert_eq!(chart.half, "M0 745H10M20 500H30V10H40");
        assert_eq!(chart.nearly_all, "M0 745H10M20 10H30V10H40");
        assert_eq!(
            chart.spots[1],
            (
                20,
                "1 Jan, 02:00–03:00: half took at most 25 ms, 95 of 100 at most 100 ms".to_owned()
            )
        );
        assert_eq!(chart.numbers[2], ["1 Jan, 03:00–04:00", "at most 100 ms", "at most 100 ms"]);
        assert!(chart.name.ends_with("half took at most 25 ms, 95 of 100 at most 100 ms."));
        let empty = Lines::of(&bins[1..2], Width::Hours(1), &TimeZone::UTC);
        assert_eq!((empty.half.as_str(), empty.spots.len()), ("", 0));
    }

    #[test]
    fn ten_tools_are_named_and_the_rest_is_one() {
        let mut counts: Vec<_> =
            (0..13).map(|n| tool(&format!("tool_{n:02}"), "ok", 100 - n)).collect();
        counts.push(tool("tool_00", "rate_limited", 100));
        counts.push(tool("broken", "upstream_error", 500));
        let chart = Bars::of_tools(&counts);
        assert_eq!((chart.rows.len(), chart.room), (11, 11));
        let row = |index: usize| {
            let row = &chart.rows[index];
            (row.label.as_str(), row.words.as_str(), row.ok, row.failed)
        };
        assert_eq!(row(0), ("broken", "500 calls, 500 failed", 0, 1_000));
        assert_eq!(row(1), ("tool_00", "200 calls, 100 failed", 200, 200));
        assert_eq!(row(10), ("4 other tools", "358 calls", 716, 0));
        assert_eq!(chart.name, "Calls by tool. First is broken: 500 calls, 500 failed.");
        let failures = Bars::of_failures(&counts);
        let kinds: Vec<_> =
            failures.rows.iter().map(|row| (row.label.as_str(), row.failed)).collect();
        assert_eq!(kinds, [("Upstream error", 1_000), ("Rate limited", 200)]);
        assert_eq!(Bars::of_tools(&[]).name, "Calls by tool: there is none.");
    }
}
