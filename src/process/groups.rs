//! The process groups of a job that are alive.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::sync::IgnorePoison;

/// Ids of process groups. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Groups(Arc<Mutex<Vec<u32>>>);

/// A group that counts until this drops.
#[derive(Debug)]
pub(super) struct Member {
    group: u32,
    groups: Groups,
}

impl Groups {
    /// Adds a group for good.
    pub fn add(&self, group: u32) {
        self.lock().push(group);
    }

    /// All groups there are.
    pub fn ids(&self) -> Vec<u32> {
        self.lock().clone()
    }

    pub(super) fn enter(&self, group: u32) -> Member {
        self.add(group);
        let groups = self.clone();
        Member { group, groups }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u32>> {
        self.0.lock().ignore_poison()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut ids = self.groups.lock();
        if let Some(at) = ids.iter().position(|id| *id == self.group) {
            ids.swap_remove(at);
        }
    }
}
