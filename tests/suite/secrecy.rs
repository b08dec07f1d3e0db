//! The secret reaches the client and nothing else: traced, then searched for.

use std::path::{Path, PathBuf};
use std::process::Command;

use chaperone_suite::process::{self, Process};
use chaperone_suite::rdp::RdpServer;
use chaperone_suite::scene::{PATIENCE, Scene, Secret};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::spill::{Forms, Spill, files_below};
use chaperone_suite::workstation::Workstation;
use chaperone_suite::{programs, trace, wait};

use crate::flow::ssh_target;

#[test]
fn an_ssh_password_is_in_no_argument_environment_or_file() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_password("db01", &sshd).unwrap();
    check(dir.path(), &secret, "ssh");
}

#[test]
fn an_ssh_key_is_in_no_argument_environment_or_file() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    check(dir.path(), &Secret::ssh_key("db01", &sshd), "ssh");
}

#[test]
fn an_rdp_password_is_in_no_argument_environment_or_file() {
    let dir = Scratch::new().unwrap();
    let target_dir = dir.path().join("target");
    std::fs::create_dir(&target_dir).unwrap();
    let server = RdpServer::start(&target_dir).unwrap();
    check(dir.path(), &Secret::rdp("win01", &server), "xfreerdp");
}

fn check(dir: &Path, secret: &Secret, client: &str) {
    let mut scene = Scene::start(dir, std::slice::from_ref(secret)).unwrap();
    let forms: Vec<Forms> = needles(secret.value()).into_iter().map(Forms::of).collect();

    let link = scene.link(&secret.name).unwrap();
    let trace_path = dir.join("trace");
    let mut traced = traced_launch(&trace_path, &scene.workstation, &["--headless", "open", "--", &link]);
    let mut handler = Process::start("traced", &mut traced, scene.workstation.dir(), false).unwrap();
    wait::until_true("the client, logged in", PATIENCE, || {
        handler.assert_running().unwrap();
        !scene.workstation.running(client).is_empty()
            && scene
                .sessions()
                .is_ok_and(|sessions| sessions.iter().any(|session| session["state"] == "live"))
    })
    .unwrap();

    let mut spills = Vec::new();
    let mut search = |place: &str, bytes: &[u8]| {
        spills.extend(forms.iter().flat_map(|forms| forms.in_bytes(place, bytes)));
    };
    for id in scene.workstation.everything_running() {
        for part in ["cmdline", "environ"] {
            search(
                &format!("{part} of {:?}", process::program(id)),
                &std::fs::read(format!("/proc/{id}/{part}")).unwrap_or_default(),
            );
        }
    }
    // While the session runs its own folder still stands.
    for path in files_below(&scene.workstation.chaperone_dir()) {
        search(&path.display().to_string(), &std::fs::read(&path).unwrap_or_default());
    }

    // Whoever holds or held the secret crashes, where cores are allowed by all but ourselves.
    let holders = [scene.workstation.running(client), scene.workstation.session_processes()].concat();
    assert!(holders.len() >= 2, "{holders:?}");
    for id in &holders {
        let limits = std::fs::read_to_string(format!("/proc/{id}/limits")).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert_eq!(core.split_whitespace().nth(4), Some("0"), "{:?}: {core}", process::arguments(*id));
    }
    for id in &holders {
        // The first one's end may have ended the others.
        process::signal(*id, rustix::process::Signal::SEGV).ok();
    }
    wait::until_true("the end of the session", PATIENCE, || scene.workstation.session_processes().is_empty())
        .unwrap();
    let cores: Vec<_> = files_below(dir).into_iter().filter(|path| is_core(path)).collect();
    assert_eq!(cores, Vec::<PathBuf>::new());

    // The target's own folder is where the secret comes from; the programs were there before it.
    let not_searched = [dir.join("target"), trace_path.clone(), scene.workstation.programs_dir()];
    let searched: Vec<PathBuf> = files_below(dir)
        .into_iter()
        .filter(|path| !not_searched.iter().any(|not| path.starts_with(not)))
        .collect();
    assert!(searched.iter().any(|path| path.starts_with(scene.workstation.chaperone_dir())));
    assert!(searched.iter().any(|path| path.starts_with(scene.server.data_dir())));
    for path in searched.iter().filter(|path| path.is_file()) {
        search(&path.display().to_string(), &std::fs::read(path).unwrap_or_default());
    }

    let traced = std::fs::read(&trace_path).unwrap();
    let traced = String::from_utf8_lossy(&traced);
    let started: Vec<&str> = traced.lines().filter(|line| line.contains("execve")).collect();
    assert!(started.iter().any(|line| line.contains(client)), "{}", trace::SHOWS_NOTHING);
    search("an execve", started.join("\n").as_bytes());
    let written = written_to_files(&traced);
    assert!(!written.is_empty(), "{}", trace::SHOWS_NOTHING);
    for (path, bytes) in written {
        search(&format!("a write to {path}"), &bytes);
    }
    assert_eq!(spills, Vec::<Spill>::new());
}

