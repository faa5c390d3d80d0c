//! Calls counted by the hour.

use std::time::Duration;

use jiff::ToSpan;

use super::harness::{TestApp, begin, databases};
use crate::app::Retention;
use crate::provision::random_id;
use crate::store::{BUCKETS, CallFilter, CallRow, HOUR, RollupFilter, Store};

/// A call that began so many microseconds after the tests' beginning and took `duration`.
fn row(after: i64, tool: &str, status: &str, duration: i64) -> CallRow {
    CallRow {
        id: random_id("call_"),
        at: begin().as_microsecond() + after,
        account_id: "acc_1".to_owned(),
        server_id: Some("mcp_1".to_owned()),
        api_token_id: None,
        tool: tool.to_owned(),
        status: status.to_owned(),
        upstream_status: None,
        duration_us: duration,
        client_name: None,
        client_version: None,
        request_id: None,
        bytes: None,
        upstream_us: None,
    }
}

/// The counts that fit: hours after the tests' beginning, tool, status, bucket, calls, time.
async fn counts(
    test: &TestApp,
    filter: &RollupFilter,
) -> Vec<(i64, String, String, i64, i64, i64)> {
    let rows = test.app.provision.store().rollups(filter).await.unwrap();
    let begun = begin().as_microsecond();
    rows.into_iter()
        .map(|row| {
            let hour = (row.hour - begun) / HOUR;
            (hour, row.tool, row.status, row.le_us, row.calls, row.duration_us)
        })
        .collect()
}

/// One count as [`counts`] tells it.
fn count(
    hour: i64,
    (tool, status): (&str, &str),
    bucket: usize,
    (calls, time): (i64, i64),
) -> (i64, String, String, i64, i64, i64) {
    (hour, tool.to_owned(), status.to_owned(), BUCKETS[bucket], calls, time)
}

#[tokio::test]
async fn calls_are_counted_by_the_hour_and_outlive_the_log() {
    for database in databases().await {
        let test = database.start().await;
        let store = test.app.provision.store();
        let everything = RollupFilter::default();
        let mut elsewhere = row(5, "a", "ok", 1);
        (elsewhere.account_id, elsewhere.server_id) = ("acc_2".to_owned(), None);
        let rows = [
            row(0, "a", "ok", 10_000),
            row(HOUR - 1, "a", "ok", 9_000),
            row(1, "a", "ok", 10_001),
            row(2, "a", "rate_limited", 70_000_000),
            row(HOUR, "b", "ok", 0),
            elsewhere,
        ];
        store.put_calls(&rows).await.unwrap();
        let expected = [
            count(0, ("a", "ok"), 0, (3, 19_001)),
            count(0, ("a", "ok"), 1, (1, 10_001)),
            count(0, ("a", "rate_limited"), 12, (1, 70_000_000)),
            count(1, ("b", "ok"), 0, (1, 0)),
        ];
        assert_eq!(counts(&test, &everything).await, expected);
        let server = RollupFilter { server: Some("mcp_1".to_owned()), ..RollupFilter::default() };
        assert_eq!(counts(&test, &server).await[0], count(0, ("a", "ok"), 0, (2, 19_000)));
        let account = RollupFilter { account: Some("acc_2".to_owned()), ..RollupFilter::default() };
        assert_eq!(counts(&test, &account).await, [count(0, ("a", "ok"), 0, (1, 1))]);
        let begun = begin().as_microsecond();
        let second = RollupFilter { since: Some(begun + HOUR + 5), ..RollupFilter::default() };
        assert_eq!(counts(&test, &second).await, [expected[3].clone()]);
        let first = RollupFilter { until: Some(begun + HOUR), ..RollupFilter::default() };
        assert_eq!(counts(&test, &first).await, expected[..3]);

        test.clock.set(begin() + 24.hours());
        let day = Duration::from_secs(3_600);
        let retention = Retention { calls: day, acts: day };
        retention.enforce(&test.app).await.unwrap();
        assert!(store.calls(&CallFilter::default(), 10).await.unwrap().is_empty());
        assert_eq!(counts(&test, &everything).await, expected);
        test.clock.set(begin() + (400 * 24 + 2).hours());
        retention.enforce(&test.app).await.unwrap();
        assert_eq!(counts(&test, &everything).await, expected[3..]);
    }
}

#[tokio::test]
async fn a_call_is_counted_once_however_often_it_is_written() {
    for database in databases().await {
        let test = database.start().await;
        let store = test.app.provision.store();
        let everything = RollupFilter::default();
        // A batch whose commit nobody heard of is written again.
        let rows = [row(0, "a", "ok", 1), row(0, "b", "unknown", 1)];
        for _ in 0..2 {
            store.put_calls(&rows).await.unwrap();
        }
        let twice = [count(0, ("a", "ok"), 0, (1, 1)), count(0, ("b", "unknown"), 0, (1, 1))];
        assert_eq!(counts(&test, &everything).await, twice);
        // One that was committed before it was sent counts when it comes back.
        let intent = row(0, "c", "unsettled", 0);
        store.insert_intents(std::slice::from_ref(&intent)).await.unwrap();
        assert_eq!(counts(&test, &everything).await, twice);
        let ended = CallRow { status: "ok".to_owned(), duration_us: 7, ..intent };
        store.put_calls(&[ended]).await.unwrap();
        assert_eq!(counts(&test, &everything).await[2], count(0, ("c", "ok"), 0, (1, 7)));
        // One that never comes back counts as unknown.
        let lost = row(0, "d", "unsettled", 0);
        store.insert_intents(std::slice::from_ref(&lost)).await.unwrap();
        for settled in [1, 0] {
            let at = begin().as_microsecond() + 1;
            assert_eq!(store.settle_calls_before(at, "unknown").await.unwrap(), settled);
        }
        assert_eq!(counts(&test, &everything).await[3], count(0, ("d", "unknown"), 0, (1, 0)));
    }
}

