//! Real ssh in a real terminal on an own screen, against a real sshd.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use chaperone_clients::ssh::{
    ASKPASS_VARIABLE, OpenSsh, SshClient, SshEnd, SshError, SshLaunch, SshPrograms, SshSecret, askpass_main,
    start,
};
use chaperone_clients::{ClientTree, HostKey, ProgramPath, SessionFolder, WindowTitle};

use chaperone_protocol::{AccountName, TargetHost};

use crate::support::{
    Running, block_on, fixture, free_port, mark, on_own_screen, until, until_listening, visible_of,
};

const PASSWORD: &str = "Zx9 sesame \u{2713} 'q\"";

/// An sshd of the test's own for the current user, who may log in with a key and gets one command.
struct Target {
    folder: tempfile::TempDir,
    port: std::num::NonZeroU16,
    _sshd: Running,
}

impl Target {
    fn start(command: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["host", "client", "other"] {
            let mut keygen = Command::new("ssh-keygen");
            keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(folder.path().join(name));
            assert!(keygen.status().unwrap().success());
        }
        if rustix::process::geteuid().is_root() {
            fs::create_dir_all("/run/sshd").unwrap();
        }
        let port = free_port();
        let at = folder.path().display();
        let config = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nPidFile none\nHostKey {at}/host\nAuthorizedKeysFile {at}/client.pub\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication yes\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n\
             ForceCommand cd {at}; {command}\n"
        );
        fs::write(folder.path().join("config"), config).unwrap();
        let sshd = Running::start(
            Command::new("/usr/sbin/sshd")
                .args(["-D", "-e", "-f"])
                .arg(folder.path().join("config"))
                .stdin(Stdio::null())
                .stderr(fs::File::create(folder.path().join("sshd.log")).unwrap()),
        );
        until_listening(port);
        Self { folder, port, _sshd: sshd }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn launch(&self, host_key: &str, secret: SshSecret) -> SshLaunch {
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        SshLaunch {
            host: TargetHost::parse("127.0.0.1").unwrap(),
            port: self.port,
            account: AccountName::parse(String::from_utf8(user).unwrap().trim()).unwrap(),
            host_keys: vec![HostKey::parse(&self.read(host_key)).unwrap()],
            secret,
            title: WindowTitle::cleaned("test session"),
        }
    }

    fn key(&self, name: &str) -> SshSecret {
        SshSecret::PrivateKey(self.read(name).into())
    }
}

/// A tree, a folder with a space in its name, and ssh started in both.
struct Session {
    client: SshClient,
    folder: SessionFolder,
    tree: ClientTree,
}

impl Session {
    fn start(target: &Target, launch: SshLaunch) -> Result<Self, SshError> {
        let tree = ClientTree::new(&mark("ssh")).unwrap();
        let folder = SessionFolder::create(target.folder.path(), "s 1").unwrap();
        let programs = SshPrograms::find(Some("xterm")).unwrap();
        let client = block_on(start(&tree, &folder, &programs, &askpass_program(target), launch))?;
        Ok(Self { client, folder, tree })
    }

    fn wait(&self) -> SshEnd {
        block_on(self.client.client().exited());
        self.client.why_ended()
    }
}

