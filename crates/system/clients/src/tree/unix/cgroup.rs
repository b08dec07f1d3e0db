//! A cgroup (version 2) of a tree's own, where this user may make one: usual under a systemd user session, not in a
//! plain login or a container.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::super::TreeMark;

/// What a tree's cgroup is called, before its mark.
const PREFIX: &str = "chaperone-";

/// A folder of the cgroup file system. Removed when dropped by the one that made it.
#[derive(Debug)]
pub(super) struct Cgroup {
    path: PathBuf,
    is_ours: bool,
}

impl Cgroup {
    /// Makes the tree's cgroup below this process's own. Nothing where that is refused or `cgroup.kill` is missing
    /// (Linux before 5.14).
    pub(super) fn make(mark: &TreeMark) -> Option<Self> {
        let path = place(mark)?;
        fs::create_dir(&path).ok()?;
        let made = Self { path, is_ours: true };
        let is_usable = made.path.join("cgroup.kill").exists() && made.entrance().is_ok();
        is_usable.then_some(made)
    }

    /// The cgroup a child of this process makes for its tree, whether it is there yet or not.
    pub(super) fn of_another(mark: &TreeMark) -> Option<Self> {
        place(mark).map(|path| Self { path, is_ours: false })
    }

    /// The cgroups of trees whose process is gone, beside the one this process would make. They are removed with the value.
    pub(super) fn left(is_left: &dyn Fn(&str) -> bool) -> Vec<Self> {
        let Some(folder) = folder() else { return Vec::new() };
        let below = fs::read_dir(folder).into_iter().flatten().flatten();
        let is_of_one_left = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.and_then(|name| name.strip_prefix(PREFIX)).is_some_and(is_left)
        };
        below
            .map(|entry| entry.path())
            .filter(is_of_one_left)
            .map(|path| Self { path, is_ours: true })
            .collect()
    }

    /// The file a process writes `0` to, to come in.
    pub(super) fn entrance(&self) -> io::Result<File> {
        OpenOptions::new().write(true).open(self.path.join("cgroup.procs"))
    }

    /// Who is inside, also in cgroups below.
    pub(super) fn pids(&self) -> BTreeSet<u32> {
        let mut pids = BTreeSet::new();
        let mut folders = vec![self.path.clone()];
        while let Some(folder) = folders.pop() {
            let list = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
            // A process of another namespace is listed as 0.
            pids.extend(list.lines().filter_map(|line| line.parse().ok()).filter(|pid: &u32| *pid != 0));
            let below = fs::read_dir(&folder).into_iter().flatten().flatten();
            folders.extend(below.map(|entry| entry.path()).filter(|path| path.is_dir()));
        }
        pids
    }

    /// Kills all inside at once. What that misses is left to the sweep.
    pub(super) fn kill(&self) {
        if let Err(error) = fs::write(self.path.join("cgroup.kill"), b"1")
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::debug!(%error, "The tree's cgroup was not killed");
        }
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        if self.is_ours
            && let Err(error) = fs::remove_dir(&self.path)
        {
            tracing::debug!(%error, "The tree's cgroup was not removed");
        }
    }
}

fn place(mark: &TreeMark) -> Option<PathBuf> {
    folder().map(|folder| folder.join(format!("{PREFIX}{}", mark.as_str())))
}

/// This process's own cgroup.
fn folder() -> Option<PathBuf> {
    let own = own_path(&fs::read_to_string("/proc/self/cgroup").ok()?)?.to_owned();
    let mount = mount_point(&fs::read_to_string("/proc/self/mountinfo").ok()?)?;
    Some(mount.join(own.trim_start_matches('/')))
}

/// The path after `0::`, this process's place in version 2.
fn own_path(cgroups: &str) -> Option<&str> {
    cgroups.lines().find_map(|line| line.strip_prefix("0::"))
}

/// Where version 2 is mounted as a whole: field 5 of the line whose type, after ` - `, is `cgroup2`.
fn mount_point(mounts: &str) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let mut fields = place.split(' ').skip(3);
        let (root, mount) = (fields.next()?, fields.next()?);
        (kind.starts_with("cgroup2 ") && root == "/" && !mount.contains('\\'))
            .then(|| Path::new(mount).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_read_out_of_both_files() {
        assert_eq!(own_path("12:cpu:/x\n0::/user.slice/a.scope\n"), Some("/user.slice/a.scope"));
        assert_eq!(own_path("1:name=systemd:/\n"), None);
        let mounts = "24 1 0:22 / /proc rw - proc proc rw\n30 1 0:26 / /sys/fs/cgroup/unified rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";
        assert_eq!(mount_point(mounts), Some(PathBuf::from("/sys/fs/cgroup/unified")));
        assert_eq!(mount_point("30 1 0:26 /sub /c rw - cgroup2 cgroup2 rw\n"), None);
    }
}
