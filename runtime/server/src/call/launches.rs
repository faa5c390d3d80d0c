//! The toolsets of tenants whose templates are tools of their own. A tenant's list of templates is
//! asked for beside requests, so that one that is slow or fails costs the other tools nothing.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use memchr::memmem;
use moka::future::Cache;
use serde_json::Value;
use support::{Api, Transport};
use tokio::sync::watch;

use super::tenant::Freshness;
use super::{CallContext, Pipeline};
use crate::call_log::Recorder;
use crate::toolset::filter::launch_prefix;
use crate::toolset::{Filter, Toolset, launch};
use crate::work;

/// How long a tenant's templates are taken for the same, and a tenant that did not tell them is left
/// alone, in seconds.
const KEPT: u64 = 60;
/// How many accounts' lists, and accounts' and filters' toolsets, are kept, and how long unused.
const CAPACITY: u64 = 256;
const UNUSED: Duration = Duration::from_secs(3_600);

/// How long whoever lists tools waits for a tenant that was never asked, or not for long.
pub const A_WHILE: Duration = Duration::from_secs(2);
/// The same for a call that cannot be made without: a tool that is there is not unknown.
const A_CALL: Duration = Duration::from_secs(20);

/// How long an MCP message is worth waiting for a tenant's templates: whatever concerns the other
/// tools is not held up.
#[must_use]
pub fn patience(api: &Api, message: &[u8]) -> Duration {
    let holds = |word: &str| memmem::find(message, word.as_bytes()).is_some();
    let finds = ["tools/list", "search_tools"];
    match () {
        () if holds(&launch_prefix(api)) => A_CALL,
        () if finds.into_iter().any(holds) => A_WHILE,
        () => Duration::ZERO,
    }
}

/// Toolsets with the launch tools of their account; cheap to clone.
#[derive(Debug, Clone)]
pub struct Launches {
    lists: Cache<Box<str>, Arc<watch::Sender<List>>>,
    toolsets: Cache<(Box<str>, Filter), Built>,
}

/// A toolset, and the list that it was made of.
type Built = (Arc<Value>, Arc<Toolset>);

impl Default for Launches {
    fn default() -> Self {
        Self {
            lists: Cache::builder().max_capacity(CAPACITY).time_to_idle(UNUSED).build(),
            toolsets: Cache::builder().max_capacity(CAPACITY).time_to_idle(UNUSED).build(),
        }
    }
}

/// What a tenant told of its templates.
#[derive(Debug, Default)]
struct List {
    answer: Option<Arc<Value>>,
    /// When it was asked last, and whether it has still to answer.
    asked: Option<Timestamp>,
    is_asked: bool,
}

impl List {
    /// Whether it is time to ask, which then counts as done.
    fn ask(&mut self, now: Timestamp) -> bool {
        // A clock that was set back keeps nobody from asking.
        let since = self.asked.map(|asked| now.as_second().abs_diff(asked.as_second()));
        let is_due = since.is_none_or(|since| since >= KEPT) && !self.is_asked;
        if is_due {
            (self.asked, self.is_asked) = (Some(now), true);
        }
        is_due
    }
}

impl Launches {
    /// `toolset` with the templates of `account` that `filter` admits, as the tenant told them last;
    /// as it is when its API launches nothing by forms, and while the tenant has not told. An answer
    /// that is on its way is waited for as long as `patience` says, and goes on without.
    pub async fn extend(
        &self,
        pipeline: &Pipeline,
        toolset: &Arc<Toolset>,
        filter: &Filter,
        (account, transport): (&str, &Arc<dyn Transport>),
        patience: Duration,
    ) -> Arc<Toolset> {
        let Some(forms) = &toolset.catalogue.api.launch else { return toolset.clone() };
        let list = self.lists.get_with(account.into(), async { Arc::default() }).await;
        let now = pipeline.clock.now();
        if list.send_if_modified(|list| list.ask(now)) {
            let (list, tenant) = (Arc::clone(&list), pipeline.tenant.clone());
            let (toolset, transport) = (Arc::clone(toolset), Arc::clone(transport));
            let account = account.to_owned();
            tokio::spawn(async move {
                let (account, transport, recorder) = (&*account, &*transport, Recorder::default());
                let toolset = &*toolset;
                let context = CallContext { account, transport, toolset, recorder, digits: None };
                let answer = tenant.answer(&context, forms.list, Freshness::Refresh).await;
                if let Err(error) = &answer {
                    tracing::warn!(account, %error, "the templates of a tenant are not told");
                }
                list.send_modify(|list| {
                    list.is_asked = false;
                    list.answer = answer.ok().or(list.answer.take());
                });
            });
        }
        if !patience.is_zero() {
            let mut told = list.subscribe();
            let told = told.wait_for(|list| !list.is_asked || list.answer.is_some());
            _ = tokio::time::timeout(patience, told).await;
        }
        let answer = list.borrow().answer.clone();
        let Some(answer) = answer else { return toolset.clone() };
        let build = async {
            let (of, plain, filter) = (Arc::clone(&answer), Arc::clone(toolset), filter.clone());
            let built = work::over(work::weight_of(&answer), move || {
                launch::extended(&plain, &filter, &of).map(Arc::new)
            });
            (Arc::clone(&answer), built.await.unwrap_or_else(|| toolset.clone()))
        };
        let is_of_another = |(of, _): &Built| !Arc::ptr_eq(of, &answer);
        let key = (account.into(), filter.clone());
        self.toolsets.entry(key).or_insert_with_if(build, is_of_another).await.into_value().1
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU16, Ordering};

