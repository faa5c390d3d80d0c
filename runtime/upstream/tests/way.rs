//! The way out to vendors that say nothing and vendors that say too much.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

mod vendor;

use std::io::Write;
use std::time::{Duration, Instant};

use support::{Transport, TransportError};
use upstream::{Clock, Patience, Settings};

use self::vendor::{
    Behaviour, Vendor, account, bearer, client_credentials, plain, request, way_out,
};

/// Quick enough for tests, with a generous distance between what is quick and what is a timeout.
fn settings() -> Settings {
    let patience = Patience {
        failures: 5,
        pause: Duration::from_millis(500),
        longest_pause: Duration::from_millis(500),
    };
    Settings {
        timeout: Duration::from_secs(2),
        max_per_host: 8,
        max_per_account: 8,
        patience,
        ..Settings::default()
    }
}

async fn ask(account: &dyn Transport) -> Result<String, TransportError> {
    let answer = account.send(request()).await?.collect(1 << 20).await?;
    Ok(String::from_utf8(answer.body.to_vec()).unwrap())
}

/// How long a call took that must not have been sent, and why it was not.
async fn refused(account: &dyn Transport) -> Option<(Duration, String)> {
    let begun = Instant::now();
    match ask(account).await {
        Err(TransportError::Unavailable(reason)) => Some((begun.elapsed(), reason)),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mute_vendor_fails_fast_and_delays_no_other_and_is_found_again() {
    let (mute, live) = (Vendor::start(Behaviour::Mute).await, Vendor::saying("{}").await);
    // Fewer in all than the calls to the mute one want.
    let upstream = way_out(Settings { max_concurrent: 32, ..settings() }, &[&mute, &live]);
    let (silent, other) =
        (account(&upstream, &mute, bearer()), account(&upstream, &live, bearer()));
    let flood: Vec<_> = (0..200)
        .map(|_| {
            let silent = silent.clone();
            tokio::spawn(async move { ask(&*silent).await })
        })
        .collect();
    let begun = Instant::now();
    while mute.count() < 8 {
        assert!(begun.elapsed() < Duration::from_secs(10), "{}", mute.count());
        tokio::task::yield_now().await;
    }
    for _ in 0..50 {
        let begun = Instant::now();
        assert_eq!(ask(&*other).await.unwrap(), "{}");
        assert!(
            begun.elapsed() < Duration::from_secs(1),
            "{:?} beside a mute vendor",
            begun.elapsed()
        );
    }
    let mut timeouts = 0;
    for call in flood {
        match call.await.unwrap() {
            Err(TransportError::Timeout) => timeouts += 1,
            Err(TransportError::Unavailable(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    // All 200 one after another in eights would take 50 s.
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(timeouts < 20, "{timeouts}: calls that waited were not spared the silence");
    let begun = Instant::now();
    let (took, reason) = loop {
        // One call may be the one that tries.
        if let Some(refused) = refused(&*silent).await {
            break refused;
        }
        assert!(begun.elapsed() < Duration::from_secs(10));
    };
    assert!(took < Duration::from_millis(500), "{took:?}");
    assert!(
        reason.contains(&mute.host)
            && reason.contains("has not answered since 2")
            && reason.contains("tr"),
        "{reason}"
    );
    let before = mute.count();
    mute.now(plain("{\"back\":true}"));
    let begun = Instant::now();
    while ask(&*silent).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(10), "never found again");
        tokio::task::yield_now().await;
    }
    assert_eq!(mute.count(), before + 1, "one call tried");
    for _ in 0..50 {
        ask(&*silent).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn error_answers_are_answers_and_hang_ups_are_nobodys_fault() {
    let refusing =
        Behaviour::Answers(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n".as_slice().into());
    let vendor = Vendor::start(refusing).await;
    let upstream = way_out(settings(), &[&vendor]);
    let way = account(&upstream, &vendor, bearer());
    for _ in 0..50 {
        assert_eq!(ask(&*way).await.unwrap(), "");
    }
    vendor.now(Behaviour::Mute);
    for _ in 0..50 {
        // The caller leaves.
        assert!(tokio::time::timeout(Duration::from_millis(5), ask(&*way)).await.is_err());
    }
    vendor.now(plain("{}"));
    assert_eq!(ask(&*way).await.unwrap(), "{}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_waits_for_a_token_ends_with_its_own_time_and_without_being_sent() {
    let vendor = Vendor::start(Behaviour::Mute).await;
    let upstream = way_out(settings(), &[&vendor]);
    let way = account(&upstream, &vendor, client_credentials());
    let begun = Instant::now();
    let Err(error) = ask(&*way).await else { panic!("an answer") };
    assert!(matches!(error, TransportError::Unavailable(_)), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert_eq!(vendor.count(), 1, "the token endpoint only");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_wait_for_one_renewal_share_its_failure() {
    let vendor = Vendor::start(Behaviour::Mute).await;
    let upstream = way_out(Settings { timeout: Duration::from_secs(20), ..settings() }, &[&vendor]);
    let way = account(&upstream, &vendor, client_credentials());
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let way = way.clone();
            tokio::spawn(async move { ask(&*way).await })
        })
        .collect();
    let begun = Instant::now();
    // All of them wait, the first for its answer: then the vendor breaks off.
    while vendor.count() < 1 || begun.elapsed() < Duration::from_millis(200) {
        tokio::task::yield_now().await;
    }
    vendor.hang_up();
    for call in calls {
        assert!(call.await.unwrap().is_err());
    }
    assert_eq!(vendor.count(), 1, "requests for one token");
}

/// A gzip answer that is `members` times 16 MiB when it is unpacked, and 16 KiB a member before.
fn bomb(members: usize) -> Behaviour {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![b' '; 16 << 20]).unwrap();
    let packed = encoder.finish().unwrap().repeat(members);
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        packed.len()
    );
    Behaviour::Answers([head.into_bytes(), packed].concat().into())
}

/// The most memory that this process has ever had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_gigabytes_in_three_megabytes_cost_no_memory() {
    let vendor = Vendor::start(bomb(180)).await;
    let upstream = way_out(Settings { timeout: Duration::from_secs(30), ..settings() }, &[&vendor]);
    let (before, bound) = (peak(), 32 << 20);
    // The token endpoint of an account, and a code that a person brings.
    let error = ask(&*account(&upstream, &vendor, client_credentials())).await.unwrap_err();
    assert!(error.to_string().contains("larger than 65536 bytes"), "{error}");
    assert!(peak() - before < bound, "{} bytes for a token", peak() - before);
    // The answer of a tool.
    let error = ask(&*account(&upstream, &vendor, bearer())).await.unwrap_err();
    assert!(matches!(error, TransportError::TooLarge(_)), "{error}");
    assert!(peak() - before < bound, "{} bytes for an answer", peak() - before);
    // A body that is too large says nothing against the host.
    assert_eq!(vendor.count(), 2);
    vendor.now(plain("{}"));
    assert_eq!(ask(&*account(&upstream, &vendor, bearer())).await.unwrap(), "{}");
}

#[tokio::test]
async fn when_a_token_ends_is_told_by_the_clock_that_was_handed_in() {
    let vendor = Vendor::saying(r#"{"access_token":"t","expires_in":3600}"#).await;
    let start: jiff::Timestamp = "2026-03-01T09:30:00Z".parse().unwrap();
    let clock = Clock::held(start);
    let upstream = way_out(Settings { clock: clock.clone(), ..Settings::default() }, &[&vendor]);
    let account = account(&upstream, &vendor, client_credentials());
    let mut asked = Vec::new();
    for seconds in [0, 0, 3539, 3540] {
        clock.set(start + jiff::SignedDuration::from_secs(seconds));
        let before = vendor.count();
        account.send(request()).await.unwrap().collect(1_000).await.unwrap();
        asked.push(vendor.count() - before);
    }
    assert_eq!(asked, [2, 1, 1, 2], "a token is asked for at first, and a minute before its end");
}
