//! Hostile links start nothing, change nothing and call nobody.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use chaperone_suite::hostile_links;
use chaperone_suite::scene::{ADMINISTRATOR, PASSWORD, PERSON};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::server::Server;
use chaperone_suite::spill::files_below;
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
    // Whoever is called where the server stood is counted.
    let address = server.origin().trim_start_matches("https://").to_owned();
    server.kill().unwrap();
    let listener = TcpListener::bind(&address).unwrap();
    listener.set_nonblocking(true).unwrap();

    let before = contents(&workstation.chaperone_dir());
    let links = hostile_links::all(server.origin());
    let next = AtomicUsize::new(0);
    let faults: Vec<String> = std::thread::scope(|scope| {
        let judge = || {
            let mut faults = Vec::new();
            while let Some(hostile) = links.get(next.fetch_add(1, Ordering::Relaxed)) {
                let output = workstation.chaperone(&["open", "--", &hostile.link]).unwrap();
                let refused = output.status.code().is_some_and(|code| REFUSALS.contains(&code));
                if !refused || output.stderr.is_empty() {
                    faults.push(format!("{}: {:?}: {}", hostile.why, hostile.link, output.status));
                }
            }
            faults
        };
        let judges: Vec<_> = (0..4).map(|_| scope.spawn(judge)).collect();
        judges.into_iter().flat_map(|judge| judge.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "not refused:\n{}", faults.join("\n"));
    assert!(links.len() >= 200);

    assert_eq!(workstation.running("chaperone"), Vec::<u32>::new());
    assert_eq!(contents(&workstation.chaperone_dir()), before);
    let called = listener.accept().map_err(|error| error.kind());
    assert!(matches!(called, Err(std::io::ErrorKind::WouldBlock)), "the server was called: {called:?}");
}

/// Every file with what is in it, without logs: a refusal may be logged.
fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    files_below(dir)
        .into_iter()
        .filter(|path| path.extension().is_none_or(|extension| extension != "log"))
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap_or_default()))
        .collect()
}