#[tokio::test]
async fn totals_are_those_of_the_counts_whatever_narrows_them() {
    for database in databases().await {
        let test = database.start().await;
        let store = test.app.provision.store();
        let mut without = row(HOUR + 5, "a", "ok", 1);
        (without.account_id, without.server_id) = ("acc_2".to_owned(), None);
        let rows = [
            row(0, "a", "ok", 10_000),
            row(1, "b", "rate_limited", 70_000_000),
            row(HOUR, "b", "ok", 20_000),
            without,
        ];
        store.put_calls(&rows).await.unwrap();
        store.put_calls(&rows).await.unwrap();
        let begun = begin().as_microsecond();
        let found = async |filter: RollupFilter| {
            let hours = test.app.provision.calls_by_hour(&filter, 100).await.unwrap();
            let hours: Vec<_> = hours
                .iter()
                .map(|row| ((row.hour - begun) / HOUR, row.calls.iter().sum::<i64>(), row.failed))
                .collect();
            let tools = test.app.provision.calls_by_tool(&filter).await.unwrap();
            let tools = tools.into_iter().map(|row| (row.tool, row.status, row.calls));
            (hours, tools.collect::<std::collections::BTreeSet<_>>())
        };
        let all = RollupFilter::default();
        let only = |value: &str| Some(value.to_owned());
        let (hours, tools) = found(all.clone()).await;
        assert_eq!(hours, [(0, 2, 1), (1, 2, 0)]);
        let tool = |tool: &str, status: &str, calls| (tool.to_owned(), status.to_owned(), calls);
        let expected = [tool("a", "ok", 2), tool("b", "ok", 1), tool("b", "rate_limited", 1)];
        assert_eq!(tools.into_iter().collect::<Vec<_>>(), expected);
        for (filter, hours) in [
            (RollupFilter { account: only("acc_1"), ..all.clone() }, &[(0, 2, 1), (1, 1, 0)][..]),
            (RollupFilter { account: only("acc_2"), ..all.clone() }, &[(1, 1, 0)]),
            (RollupFilter { server: only("mcp_1"), ..all.clone() }, &[(0, 2, 1), (1, 1, 0)]),
            (RollupFilter { server: only("mcp_1"), account: only("acc_2"), ..all.clone() }, &[]),
            (
                RollupFilter { server: only("mcp_1"), account: only("acc_1"), ..all.clone() },
                &[(0, 2, 1), (1, 1, 0)],
            ),
            (RollupFilter { tool: only("b"), ..all.clone() }, &[(0, 1, 1), (1, 1, 0)]),
            (RollupFilter { status: only("ok"), ..all.clone() }, &[(0, 1, 0), (1, 2, 0)]),
            (RollupFilter { failed: true, ..all.clone() }, &[(0, 1, 1)]),
            (RollupFilter { since: Some(begun + HOUR + 1), ..all.clone() }, &[(1, 2, 0)]),
            (RollupFilter { until: Some(begun + HOUR), ..all.clone() }, &[(0, 2, 1)]),
        ] {
            assert_eq!(found(filter.clone()).await.0, hours, "{filter:?}");
        }
        let newest = test.app.provision.calls_by_hour(&all, 1).await.unwrap();
        assert_eq!((newest.len(), newest[0].hour, newest[0].calls[1]), (1, begun + HOUR, 1));
        let busiest = test.app.provision.busiest_tools(begin(), 2).await.unwrap();
        let busy = |id: &str, tool: &str, calls| (id.to_owned(), tool.to_owned(), calls);
        assert_eq!(busiest, [busy("acc_1", "b", 2), busy("acc_1", "a", 1)]);
        store.delete_rollups_before(begun + HOUR).await.unwrap();
        assert_eq!(found(all).await.0, [(1, 2, 0)]);
    }
}

#[tokio::test]
async fn nodes_that_count_at_once_lose_nothing() {
    for database in databases().await {
        let test = database.start().await;
        let (one, other) =
            (Store::open(&database.url).await.unwrap(), Store::open(&database.url).await.unwrap());
        let write = async |store: &Store, order: [&str; 2]| {
            for _ in 0..20 {
                let rows: Vec<CallRow> =
                    (0..20).map(|index| row(0, order[index % 2], "ok", 1)).collect();
                store.put_calls(&rows).await.unwrap();
            }
        };
        tokio::join!(write(&one, ["a", "b"]), write(&other, ["b", "a"]));
        assert_eq!(
            counts(&test, &RollupFilter::default()).await,
            [count(0, ("a", "ok"), 0, (400, 400)), count(0, ("b", "ok"), 0, (400, 400))]
        );
    }
}
