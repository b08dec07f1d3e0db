//! The demo itself.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use chaperone_suite::interrupt::Interrupt;
use chaperone_suite::scene::{ADMINISTRATOR, PASSWORD, PATIENCE, Scene, Secret};
use chaperone_suite::sshd::{Account, Sshd};
use chaperone_suite::wait;
use serde_json::json;

const SECRET: &str = "db01 root shell";
/// What is typed in the session, line by line.
const COMMANDS: &str = include_str!("../../../../assets/demo/commands.txt");

#[derive(Clone, Copy)]
struct Options {
    /// One object instead of words.
    json: bool,
    /// End when the film is ready.
    once: bool,
    /// Kill the server in the middle, and bring it back.
    pull_the_plug: bool,
}

/// Runs the demo to its end, or until Ctrl-C.
pub(crate) fn run() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |option: &str| arguments.iter().any(|argument| argument == option);
    let options = Options { json: has("--json"), once: has("--once"), pull_the_plug: has("--pull-the-plug") };

    // From here on Ctrl-C ends what was started, and the demo cleans up on its way out.
    let interrupt = Interrupt::listen()?;
    let dir =
        tempfile::Builder::new().prefix("chaperone-demo-").tempdir().context("make the demo's folder")?;
    let kept_dir = dir.path().join("film");
    std::fs::create_dir(&kept_dir).context("make the film's folder")?;

    options.say("Starting an SSH server, the Chaperone server, a workstation and a browser");
    let sshd_dir = dir.path().join("sshd");
    std::fs::create_dir(&sshd_dir).context("make the target's folder")?;
    let sshd = Sshd::start(&sshd_dir, Account::create()?)?;
    let secret = Secret::ssh_password(SECRET, &sshd).unwrap_or_else(|_| Secret::ssh_key(SECRET, &sshd));
    let mut scene = Scene::start(dir.path(), &[secret])?;
    options
        .say(&format!("Console: {} (log in as {ADMINISTRATOR}, password {PASSWORD})", scene.server.origin()));

    options.say("Clicking Launch in the browser");
    let session = scene.launch(SECRET)?;
    wait::until_true("the login at the target", PATIENCE, || sshd.log().contains("Starting session"))?;
    work(&scene)?;
    let picture_path = kept_dir.join("recording.png");
    scene.workstation.display().screenshot(&picture_path)?;
    if options.pull_the_plug {
        pull_the_plug(&mut scene, options)?;
    } else {
        log_out(&scene)?;
    }

    options.say("The session has ended; waiting for its film");
    scene.become_person(ADMINISTRATOR)?;
    scene.wait_film(&session)?;
    let film_path = kept_dir.join("session.mp4");
    scene.browser.save_film(&session, &film_path)?;
    scene.browser.play(&session)?;
    let console_picture_path = kept_dir.join("console.png");
    scene.browser.screenshot(&console_picture_path)?;

    if options.json {
        println!(
            "{}",
            json!({
                "console": scene.server.origin(),
                "user": ADMINISTRATOR,
                "password": PASSWORD,
                "root": scene.server.root_fingerprint(),
                "session": session,
                "mp4": film_path,
                "data": scene.server.data_dir(),
            })
        );
    } else {
        println!("session {session}");
        println!("film {}", film_path.display());
        println!("picture of the session {}", picture_path.display());
        println!("picture of the console {}", console_picture_path.display());
    }
    // Whoever asked for the film wants it after the demo has ended.
    let dir_path = dir.keep();
    if !options.once {
        options.say(&format!("The console stays up at {}; Ctrl-C ends it", scene.server.origin()));
        interrupt.wait();
    }
    drop(scene);
    remove_all_but(&dir_path, &["film", "server"])
}

impl Options {
    fn say(self, words: &str) {
        if self.json {
            eprintln!("{words}");
        } else {
            println!("{words}");
        }
    }
}

/// Types what a person might.
fn work(scene: &Scene) -> anyhow::Result<()> {
    let window = scene.client_window("xterm")?;
    for line in COMMANDS.lines() {
        scene.workstation.display().type_line(&window, line)?;
        // A person looks at what came before typing on: the film shall have something to show.
        std::thread::sleep(Duration::from_millis(1500));
    }
    Ok(())
}

fn log_out(scene: &Scene) -> anyhow::Result<()> {
    let window = scene.client_window("xterm")?;
    scene.workstation.display().type_line(&window, "exit")?;
    wait_client_gone(scene)
}

fn pull_the_plug(scene: &mut Scene, options: Options) -> anyhow::Result<()> {
    options.say("Pulling the plug: the server is killed");
    scene.server.kill()?;
    wait_client_gone(scene)?;
    options.say("The launcher has ended the session; the server comes back");
    scene.server.restart()
}

fn wait_client_gone(scene: &Scene) -> anyhow::Result<()> {
    wait::until_true("the end of the client", PATIENCE, || scene.workstation.running("ssh").is_empty())
}

fn remove_all_but(dir: &Path, kept: &[&str]) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(dir).with_context(|| format!("list {}", dir.display()))? {
        let entry = entry.with_context(|| format!("list {}", dir.display()))?;
        if kept.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        let removed = if entry.path().is_dir() {
            std::fs::remove_dir_all(entry.path())
        } else {
            std::fs::remove_file(entry.path())
        };
        removed.with_context(|| format!("remove {}", entry.path().display()))?;
    }
    Ok(())
}
