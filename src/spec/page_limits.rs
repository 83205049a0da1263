//! What the pages of a render may reach.

use serde::{Deserialize, Serialize};

/// What the pages of a render may reach. Without limits it is as much as any page in a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PageLimits {
    /// On the network.
    pub network: PageNetwork,
    /// On the disk.
    pub files: PageFiles,
}

/// What pages reach on the network, beside the servers of their own render.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum PageNetwork {
    /// All that this machine reaches.
    #[default]
    All,
    /// Addresses of the public internet.
    Public,
    /// Nothing.
    None,
}

/// Which files a composition may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum PageFiles {
    /// Those of its project, and what it names outside of it by paths and symlinks.
    #[default]
    All,
    /// Those of its project.
    Project,
}
