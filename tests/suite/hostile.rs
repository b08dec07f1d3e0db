//! Hostile links start nothing, change nothing and call nobody.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use chaperone_suite::hostile_links;
use chaperone_suite::scene::{ADMINISTRATOR, PASSWORD, PERSON};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::server::Server;
use chaperone_suite::spill::files_below;
use chaperone_suite::trace;
use chaperone_suite::workstation::Workstation;

/// Of `chaperone`: the link is none of ours, or of a server this machine does not know, or it is no link but an option.
const REFUSALS: [i32; 3] = [2, 3, 4];

#[test]
fn hostile_links_start_nothing_change_nothing_and_call_nobody() {
    let dir = Scratch::new().unwrap();
    let mut server = Server::start(dir.path()).unwrap();
    server.add_person(ADMINISTRATOR, "administrator", PASSWORD).unwrap();
    server.add_person(PERSON, "user", PASSWORD).unwrap();
    let workstation = Workstation::start(dir.path()).unwrap();
    workstation.enrol(&server.device_code(PERSON).unwrap()).unwrap();
    server.kill().unwrap();

    // The trace sees a call: a link of the right form makes one.
    let good = format!(
        "chaperone://launch?server={}&ticket={}",
        hostile_links::percent_encode(server.origin()),
        "A".repeat(43)
    );
    let traced = Traced::open(&workstation, &dir.path().join("good"), &good);
    assert!(
        traced.calls.iter().any(|call| call.contains("AF_INET")),
        "{}: {:?}",
        trace::SHOWS_NOTHING,
        traced.calls
    );

    let before = contents(&workstation.chaperone_dir());
    let links = hostile_links::all(server.origin());
    assert!(links.len() >= 200);
    let next = AtomicUsize::new(0);
    let faults: Vec<String> = std::thread::scope(|scope| {
        let judge = || {
            let mut faults = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(hostile) = links.get(number) else { return faults };
                let traced = Traced::open(&workstation, &dir.path().join(number.to_string()), &hostile.link);
                faults.extend(
                    traced.faults().map(|fault| format!("{}: {:?}: {fault}", hostile.why, hostile.link)),
                );
            }
        };
        let judges: Vec<_> = (0..4).map(|_| scope.spawn(judge)).collect();
        judges.into_iter().flat_map(|judge| judge.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "not refused:\n{}", faults.join("\n"));

    assert_eq!(workstation.running("chaperone"), Vec::<u32>::new());
    assert_eq!(contents(&workstation.chaperone_dir()), before);
}

/// What a link made the handler do, by the system's own account of it.
struct Traced {
    exit: Option<i32>,
    said: String,
    /// Every program started and every address called, whoever answered.
    calls: Vec<String>,
}

impl Traced {
    fn open(workstation: &Workstation, trace_path: &Path, link: &str) -> Self {
        let calls = "execve,execveat,connect,sendto,sendmsg,sendmmsg";
        let mut command = trace::command(workstation, calls, &[], trace_path).unwrap();
        command.arg(workstation.program("chaperone")).args(["--headless", "open", "--", link]);
        let output = command.stdin(Stdio::null()).output().unwrap();
        let trace = std::fs::read(trace_path).unwrap();
        Self {
            exit: output.status.code(),
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
            calls: String::from_utf8_lossy(&trace).lines().map(str::to_owned).collect(),
        }
    }

    fn faults(&self) -> impl Iterator<Item = String> {
        let refused = self.exit.is_some_and(|code| REFUSALS.contains(&code));
        let told = (!refused || self.said.is_empty()).then(|| format!("exit {:?}: {}", self.exit, self.said));
        // The first is the handler itself.
        let started = self.calls.iter().filter(|call| call.contains("execve")).skip(1);
        let called = self.calls.iter().filter(|call| call.contains("AF_INET"));
        told.into_iter().chain(started.chain(called).cloned())
    }
}

/// Every file with what is in it, without logs: a refusal may be logged.
fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    files_below(dir)
        .into_iter()
        .filter(|path| path.extension().is_none_or(|extension| extension != "log"))
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap_or_default()))
        .collect()
}
