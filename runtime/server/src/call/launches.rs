//! The toolsets of tenants whose templates are tools of their own.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use support::Transport;

use super::CallContext;
use super::tenant::{Freshness, TenantMetadata};
use crate::call_log::Recorder;
use crate::toolset::{Filter, Toolset, launch};
use crate::work;

/// How long a tenant's templates are taken for the same.
const KEPT: Duration = Duration::from_secs(60);
/// How many accounts' and filters' toolsets are kept.
const CAPACITY: u64 = 256;

/// Toolsets with the launch tools of their account; cheap to clone.
#[derive(Debug, Clone)]
pub struct Launches(Cache<(Box<str>, Filter), Arc<Toolset>>);

impl Default for Launches {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(CAPACITY).time_to_live(KEPT).build())
    }
}

impl Launches {
    /// `toolset` with the templates of `account` that `filter` admits; as it is when its API
    /// launches nothing by forms, and when the account cannot be asked.
    pub async fn extend(
        &self,
        toolset: &Arc<Toolset>,
        filter: &Filter,
        account: &str,
        transport: &dyn Transport,
        tenant: &TenantMetadata,
    ) -> Arc<Toolset> {
        let Some(forms) = &toolset.catalogue.api.launch else { return toolset.clone() };
        let key = (account.into(), filter.clone());
        let recorder = Recorder::default();
        let context = CallContext { account, transport, toolset, recorder, digits: None };
        let build = async {
            let answer = tenant.answer(&context, forms.list, Freshness::Refresh).await.ok()?;
            let (toolset, filter) = (Arc::clone(toolset), filter.clone());
            work::over(work::weight_of(&answer), move || {
                launch::extended(&toolset, &filter, &answer).map(Arc::new)
            })
            .await
        };
        self.0.optionally_get_with(key, build).await.unwrap_or_else(|| toolset.clone())
    }
}
