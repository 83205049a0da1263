//! The cgroups that this process is in, in either version, and the limits of those around it.

use std::path::Path;

/// Where Linux shows cgroups.
const ROOT: &str = "/sys/fs/cgroup";
/// The groups that a process is in, one hierarchy a line: `number:controllers:/path`.
const GROUPS: &str = "/proc/self/cgroup";

/// Reads a limit from the folder of a group; `None` where it has none.
pub(super) type ReadLimit<T> = fn(&Path) -> Option<T>;

/// How the limits of one controller are read.
pub(super) struct Limits<T> {
    pub controller: &'static str,
    /// In version 1.
    pub first_version: ReadLimit<T>,
    /// In version 2.
    pub second_version: ReadLimit<T>,
}

impl<T> Limits<T> {
    /// Those of all groups around this process; none where there are no cgroups.
    pub fn of_this_process(&self) -> Vec<T> {
        let groups = std::fs::read_to_string(GROUPS).unwrap_or_default();
        self.find(Path::new(ROOT), &groups)
    }

    /// The same for a process in `groups`, of hierarchies mounted in `root`.
    pub fn find(&self, root: &Path, groups: &str) -> Vec<T> {
        let mut limits = Vec::new();
        for hierarchy in groups.lines().filter_map(Hierarchy::parse) {
            match hierarchy.controllers {
                "" => hierarchy.collect(root, &mut limits, self.second_version),
                list if list.split(',').any(|name| name == self.controller) => {
                    hierarchy.collect(&root.join(list), &mut limits, self.first_version);
                }
                _ => {}
            }
        }
        limits
    }
}

/// A process's place in one hierarchy of groups.
struct Hierarchy<'a> {
    /// Names with commas between them; none in version 2.
    controllers: &'a str,
    /// Relative to the hierarchy's root.
    path: &'a str,
}

impl<'a> Hierarchy<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        let path = path.trim_start_matches('/');
        Some(Self { controllers, path })
    }

    /// Adds the limits that `read` finds in the group and in those around it. In a container only
    /// the outermost one may be there, under the hierarchy's root.
    fn collect<T>(&self, mount: &Path, limits: &mut Vec<T>, read: ReadLimit<T>) {
        let own = mount.join(self.path);
        let folders = own
            .ancestors()
            .take_while(|folder| folder.starts_with(mount));
        limits.extend(folders.filter_map(read));
    }
}

/// Writes files of a hierarchy that a test makes.
#[cfg(test)]
pub(super) fn write(root: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let file = root.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
}
