//! Children on Windows, and what becomes of what they start. Windows has no shell for tests, so this
//! program plays the child: a test of it that does what a variable says.

use std::io::{Read, Write};
use std::os::windows::io::{FromRawHandle, OwnedHandle};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::*;

const ROLE: &str = "HF_TEST_CHILD";
const CHILD: &str = "process::windows_children::what_the_child_does";
const PATIENCE: Duration = Duration::from_secs(60);

fn child(role: &str) -> ChildSpec {
    ChildSpec {
        program: std::env::current_exe().unwrap(),
        args: vec!["--exact".into(), CHILD.into(), "--nocapture".into()],
        env: vec![(ROLE.into(), role.into())],
        ..ChildSpec::default()
    }
}

#[test]
fn what_the_child_does() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let words: Vec<&str> = role.split('|').collect();
    let handle = |text: &str| {
        let value: usize = text.parse().unwrap();
        // SAFETY: the value of a handle that this process inherited, and that nothing else here has.
        std::fs::File::from(unsafe { OwnedHandle::from_raw_handle(value as _) })
    };
    match words[..] {
        ["echo", reads, writes] => {
            let mut text = String::new();
            handle(reads).read_to_string(&mut text).unwrap();
            handle(writes).write_all(text.as_bytes()).unwrap();
        }
        ["write", address] => {
            let mut pipe = std::fs::OpenOptions::new()
                .write(true)
                .open(address)
                .unwrap();
            pipe.write_all(b"listed").unwrap();
        }
        ["end"] => std::process::exit(3),
        ["sleep"] => std::thread::sleep(PATIENCE),
        ["parent", file, then] => {
            let mut grandchild = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", CHILD])
                .env(ROLE, "sleep")
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            let text = grandchild.id().to_string();
            std::fs::write(format!("{file}.new"), text).unwrap();
            std::fs::rename(format!("{file}.new"), file).unwrap();
            if then == "wait" {
                grandchild.wait().unwrap();
            }
        }
        _ => panic!("{role}"),
    }
}

/// The number of the grandchild.
async fn written(file: &Path) -> u32 {
    for _ in 0..600 {
        if let Ok(text) = std::fs::read_to_string(file) {
            return text.parse().unwrap();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no grandchild was started");
}

fn is_alive(pid: u32) -> bool {
    resident_set_bytes(&[pid]) > 0
}

async fn dies(pid: u32) -> bool {
    for _ in 0..200 {
        if !is_alive(pid) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

fn parent(then: &str) -> (tempfile::TempDir, PathBuf, ChildSpec) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pid");
    let spec = child(&format!("parent|{}|{then}", file.display()));
    (dir, file, spec)
}

#[tokio::test]
async fn ends_that_are_inherited_lead_both_ways_and_end_with_the_child() {
    let (mut to, mut reads) = to_child(3).unwrap();
    let (mut from, mut writes) = from_child(4).unwrap();
    let (read, write) = (reads.inherit().unwrap(), writes.inherit().unwrap());
    let spec = ChildSpec {
        pipes: vec![reads, writes],
        ..child(&format!("echo|{read}|{write}"))
    };
    let child = ManagedChild::spawn(spec).await.unwrap();
    let long = "through ".repeat(100_000);
    let reading = tokio::spawn(async move {
        let mut text = String::new();
        from.read_to_string(&mut text).await.map(|_| text)
    });
    timeout(PATIENCE, to.write_all(long.as_bytes()))
        .await
        .unwrap()
        .unwrap();
    drop(to);
    let text = timeout(PATIENCE, reading).await.unwrap().unwrap().unwrap();
    assert!(text == long);
    let exit = child.wait(PATIENCE).await.unwrap();
    assert!(exit.success(), "{exit}: {}", child.stderr_tail(9));
}

#[tokio::test]
async fn an_address_is_opened_by_the_child_and_once_only() {
    let (mut from, writes) = from_child(3).unwrap();
    let address = writes.address();
    let spec = ChildSpec {
        pipes: vec![writes],
        ..child(&format!("write|{address}"))
    };
    let child = ManagedChild::spawn(spec).await.unwrap();
    let mut text = String::new();
    let read = from.read_to_string(&mut text);
    timeout(PATIENCE, read).await.unwrap().unwrap();
    assert_eq!(text, "listed");
    let again = std::fs::OpenOptions::new().write(true).open(&address);
    assert!(again.is_err());
    assert!(child.wait(PATIENCE).await.unwrap().success());
}

#[tokio::test]
async fn a_pipe_that_a_child_never_opened_ends_with_it() {
    let (mut from, writes) = from_child(3).unwrap();
    let spec = ChildSpec {
        pipes: vec![writes],
        ..child("end")
    };
    let child = ManagedChild::spawn(spec).await.unwrap();
    let mut bytes = Vec::new();
    let read = from.read_to_end(&mut bytes);
    assert_eq!(timeout(PATIENCE, read).await.unwrap().unwrap(), 0);
    let exit = child.wait(PATIENCE).await.unwrap();
    assert_eq!((exit.code, exit.signal), (Some(3), None));
}

#[tokio::test]
async fn a_child_that_was_killed_did_not_end_well() {
    let mut child = ManagedChild::spawn(child("sleep")).await.unwrap();
    assert!(is_alive(child.pid()));
    child.kill().await;
    let exit = child.wait(PATIENCE).await.unwrap();
    assert!(!exit.success(), "{exit}");
}

#[tokio::test]
async fn dropping_the_handle_kills_grandchildren() {
    let (_dir, file, spec) = parent("wait");
    let child = ManagedChild::spawn(spec).await.unwrap();
    let pid = written(&file).await;
    assert!(is_alive(pid));
    drop(child);
    assert!(dies(pid).await, "grandchild {pid} survived");
}

#[tokio::test]
async fn what_a_child_leaves_behind_is_killed_when_it_ends() {
    let (_dir, file, spec) = parent("end");
    let child = ManagedChild::spawn(spec).await.unwrap();
    let exit = child.wait(PATIENCE).await.unwrap();
    assert!(exit.success(), "{exit}: {}", child.stderr_tail(9));
    let pid = written(&file).await;
    assert!(dies(pid).await, "{pid} outlived the leader of its group");
}

#[tokio::test]
async fn a_missing_program_is_named() {
    let spec = ChildSpec {
        program: r"C:\no\such\tool.exe".into(),
        ..ChildSpec::default()
    };
    let text = ManagedChild::spawn(spec).await.unwrap_err().to_string();
    assert!(text.contains(r"C:\no\such\tool.exe"), "{text}");
}