/// `chaperone` with every program it starts and every byte it writes in a trace, and with no limit on cores.
fn traced_launch(trace_path: &Path, workstation: &Workstation, arguments: &[&str]) -> Command {
    let calls = "execve,execveat,write,writev,pwrite64,pwritev,pwritev2";
    let options = ["-v", "-y", "-s", "1000000"];
    let mut command = trace::command(workstation, calls, &options, trace_path).unwrap();
    command.arg(programs::installed(&["sh"]).unwrap()).args([
        "-c",
        "ulimit -c unlimited && exec \"$@\"",
        "sh",
    ]);
    command.arg(workstation.program("chaperone")).args(arguments);
    command
}

/// What went into files of any name, gone or not, in a trace of writes.
fn written_to_files(trace: &str) -> Vec<(String, Vec<u8>)> {
    let into_file = |line: &str| {
        let (_, call) = line.split_once("write")?;
        let (_, target) = call.split_once('<')?;
        let (path, rest) = target.split_once('>')?;
        let is_file = path.starts_with('/') && !path.starts_with("/dev/") && !path.starts_with("/proc/");
        is_file.then(|| (path.to_owned(), quoted(rest)))
    };
    trace.lines().filter_map(into_file).collect()
}

/// The bytes of every string in a line of a trace, back to back.
fn quoted(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes().peekable();
    let mut inside = false;
    while let Some(byte) = rest.next() {
        match (inside, byte) {
            (_, b'"') => inside = !inside,
            (false, _) => {}
            (true, b'\\') => match rest.next() {
                Some(digit @ b'0'..=b'7') => {
                    let mut value = u32::from(digit - b'0');
                    for _ in 0..2 {
                        let Some(digit) = rest.next_if(|digit| (b'0'..=b'7').contains(digit)) else { break };
                        value = value * 8 + u32::from(digit - b'0');
                    }
                    bytes.push(u8::try_from(value).unwrap());
                }
                Some(letter) => bytes.push(match letter {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    b'v' => 0x0b,
                    b'f' => 0x0c,
                    other => other,
                }),
                None => {}
            },
            (true, plain) => bytes.push(plain),
        }
    }
    bytes
}

fn is_core(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name == "core" || name.starts_with("core."))
}

#[test]
fn a_trace_of_writes_is_read_as_it_was_written() {
    let trace = "12 write(3</tmp/a>, \"x\\n\\0\\17y\\\"\", 6) = 6\n\
                 12 writev(4</tmp/b>, [{iov_base=\"ab\", iov_len=2}, {iov_base=\"c\", iov_len=1}], 2) = 3\n\
                 12 write(5<socket:[1]>, \"secret\", 6) = 6\n";
    let written = written_to_files(trace);
    assert_eq!(
        written,
        [("/tmp/a".to_owned(), b"x\n\0\x0fy\"".to_vec()), ("/tmp/b".to_owned(), b"abc".to_vec())]
    );
}

/// A password itself; of a private key each of its long lines, which are what makes it one.
fn needles(value: &str) -> Vec<&str> {
    if !value.contains('\n') {
        return vec![value];
    }
    // The first line's content is the format's own and the same in every key.
    value.lines().filter(|line| !line.starts_with('-') && line.len() >= 40).skip(1).collect()
}