/// A program that answers ssh as the `chaperone` binary does. The environment of clients is a closed list, so paths
/// are written into it.
fn askpass_program(target: &Target) -> PathBuf {
    let path = target.path("askpass");
    let program = std::env::current_exe().unwrap();
    let script = fs::read_to_string(fixture("askpass.sh")).unwrap();
    let script = script.replace("$CHAPERONE_TEST_PROGRAM", program.to_str().unwrap());
    let script = script.replace("$CHAPERONE_TEST_FOLDER", target.folder.path().to_str().unwrap());
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Not a test of its own: what the askpass program does.
#[test]
#[ignore = "run by ssh in other tests"]
#[expect(clippy::exit, reason = "the answer must be the last thing on standard output")]
fn play_askpass() {
    let (Some(socket), Ok(prompt)) =
        (std::env::var_os(ASKPASS_VARIABLE), std::env::var("CLIENTS_TEST_PROMPT"))
    else {
        return;
    };
    std::process::exit(i32::from(askpass_main(Path::new(&socket), &prompt)));
}

#[test]
fn a_private_key_logs_in_and_is_seen_nowhere() {
    on_own_screen("ssh::a_private_key_logs_in_and_is_seen_nowhere", || {
        let target = Target::start("touch marker; exec sleep 1000");
        let key = target.read("client");
        let session = Session::start(&target, target.launch("host.pub", target.key("client"))).unwrap();
        until("the login succeeded", || target.path("marker").exists());

        let pids = session.tree.pids().unwrap();
        let seen: Vec<_> = pids.iter().map(|pid| visible_of(*pid)).collect();
        for program in ["xterm", "ssh -F", "ssh-agent"] {
            assert!(seen.iter().any(|(arguments, _)| arguments.contains(program)), "{program}");
        }
        for line in key.lines().filter(|line| !line.starts_with("-----")) {
            assert!(
                !seen
                    .iter()
                    .any(|(arguments, environment)| arguments.contains(line) || environment.contains(line))
            );
        }
        let known_hosts = session.folder.path().join("known_hosts");
        assert_eq!(known_hosts.metadata().unwrap().permissions().mode() & 0o777, 0o600);

        session.tree.end(Duration::from_millis(300)).unwrap();
        assert_eq!(session.tree.pids().unwrap(), Vec::<u32>::new());
        let folder = session.folder.path().to_owned();
        drop(session);
        assert!(!folder.exists());
    });
}

#[test]
fn the_end_of_the_remote_shell_is_the_sessions_end() {
    on_own_screen("ssh::the_end_of_the_remote_shell_is_the_sessions_end", || {
        let target = Target::start("touch marker");
        let session = Session::start(&target, target.launch("host.pub", target.key("client"))).unwrap();
        assert_eq!(session.wait(), SshEnd::Closed);
        assert!(target.path("marker").exists());
    });
}

#[test]
fn another_host_key_ends_it_before_anything_is_sent() {
    on_own_screen("ssh::another_host_key_ends_it_before_anything_is_sent", || {
        let target = Target::start("touch marker");
        let launch = target.launch("other.pub", SshSecret::Password(PASSWORD.into()));
        let session = Session::start(&target, launch).unwrap();
        assert_eq!(session.wait(), SshEnd::HostKeyChanged);
        assert!(!session.client.is_password_taken() && !target.path("marker").exists());
    });
}

#[test]
fn a_refused_key_and_a_silent_port_are_told_apart() {
    on_own_screen("ssh::a_refused_key_and_a_silent_port_are_told_apart", || {
        let target = Target::start("touch marker");
        let session = Session::start(&target, target.launch("host.pub", target.key("other"))).unwrap();
        assert_eq!(session.wait(), SshEnd::LoginRefused);
        drop(session);
        let launch = SshLaunch { port: free_port(), ..target.launch("host.pub", target.key("client")) };
        assert_eq!(Session::start(&target, launch).unwrap().wait(), SshEnd::Unreachable);
    });
}

#[test]
fn ssh_fetches_the_password_from_us_and_nobody_sees_it() {
    on_own_screen("ssh::ssh_fetches_the_password_from_us_and_nobody_sees_it", || {
        // No account here has this password: that ssh asked, got it and was refused is what can be seen.
        let target = Target::start("touch marker");
        let launch = target.launch("host.pub", SshSecret::Password(PASSWORD.into()));
        let session = Session::start(&target, launch).unwrap();
        block_on(session.client.client().exited());
        assert!(session.client.is_password_taken());
        assert_eq!(session.client.why_ended(), SshEnd::LoginRefused);
        assert!(target.read("sshd.log").contains("Failed password"), "{}", target.read("sshd.log"));
        let seen = target.read("seen");
        assert!(seen.contains("'s password: ") && seen.contains("SSH_ASKPASS_REQUIRE=force"));
        assert!(!seen.contains("sesame"));
        for file in
            fs::read_dir(session.folder.path()).unwrap().flatten().filter(|file| file.path().is_file())
        {
            assert!(!fs::read_to_string(file.path()).unwrap().contains("sesame"));
        }
    });
}

/// Runs a script in ssh's place, which asks for the password as it likes and writes what it gets to files.
fn with_script_as_ssh(script: &str, check: impl FnOnce(&Target, &Session)) {
    let target = Target::start("true");
    let path = target.path("fake-ssh");
    fs::write(&path, format!("#!/bin/bash\ncd '{}'\n{script}", target.folder.path().display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let tree = ClientTree::new(&mark("script")).unwrap();
    let folder = SessionFolder::create(target.folder.path(), "s2").unwrap();
    let mut programs = SshPrograms::find(Some("xterm")).unwrap();
    programs.openssh = OpenSsh { ssh: ProgramPath::at(&path).unwrap(), ..programs.openssh };
    let launch = SshLaunch {
        account: AccountName::parse("alice").unwrap(),
        ..target.launch("host.pub", SshSecret::Password(PASSWORD.into()))
    };
    let client = block_on(start(&tree, &folder, &programs, &askpass_program(&target), launch)).unwrap();
    let session = Session { client, folder, tree };
    check(&target, &session);
}

#[test]
fn the_password_is_handed_out_once_and_for_its_own_question_only() {
    on_own_screen("ssh::the_password_is_handed_out_once_and_for_its_own_question_only", || {
        let script = "
            ask() { \"$SSH_ASKPASS\" \"$2\" >\"$1\"; echo $? >\"$1.code\"; }
            ask hostkey \"The authenticity of host can't be established. Continue connecting (yes/no)? \"
            ask other \"bob@127.0.0.1's password: \"
            ask right \"alice@127.0.0.1's password: \"
            ask again \"alice@127.0.0.1's password: \"
            touch done";
        with_script_as_ssh(script, |target, session| {
            until("all is asked", || target.path("done").exists());
            for name in ["hostkey", "other", "again"] {
                assert_eq!(
                    (target.read(name), target.read(&format!("{name}.code"))),
                    (String::new(), "1\n".into()),
                    "{name}"
                );
            }
            assert_eq!(
                (target.read("right"), target.read("right.code")),
                (format!("{PASSWORD}\n"), "0\n".into())
            );
            assert!(session.client.is_password_taken());
        });
    });
}

#[test]
fn a_process_outside_the_tree_gets_no_password() {
    on_own_screen("ssh::a_process_outside_the_tree_gets_no_password", || {
        with_script_as_ssh("touch done; exec sleep 1000", |target, session| {
            until("it runs", || target.path("done").exists());
            let socket = session.folder.path().join("ask");
            assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(askpass_main(&socket, "alice@127.0.0.1's password: "), 1);
            assert!(!session.client.is_password_taken());
        });
    });
}

#[test]
fn a_damaged_key_is_refused_before_a_window_opens() {
    on_own_screen("ssh::a_damaged_key_is_refused_before_a_window_opens", || {
        let target = Target::start("true");
        let launch = target.launch("host.pub", SshSecret::PrivateKey("no key".into()));
        assert!(matches!(Session::start(&target, launch), Err(SshError::Key)));
    });
}
