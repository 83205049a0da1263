//! The job object of one child: what the child starts is in it as well. Closing the last handle of it
//! kills all that is in it, so the children of a process that is killed die with it.

use std::io;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};

use tokio::process::Child;
use win32job::{ExtendedLimitInfo, Job};
use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::JobObjects::TerminateJobObject;

use crate::process::pipe::ChildEnd;
use crate::sync::IgnorePoison;

/// Exit code of what is killed. Closing the job alone would have it end as if all went well.
const KILLED: u32 = 1;

/// The job of a child; clones share it. It is closed when the child has ended.
#[derive(Debug, Clone)]
pub(in crate::process) struct LiveGroup(Arc<Mutex<Option<Held>>>);

#[derive(Debug)]
struct Held {
    job: Job,
    /// Those that the child may have opened.
    pipes: Vec<ChildEnd>,
}

impl LiveGroup {
    /// Of a child that has not run yet, with its pipes.
    ///
    /// # Errors
    /// Of the operating system.
    pub(in crate::process) fn led_by(child: &Child, pipes: Vec<ChildEnd>) -> io::Result<Self> {
        let mut limits = ExtendedLimitInfo::new();
        limits.limit_kill_on_job_close();
        let job = Job::create_with_limit_info(&limits)?;
        let process = child.raw_handle().ok_or(io::ErrorKind::NotFound)?;
        job.assign_process(process as isize)?;
        Ok(Self(Arc::new(Mutex::new(Some(Held { job, pipes })))))
    }

    /// Kills all its members, unless the child has ended.
    pub fn kill(&self) {
        close(self.0.lock().ignore_poison().take());
    }

    /// Waits until the child ends, and kills those it leaves behind.
    ///
    /// # Errors
    /// The error of the operating system; the group is killed then.
    pub async fn ended(&self, child: &mut Child) -> io::Result<ExitStatus> {
        let ended = child.wait().await;
        close(self.0.lock().ignore_poison().take());
        ended
    }
}

/// Ends all that is in a job, and then the pipes that nobody in it ever opened.
fn close(held: Option<Held>) {
    let Some(Held { job, pipes }) = held else {
        return;
    };
    // SAFETY: the handle is that of a job, which lives until the call has returned. Should it fail,
    // closing the job kills too.
    unsafe { TerminateJobObject(job.handle() as HANDLE, KILLED) };
    drop(job);
    pipes.into_iter().for_each(ChildEnd::close);
}
