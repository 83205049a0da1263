//! Why no plan can be made.

/// A render that cannot be planned.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// HDR frames have the composition's size.
    #[error(
        "HDR output cannot be scaled (deviceScaleFactor {scale}): its layers are put together at the composition's size. Render without --resolution and scale the file, or render with --sdr"
    )]
    HdrScaling {
        /// Output pixels per CSS pixel asked for.
        scale: f64,
    },
}
