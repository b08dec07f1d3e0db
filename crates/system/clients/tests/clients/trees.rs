//! Trees of processes that try to get away.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chaperone_clients::{
    CleanEnvironment, Client, ClientProgram, ClientTree, ProgramPath, TreeError, TreeMark, TreeWatch,
    become_subreaper, end_leftovers, now_ns,
};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{block_on, fixture, is_alive, mark, standing_in, turn, until, visible_of};

/// Set for the process that plays the session process: the folder its clients stand in.
const ROLE: &str = "CLIENTS_TEST_SESSION";

fn bash(tree: &ClientTree, arguments: &[&str]) -> Client {
    let program = ProgramPath::at(Path::new("/bin/bash")).unwrap();
    let arguments = arguments.iter().map(Into::into).collect();
    tree.spawn(ClientProgram::new(program, arguments, CleanEnvironment::inherited())).unwrap()
}

fn escape(tree: &ClientTree, folder: &Path) -> Client {
    let client = bash(tree, &[fixture("escape.sh").to_str().unwrap(), folder.to_str().unwrap()]);
    wait_for_escapees(folder);
    client
}

fn wait_for_escapees(folder: &Path) {
    until("every escapee runs", || {
        ["main", "twice", "setsid", "bare", "forking", "hopping"]
            .iter()
            .all(|name| folder.join(name).exists())
    });
}

