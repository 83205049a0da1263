//! Pipes to and from children, besides the three that every process has. `unix.rs` and `windows.rs` have
//! the same functions.

#[cfg(windows)]
mod our_end;
#[cfg(unix)]
#[path = "unix.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;

pub use system::{ChildEnd, PipeReader, PipeWriter, from_child, to_child, widen};

#[cfg(all(test, unix))]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::process::{ChildSpec, ManagedChild};

    #[tokio::test]
    async fn what_is_written_into_one_comes_out_of_the_other() {
        let (mut to, reads) = to_child(3).unwrap();
        let (mut from, writes) = from_child(4).unwrap();
        let child = ManagedChild::spawn(ChildSpec {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), "cat <&3 >&4".into()],
            pipes: vec![reads, writes],
            ..ChildSpec::default()
        })
        .await
        .unwrap();
        to.write_all(b"through").await.unwrap();
        drop(to);
        let mut text = String::new();
        // Ends when the child has ended, as nobody else holds its end.
        from.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "through");
        let exit = child.wait(Duration::from_secs(5)).await.unwrap();
        assert!(exit.success());
    }
}
