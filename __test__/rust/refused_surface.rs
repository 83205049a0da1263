//! A whole render on a host that forbids reading another process's memory: another lane, one line
//! that says why, and a file like any other.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, missing_docs)] // a test: a panic is its way of failing

use std::path::{Path, PathBuf};
use std::process::Command;

use seccompiler::{SeccompAction, SeccompFilter, TargetArch};

const PAGE: &str = r#"<!doctype html><html><head><meta charset="utf-8"></head><body style="margin:0">
<div data-composition-id="main" data-width="320" data-height="180" data-duration="0.5" data-no-timeline
  style="position:relative;width:320px;height:180px;background:#234">Refused</div></body></html>"#;

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The Node that the CLI needs: the test run names it, or its setup installed it.
fn node() -> PathBuf {
    std::env::var_os("HF_TEST_CLI_NODE").map_or_else(
        || repository().join(".cache/node22/node_modules/.bin/node"),
        PathBuf::from,
    )
}

/// Renders below a filter that this thread's children inherit; gives everything it said.
fn render_without_permission(project: &Path, output: &Path) -> String {
    let rules = [(nix::libc::SYS_process_vm_readv, vec![])].into();
    let arch = TargetArch::try_from(std::env::consts::ARCH).unwrap();
    let refuse = SeccompAction::Errno(nix::errno::Errno::EPERM as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch).unwrap();
    let program: seccompiler::BpfProgram = filter.try_into().unwrap();
    seccompiler::apply_filter(&program).unwrap();
    let output = Command::new(node())
        .arg(repository().join("bin/hyperframes-native.js"))
        .args(["render".as_ref(), project.as_os_str()])
        .args(["-o".as_ref(), output.as_os_str()])
        .args(["-q", "draft", "--debug"])
        .env("HYPERFRAMES_NATIVE", "only")
        .env("HYPERFRAMES_TELEMETRY", "0")
        .env("DO_NOT_TRACK", "1")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

#[test]
fn refused_memory_is_an_ordinary_fall_back() {
    let dir = tempfile::tempdir().unwrap();
    let project = dir.path().join("project");
    std::fs::create_dir(&project).unwrap();
    std::fs::write(project.join("index.html"), PAGE).unwrap();
    let output = dir.path().join("out.mp4");
    let (from, to) = (project.clone(), output.clone());
    let text = std::thread::spawn(move || render_without_permission(&from, &to))
        .join()
        .unwrap();
    let warned = |line: &&str| line.contains("[WARN]") && line.contains("no surface lane");
    let lines: Vec<&str> = text.lines().filter(warned).collect();
    assert_eq!(lines.len(), 1, "said once: {text}");
    assert!(
        lines[0].contains("refused (Operation not permitted"),
        "{}",
        lines[0]
    );
    assert!(text.contains("\"lane\":\"reference\""), "{text}");
    assert!(std::fs::metadata(&output).unwrap().len() > 0);
}