    use serde_json::json;

    use super::*;
    use crate::call::testing::{Reply, Vendor, pipeline};
    use crate::testing::DEMO;
    use crate::tools::Catalogue;

    /// A tenant that answers with a status, and what is listed for it.
    struct Tenant {
        status: Arc<AtomicU16>,
        vendor: Arc<Vendor>,
        transport: Arc<dyn Transport>,
        pipeline: Pipeline,
        plain: Arc<Toolset>,
        launches: Launches,
    }

    impl Tenant {
        fn answering(status: u16) -> Self {
            let status = Arc::new(AtomicU16::new(status));
            let told = Arc::clone(&status);
            let list = json!({"list": [{"id": "a", "name": "NDA", "schema": {}}]}).to_string();
            let answer = move |_: &_| Ok(Reply::json(told.load(Ordering::SeqCst), list.clone()));
            let vendor = Arc::new(Vendor::new(answer));
            let catalogue = Arc::new(Catalogue::new(&DEMO));
            let plain = Arc::new(Toolset::build(&catalogue, &Filter::default()));
            let transport: Arc<dyn Transport> = vendor.clone();
            let (pipeline, launches) = (pipeline(10_000), Launches::default());
            Self { status, vendor, transport, pipeline, plain, launches }
        }

        /// How many launch tools there are after so many seconds.
        async fn after(&self, seconds: i64, patience: Duration) -> usize {
            let now = self.pipeline.clock.now();
            self.pipeline.clock.set(now + jiff::SignedDuration::from_secs(seconds));
            let of = ("acc", &self.transport);
            let (pipeline, filter) = (&self.pipeline, Filter::default());
            let toolset = self.launches.extend(pipeline, &self.plain, &filter, of, patience).await;
            toolset.tools().iter().filter(|served| served.launch().is_some()).count()
        }

        /// Lets the work beside requests happen.
        async fn settled(&self) {
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn a_tenant_that_fails_is_left_alone_for_a_while() {
        let tenant = Tenant::answering(500);
        for _ in 0..5 {
            assert_eq!(tenant.after(1, A_WHILE).await, 0);
        }
        assert_eq!(tenant.vendor.count(), 1, "a failure is remembered");
        tenant.status.store(200, Ordering::SeqCst);
        assert_eq!(tenant.after(60, A_WHILE).await, 1);
        assert_eq!(tenant.vendor.count(), 2);
        tenant.status.store(500, Ordering::SeqCst);
        for _ in 0..5 {
            assert_eq!(tenant.after(60, A_WHILE).await, 1, "what was told before stays");
            tenant.settled().await;
        }
        assert_eq!(tenant.vendor.count(), 7);
    }

    #[tokio::test]
    async fn templates_are_asked_for_beside_requests() {
        let tenant = Tenant::answering(200);
        assert_eq!(tenant.after(0, Duration::ZERO).await, 0, "nobody waits who need not");
        tenant.settled().await;
        assert_eq!(tenant.after(0, Duration::ZERO).await, 1);
        assert_eq!(tenant.after(59, A_WHILE).await, 1);
        assert_eq!(tenant.vendor.count(), 1);
        tenant.after(1, Duration::ZERO).await;
        tenant.settled().await;
        assert_eq!(tenant.vendor.count(), 2);
        tenant.after(-100_000, A_WHILE).await;
        tenant.settled().await;
        assert_eq!(tenant.vendor.count(), 3, "a clock that was set back keeps nobody from asking");
    }

    #[test]
    fn only_what_needs_templates_waits_for_them() {
        for (message, patience_of) in [
            (r#"{"method":"tools/list"}"#, A_WHILE),
            (r#"{"method":"tools/call","params":{"name":"demo_launch_nda_opgsls"}}"#, A_CALL),
            (r#"{"method":"tools/call","params":{"name":"list_all_demo_things"}}"#, Duration::ZERO),
            ("", Duration::ZERO),
        ] {
            assert_eq!(patience(&DEMO, message.as_bytes()), patience_of, "{message}");
        }
    }
}
