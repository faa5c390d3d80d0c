//! Work that would keep an executor's thread from everybody else goes to a thread of its own.

use std::panic::resume_unwind;
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value};
use tokio::sync::Semaphore;

/// What is worked on between other people's calls, in bytes: below this, changing threads costs
/// more than the work.
pub(crate) const LITTLE: usize = 64 << 10;

/// As many works at once as there are processors; further ones wait, so that small calls find time
/// in between.
static LANES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(2, std::num::NonZero::get)))
});

/// Does `work`, which goes through `size` bytes: at once when that is little, else on a thread of
/// its own.
pub(crate) async fn over<T, F>(size: usize, work: F) -> T
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    if size <= LITTLE {
        return work();
    }
    let lane = Arc::clone(&LANES).acquire_owned().await;
    let done = tokio::task::spawn_blocking(move || {
        // The lane is taken until the work is done, also when nobody waits for it any more.
        let _lane = lane;
        work()
    });
    match done.await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime is going down, and this future with it.
            Err(_) => std::future::pending().await,
        },
    }
}

/// About how many bytes `members` take as JSON; counting stops where it is certainly more than
/// [`LITTLE`].
pub(crate) fn weight(members: &Map<String, Value>) -> usize {
    let mut sum = 0;
    add_members(members, &mut sum);
    sum
}

/// The same of any value.
pub(crate) fn weight_of(value: &Value) -> usize {
    let mut sum = 0;
    add(value, &mut sum);
    sum
}

fn add_members(members: &Map<String, Value>, sum: &mut usize) {
    for (name, value) in members {
        if *sum > LITTLE {
            return;
        }
        *sum += name.len() + 4;
        add(value, sum);
    }
}

fn add(value: &Value, sum: &mut usize) {
    match value {
        Value::String(text) => *sum += text.len() + 3,
        Value::Object(members) => {
            *sum += 3;
            add_members(members, sum);
        }
        Value::Array(items) => {
            *sum += 3;
            for item in items {
                if *sum > LITTLE {
                    return;
                }
                add(item, sum);
            }
        }
        _ => *sum += 6,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn only_much_work_changes_threads() {
        let here = std::thread::current().id();
        assert_eq!(over(LITTLE, || std::thread::current().id()).await, here);
        assert_ne!(over(LITTLE + 1, || std::thread::current().id()).await, here);
    }

    #[test]
    fn weight_is_about_the_size_and_stops_at_much() {
        for value in [
            json!({}),
            json!({"a": [1, 2, {"b": "text"}], "c": null}),
            json!({"a": "x".repeat(1000)}),
        ] {
            let (weight, size) = (weight_of(&value), value.to_string().len());
            assert!(weight <= size * 3 && size <= weight * 2 + 8, "{weight} {size}");
        }
        let many = Value::Array(vec![json!("x"); 10_000_000 / 4]);
        assert!((LITTLE..LITTLE + 16).contains(&weight_of(&many)));
    }
}
