#![cfg(unix)]

use std::os::unix::net::UnixStream;
use std::process::Stdio;

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

/// Both ends within this process.
fn ends() -> (Parent, Child) {
    let (near, far) = UnixStream::pair().unwrap();
    (Parent { end: platform::End::new(near).unwrap() }, Child { end: platform::End::new(far).unwrap() })
}

/// The next event that is not a sleep of the machine under test.
fn next(watch: &mut Watch) -> Event {
    loop {
        let event = watch.next_event();
        if !matches!(event, Event::Slept(_)) {
            return event;
        }
    }
}

/// This test program again, as a child in a role of its own.
fn role(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", &format!("pulse::tests::{name}"), "--nocapture"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn start(name: &str) -> (std::process::Child, Parent) {
    let mut command = role(name);
    let offer = Offer::prepare(&mut command).unwrap();
    let child = command.env("CHAPERONE_TEST_PIPE", offer.argument()).spawn().unwrap();
    (child, offer.started())
}

fn inherited() -> Child {
    Child::inherit(&std::env::var_os("CHAPERONE_TEST_PIPE").unwrap()).unwrap()
}

#[test]
fn the_first_message_is_the_hand_over_and_others_follow_both_ways() {
    let (parent, child) = ends();
    let (to_child, mut from_child) = parent.hand_over(b"ticket").unwrap();
    let (message, to_parent, mut from_parent) = child.receive(PATIENCE).unwrap();
    assert_eq!(message, b"ticket");
    to_parent.send(b"started".to_vec()).unwrap();
    to_child.send(vec![9; MAX_FRAME]).unwrap();
    assert_eq!(next(&mut from_child), Event::Frame(b"started".to_vec()));
    assert_eq!(next(&mut from_parent), Event::Frame(vec![9; MAX_FRAME]));
}

#[test]
fn what_waits_is_sent_before_the_end() {
    let (parent, child) = ends();
    let (_to_child, mut from_child) = parent.hand_over(b"ticket").unwrap();
    let (_, to_parent, _from_parent) = child.receive(PATIENCE).unwrap();
    for number in 0..10 {
        to_parent.send(vec![number]).unwrap();
    }
    drop(to_parent);
    for number in 0..10 {
        assert_eq!(next(&mut from_child), Event::Frame(vec![number]));
    }
    assert_eq!(next(&mut from_child), Event::Gone(Gone::Ended));
    assert_eq!(next(&mut from_child), Event::Gone(Gone::Ended));
}

#[test]
fn silence_is_noticed() {
    let (near, _far) = UnixStream::pair().unwrap();
    let (reader, _writer) = platform::End::new(near).unwrap().split().unwrap();
    let mut watch = Watch::new(reader, Duration::from_millis(20), Duration::from_millis(20));
    assert_eq!(next(&mut watch), Event::Gone(Gone::Silent));
}

#[test]
fn what_lies_there_already_counts_before_silence() {
    let (near, far) = UnixStream::pair().unwrap();
    let (reader, _writer) = platform::End::new(near).unwrap().split().unwrap();
    let (_, mut writer) = platform::End::new(far).unwrap().split().unwrap();
    writer.write_all(&[0, 0, 0, 1, 7]).unwrap();
    let mut watch = Watch::new(reader, Duration::ZERO, Duration::ZERO);
    assert_eq!(next(&mut watch), Event::Frame(vec![7]));
    assert_eq!(next(&mut watch), Event::Gone(Gone::Silent));
}

#[test]
fn what_is_no_message_ends_the_line() {
    let (near, far) = UnixStream::pair().unwrap();
    let (reader, _writer) = platform::End::new(near).unwrap().split().unwrap();
    let (_, mut writer) = platform::End::new(far).unwrap().split().unwrap();
    writer.write_all(&[0xff; 8]).unwrap();
    assert_eq!(next(&mut Watch::new(reader, PATIENCE, PATIENCE)), Event::Gone(Gone::Broken));
}

#[test]
fn a_stuck_loop_silences_its_process() {
    let (parent, child) = ends();
    let (to_child, _from_child) = parent.hand_over(b"ticket").unwrap();
    let (_, _to_parent, mut from_parent) = child.receive(PATIENCE).unwrap();
    to_child.require_sign_of_life(Duration::from_nanos(1));
    // Never again a sign of life, though the process and its pulse thread go on.
    assert_eq!(next(&mut from_parent), Event::Gone(Gone::Silent));
}

