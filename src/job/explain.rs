//! The plan of a render that is not made.

use std::sync::Arc;

use super::error::RenderError;
use super::stages::{gpu_encoder_of, hdr_facts_of, hdr_stills};
use crate::browser::{Sandbox, Scratch, find_browser};
use crate::encode::find_tools;
use crate::machine::Host;
use crate::plan::{Facts, RenderPlan, decide_hdr};
use crate::spec::RenderSpec;

/// The plan of a spec on this machine, before a page was asked for its length. Nothing is launched
/// but ffprobe and, to try GPU encoders and HDR images, ffmpeg.
///
/// # Errors
/// [`RenderError`] when sources make the render impossible.
pub async fn explain(spec: RenderSpec) -> Result<RenderPlan, RenderError> {
    let browser = find_browser(&spec.browser_search()).ok();
    let tools = find_tools(&spec.tool_search()).ok();
    let mut found = hdr_facts_of(&spec).await?;
    if let Some(tools) = &tools
        && spec.output.format.allows_hdr()
        && !found.images.is_empty()
    {
        let scratch = Scratch::create().map_err(|source| RenderError::Io {
            what: "cannot create a scratch folder",
            source,
        })?;
        hdr_stills(&tools.ffmpeg, scratch.path(), &mut found).await;
        scratch.remove().await;
    }
    let hdr = decide_hdr(&spec, found)?;
    let kind = browser.map(|found| found.kind);
    let gpu = match &tools {
        Some(tools) => gpu_encoder_of(&spec, hdr.curve(), tools).await,
        None => Ok(None),
    };
    let sandbox = Sandbox::here(spec.environment.sandbox);
    let facts = Facts::new(Arc::new(spec), Host::detect(), kind, hdr);
    Ok(RenderPlan::from_facts(
        facts.with_gpu(gpu.unwrap_or(None)).with_sandbox(sandbox),
    ))
}
