//! What is kept of answers of the database: for a moment as true, for longer as what was true when
//! it last answered.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{CAPACITY, FRESH, STALE};
use crate::provision::{Provision, ProvisionError};
use crate::store::StoreError;

/// Two bounded memories: what is true now, and what was true when the database last answered.
pub(super) struct Cached<K, V> {
    fresh: moka::future::Cache<K, Arc<V>>,
    stale: moka::sync::Cache<K, Arc<V>>,
    /// Rises with every forgetting, so that what was read before one is not kept after it.
    forgotten: AtomicU64,
}

/// Why an entry could not be loaded.
enum Miss {
    Absent,
    Failed(ProvisionError),
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static, V: Send + Sync + 'static> Cached<K, V> {
    pub(super) fn new() -> Self {
        Self {
            fresh: moka::future::Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(FRESH)
                .build(),
            stale: moka::sync::Cache::builder().max_capacity(CAPACITY).time_to_live(STALE).build(),
            forgotten: AtomicU64::new(0),
        }
    }

    /// The entry, loaded at most once however many ask for it at a time.
    pub(super) async fn get<F>(
        &self,
        key: &K,
        provision: &Provision,
        load: impl Fn() -> F,
    ) -> Result<Option<Arc<V>>, ProvisionError>
    where
        F: Future<Output = Result<Option<V>, ProvisionError>>,
    {
        if let Some(entry) = self.fresh.get(key).await {
            return Ok(Some(entry));
        }
        let seen = self.forgotten.load(Ordering::SeqCst);
        let entry = self.load_once(key, provision, &load).await;
        if self.forgotten.load(Ordering::SeqCst) == seen {
            return entry;
        }
        self.drop(key).await;
        self.load_once(key, provision, &load).await
    }

    async fn load_once<F>(
        &self,
        key: &K,
        provision: &Provision,
        load: &impl Fn() -> F,
    ) -> Result<Option<Arc<V>>, ProvisionError>
    where
        F: Future<Output = Result<Option<V>, ProvisionError>>,
    {
        match self.fresh.try_get_with_by_ref(key, self.load(key, provision, load)).await {
            Ok(entry) => Ok(Some(entry)),
            Err(miss) => match Arc::try_unwrap(miss) {
                Ok(Miss::Absent) => Ok(None),
                Ok(Miss::Failed(error)) => Err(error),
                Err(shared) if matches!(*shared, Miss::Absent) => Ok(None),
                Err(_) => Err(ProvisionError::Store(StoreError::Down)),
            },
        }
    }

    async fn load<F>(
        &self,
        key: &K,
        provision: &Provision,
        load: &impl Fn() -> F,
    ) -> Result<Arc<V>, Miss>
    where
        F: Future<Output = Result<Option<V>, ProvisionError>>,
    {
        let kept = self.stale.get(key);
        if provision.store().is_down()
            && let Some(kept) = kept
        {
            return Ok(kept);
        }
        match load().await {
            Ok(Some(value)) => {
                let value = Arc::new(value);
                self.stale.insert(key.clone(), Arc::clone(&value));
                Ok(value)
            }
            Ok(None) => {
                self.stale.invalidate(key);
                Err(Miss::Absent)
            }
            Err(error) => match (error, kept) {
                (ProvisionError::Store(_), Some(kept)) => Ok(kept),
                (error, _) => Err(Miss::Failed(error)),
            },
        }
    }

    pub(super) async fn forget(&self, key: &K) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.drop(key).await;
    }

    async fn drop(&self, key: &K) {
        self.stale.invalidate(key);
        self.fresh.invalidate(key).await;
    }

    /// Forgets every entry.
    pub(super) fn clear(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.stale.invalidate_all();
        self.fresh.invalidate_all();
    }

    /// Lets every entry be read again, and keeps it for when the database is out of reach.
    pub(super) fn age(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.fresh.invalidate_all();
    }
}