/// The children of this process, dead ones included that nobody has waited for.
fn children() -> std::collections::BTreeSet<u32> {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let lists =
        threads.filter_map(|thread| std::fs::read_to_string(thread.unwrap().path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().map(|id| id.parse().unwrap()).collect::<Vec<u32>>())
        .collect()
}

#[test]
fn nobody_outlives_the_tree() {
    let _turn = turn();
    let folder = tempfile::tempdir().unwrap();
    // Other tests of this program may have left theirs.
    let others = children();
    let tree = ClientTree::new(&mark("escape")).unwrap();
    let client = escape(&tree, folder.path());
    assert!(children().contains(&client.pid()));
    let standing = standing_in(folder.path());
    assert!(standing.len() >= 5, "{standing:?}");
    assert!(tree.owns(client.pid()) && !tree.owns(std::process::id()) && !tree.owns(1));
    until("those that got away and stay are the tree's, asked one by one", || {
        let mut staying = standing_in(folder.path());
        staying.retain(|pid| visible_of(*pid).0.contains("sleep 1000"));
        staying.len() >= 4 && staying.iter().all(|pid| tree.owns(*pid))
    });

    let before = now_ns();
    let ended = tree.end(Duration::from_millis(50)).unwrap();

    // Nobody below this process at all, by the kernel's own word, once the client's own thread has waited for it.
    block_on(client.exited());
    assert_eq!(children().difference(&others).collect::<Vec<_>>(), Vec::<&u32>::new());
    assert_eq!(standing_in(folder.path()), Vec::<u32>::new());
    let (asked, killed) = (ended.asked.unwrap(), ended.killed.unwrap());
    assert!(before <= asked && asked < killed && killed <= ended.last_gone && ended.last_gone <= now_ns());
}

#[test]
fn whoever_ends_when_asked_is_not_killed() {
    let _turn = turn();
    let tree = ClientTree::new(&mark("polite")).unwrap();
    let client = bash(&tree, &["-c", "sleep 1000 & wait"]);
    until("both run", || tree.pids().unwrap().len() == 2);
    let ended = tree.end(Duration::from_secs(20)).unwrap();
    assert!(ended.killed.is_none() && !is_alive(client.pid()));
}

#[test]
fn the_end_of_a_program_is_told() {
    let _turn = turn();
    let tree = ClientTree::new(&mark("exit")).unwrap();
    assert_eq!(block_on(bash(&tree, &["-c", "exit 7"]).exited()).code, Some(7));
    let killed = bash(&tree, &["-c", "kill -KILL $$"]);
    assert_eq!((block_on(killed.exited()).code, killed.try_exit().unwrap().signal), (None, Some(9)));
}

#[test]
fn children_from_before_stay_out_of_it() {
    let _turn = turn();
    let mut bystander = Command::new("/bin/sleep").arg("1000").spawn().unwrap();
    let tree = ClientTree::new(&mark("bystander")).unwrap();
    assert!(matches!(ClientTree::new(&mark("second")), Err(TreeError::AlreadyOne)));
    bash(&tree, &["-c", "sleep 1000"]);
    assert!(!tree.owns(bystander.id()));
    drop(tree);
    assert!(is_alive(bystander.id()));
    bystander.kill().unwrap();
    bystander.wait().unwrap();
    assert!(ClientTree::new(&mark("third")).is_ok());
}

#[test]
fn a_client_sees_a_clean_environment_and_no_descriptor_of_ours() {
    let _turn = turn();
    let folder = tempfile::tempdir().unwrap();
    let (ours, _theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    rustix::io::fcntl_setfd(&ours, rustix::io::FdFlags::empty()).unwrap();
    let tree = ClientTree::new(&mark("clean")).unwrap();
    let out = folder.path().join("out");
    let script = format!("env >{0}.env; ls -l /proc/$$/fd >{0}.fd; touch {0}", out.display());
    bash(&tree, &["-c", &script]);
    until("it has looked around", || out.exists());
    let descriptors = std::fs::read_to_string(out.with_extension("fd")).unwrap();
    assert!(!descriptors.contains("socket:"), "{descriptors}");
    let environment = std::fs::read_to_string(out.with_extension("env")).unwrap();
    assert!(environment.contains("CHAPERONE_TREE=clean-"));
    assert!(!environment.contains("CARGO"), "{environment}");
}

/// Not a test of its own: what the session process does in the tests below, until its input ends.
#[test]
#[ignore = "run by other tests in a process of its own"]
fn play_the_session_process() {
    let Some(folder) = std::env::var_os(ROLE) else { return };
    let mark = TreeMark::parse(&std::env::var("CHAPERONE_TREE").unwrap()).unwrap();
    let tree = ClientTree::new(&mark).unwrap();
    escape(&tree, &PathBuf::from(folder));
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

fn start_session(mark: &TreeMark, folder: &Path) -> Child {
    let session = Command::new("/usr/bin/setsid")
        .arg(std::env::current_exe().unwrap())
        .args(["trees::play_the_session_process", "--exact", "--ignored", "--quiet"])
        .env(ROLE, folder)
        .env("CHAPERONE_TREE", mark.as_str())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_for_escapees(folder);
    session
}

fn signal(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), signal).unwrap();
}

#[test]
fn a_frozen_session_process_is_ended_with_everything_below() {
    let _turn = turn();
    become_subreaper().unwrap();
    let (folder, mark) = (tempfile::tempdir().unwrap(), mark("frozen"));
    let mut session = start_session(&mark, folder.path());
    let mut watch = TreeWatch::new(session.id(), &mark).unwrap();
    signal(session.id(), Signal::STOP);
    watch.kill_all().unwrap();
    assert_eq!(standing_in(folder.path()), Vec::<u32>::new());
    assert!(!is_alive(session.id()));
    session.wait().unwrap();
}

#[test]
fn what_a_killed_session_process_leaves_is_ended() {
    let _turn = turn();
    become_subreaper().unwrap();
    let (folder, mark) = (tempfile::tempdir().unwrap(), mark("killed"));
    let mut session = start_session(&mark, folder.path());
    let mut watch = TreeWatch::new(session.id(), &mark).unwrap();
    assert!(watch.look().unwrap() >= 5);
    session.kill().unwrap();
    session.wait().unwrap();
    assert!(!standing_in(folder.path()).is_empty());
    let ended = watch.kill_all().unwrap();
    assert_eq!(standing_in(folder.path()), Vec::<u32>::new());
    assert!(ended.killed.unwrap() <= ended.last_gone);
}

#[test]
fn a_session_process_that_ends_takes_all_with_it() {
    let _turn = turn();
    let (folder, mark) = (tempfile::tempdir().unwrap(), mark("ending"));
    let mut session = start_session(&mark, folder.path());
    drop(session.stdin.take());
    assert!(session.wait().unwrap().success());
    assert_eq!(standing_in(folder.path()), Vec::<u32>::new());
}

#[test]
fn the_next_start_ends_what_both_left_behind() {
    let _turn = turn();
    become_subreaper().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (left, other) = (mark("left"), mark("other"));
    let stay = |mark: &TreeMark| {
        let mut command = Command::new("/bin/bash");
        command.args(["-c", "trap '' TERM; sleep 1000 & touch $0; wait", mark.as_str()]);
        let child = command.env("CHAPERONE_TREE", mark.as_str()).current_dir(folder.path()).spawn().unwrap();
        until("it runs", || folder.path().join(mark.as_str()).exists());
        child
    };
    let (mut gone, mut living) = (stay(&left), stay(&other));
    assert_eq!(end_leftovers(|mark| mark == left.as_str()).unwrap(), 2);
    assert!(!is_alive(gone.id()) && is_alive(living.id()));
    gone.wait().unwrap();
    assert_eq!(end_leftovers(|mark| mark == other.as_str()).unwrap(), 2);
    living.wait().unwrap();
    assert_eq!(standing_in(folder.path()), Vec::<u32>::new());
}