#[test]
fn lengths_out_of_range_are_refused() {
    let (parent, child) = ends();
    assert!(matches!(ends().0.hand_over(b""), Err(PulseError::HandOverLength { length: 0 })));
    assert!(ends().0.hand_over(&vec![0; MAX_FRAME + 1]).is_err());
    let (sender, _watch) = parent.hand_over(&vec![1; MAX_FRAME]).unwrap();
    assert_eq!(child.receive(PATIENCE).unwrap().0.len(), MAX_FRAME);
    assert_eq!(sender.send(Vec::new()), Err(SendError::Length { length: 0 }));
    assert_eq!(sender.send(vec![0; MAX_FRAME + 1]), Err(SendError::Length { length: MAX_FRAME + 1 }));
}

#[test]
fn only_an_inherited_pipe_is_taken_over() {
    for argument in ["", "x", "-1", "0", "1", "2", "99999", "3;4", "1 "] {
        let refused = Child::inherit(argument.as_ref());
        assert!(matches!(refused, Err(PulseError::Argument { .. })), "{argument:?}");
    }
    let file = tempfile::tempfile().unwrap();
    let number = std::os::fd::AsRawFd::as_raw_fd(&file).to_string();
    assert!(matches!(Child::inherit(number.as_ref()), Err(PulseError::Argument { .. })));
}

#[test]
fn an_offer_dropped_before_the_start_makes_the_start_fail() {
    let mut command = role("answers");
    drop(Offer::prepare(&mut command).unwrap());
    command.spawn().unwrap_err();
}

#[test]
fn a_real_child_answers_and_its_death_is_seen_at_once() {
    let (mut child, parent) = start("answers");
    let (sender, mut watch) = parent.hand_over(b"hello").unwrap();
    assert_eq!(next(&mut watch), Event::Frame(b"HELLO".to_vec()));
    sender.send(b"again".to_vec()).unwrap();
    assert_eq!(next(&mut watch), Event::Frame(b"AGAIN".to_vec()));
    child.kill().unwrap();
    assert_eq!(next(&mut watch), Event::Gone(Gone::Ended));
    child.wait().unwrap();
}

#[test]
fn a_grandchild_does_not_keep_the_line_open() {
    let (mut child, parent) = start("has_a_child_of_its_own");
    let (_sender, mut watch) = parent.hand_over(b"go").unwrap();
    let Event::Frame(pid) = next(&mut watch) else { panic!("no grandchild") };
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(next(&mut watch), Event::Gone(Gone::Ended));
    let pid = rustix::process::Pid::from_raw(i32::from_be_bytes(pid.try_into().unwrap())).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("the grandchild still runs");
}

#[test]
fn a_stopped_child_is_noticed() {
    let (mut child, parent) = start("answers");
    let (_sender, mut watch) = parent.hand_over(b"hello").unwrap();
    assert_eq!(next(&mut watch), Event::Frame(b"HELLO".to_vec()));
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    assert_eq!(next(&mut watch), Event::Gone(Gone::Silent));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_child_sees_its_parent_go() {
    let (mut child, parent) = start("ends_with_its_parent");
    let (sender, mut watch) = parent.hand_over(b"hello").unwrap();
    assert_eq!(next(&mut watch), Event::Frame(b"here".to_vec()));
    drop((sender, watch));
    assert!(child.wait().unwrap().success());
}

#[test]
#[ignore = "the child's part of the tests above"]
fn answers() {
    let (first, sender, mut watch) = inherited().receive(PATIENCE).unwrap();
    sender.send(first.to_ascii_uppercase()).unwrap();
    while let Event::Frame(message) = next(&mut watch) {
        sender.send(message.to_ascii_uppercase()).unwrap();
    }
}

#[test]
#[ignore = "the child's part of the tests above"]
fn has_a_child_of_its_own() {
    let (_, sender, mut watch) = inherited().receive(PATIENCE).unwrap();
    #[expect(clippy::zombie_processes, reason = "it must outlive this process; the test kills it")]
    let child = Command::new("sleep").arg("60").spawn().unwrap();
    sender.send(rustix::process::Pid::from_child(&child).as_raw_pid().to_be_bytes().to_vec()).unwrap();
    while matches!(next(&mut watch), Event::Frame(_)) {}
}

#[test]
#[ignore = "the child's part of the tests above"]
fn ends_with_its_parent() {
    let (_, sender, mut watch) = inherited().receive(PATIENCE).unwrap();
    sender.send(b"here".to_vec()).unwrap();
    assert_eq!(next(&mut watch), Event::Gone(Gone::Ended));
}
