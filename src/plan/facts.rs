//! What a plan is made from.

use std::sync::Arc;

use serde::Serialize;

use super::hdr::HdrDecision;
use super::lane::Lane;
use crate::browser::{BrowserKind, Sandbox};
use crate::encode::GpuEncoder;
use crate::machine::{Granted, Host};
use crate::spec::{PageLimits, RenderSpec};

/// Everything a plan follows from. What a render learns on its way is added, and a new plan made.
#[derive(Debug, Clone)]
pub struct Facts {
    /// What is asked for.
    pub spec: Arc<RenderSpec>,
    /// The machine.
    pub host: Host,
    /// Kind of the browser that was found, if one was.
    pub browser: Option<BrowserKind>,
    /// Whether the output is HDR.
    pub hdr: HdrDecision,
    /// Whether browsers run in their sandbox; `None` where that does not matter.
    pub sandbox: Option<Sandbox>,
    /// The GPU encoder that was asked for and works.
    pub gpu: Option<GpuEncoder>,
    pub(super) learnt: Learnt,
}

/// What holds the pages of a render.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Confinement {
    /// Whether Chrome runs in its sandbox, or why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<Sandbox>,
    /// What pages may reach.
    pub page_limits: PageLimits,
}

/// Facts that only a running render has.
#[derive(Debug, Clone, Default)]
pub(super) struct Learnt {
    /// Seconds, as the page has them.
    pub seconds: Option<f64>,
    /// The lane that others were given up for.
    pub lane: Option<Lane>,
    /// Why they were.
    pub lane_reasons: Vec<String>,
    /// Workers that there are source frames for.
    pub source_workers: Option<u64>,
    /// Workers that there is room for beside other jobs when the capture begins.
    pub initial_workers: Option<u64>,
    /// What the job was given to begin with.
    pub granted: Option<Granted>,
}

impl Facts {
    /// Facts from before anything is launched.
    pub fn new(
        spec: Arc<RenderSpec>,
        host: Host,
        browser: Option<BrowserKind>,
        hdr: HdrDecision,
    ) -> Self {
        Self {
            spec,
            host,
            browser,
            hdr,
            sandbox: None,
            gpu: None,
            learnt: Learnt::default(),
        }
    }

    /// The same with a GPU encoder.
    pub fn with_gpu(self, gpu: Option<GpuEncoder>) -> Self {
        Self { gpu, ..self }
    }

    /// The same with browsers in their sandbox, or not.
    pub fn with_sandbox(self, sandbox: Sandbox) -> Self {
        Self {
            sandbox: Some(sandbox),
            ..self
        }
    }

    /// What holds pages.
    pub(super) fn confinement(&self) -> Confinement {
        Confinement {
            sandbox: self.sandbox,
            page_limits: self.spec.page_limits,
        }
    }

    /// Length of the render in seconds: the page's word, or the compile stage's; 0 while unknown.
    pub(super) fn seconds(&self) -> f64 {
        let told = self.learnt.seconds;
        told.unwrap_or(self.spec.composition.static_duration)
    }
}
