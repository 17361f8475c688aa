//! File systems that come and go between a deletion and its end: where something else is mounted now, or nothing, nobody is
//! taken to name nothing. Each test has mounts of its own.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::deletion::{Place, age};
use crate::program::{copy, err, fixture, out, stateward};
use crate::trash_needs::{self, batches, code, id};

/// A process with mounts of its own.
pub(crate) struct Mounts(Child);

impl Mounts {
    pub(crate) fn new() -> Self {
        let mut child = Command::new("unshare")
            .args([
                "-m",
                "sh",
                "-c",
                "mount -t tmpfs none /mnt && echo ready && read x",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("`unshare` of util-linux");
        let mut line = [0; 6];
        let told = child.stdout.as_mut().unwrap();
        std::io::Read::read_exact(told, &mut line)
            .expect("a mount in a namespace of its own: these tests run as root");
        Self(child)
    }

    /// Runs a program where these mounts are.
    fn run<A: AsRef<OsStr>>(&self, program: &Path, args: &[A]) -> Output {
        let mut like = stateward();
        let settings = like
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        let settings: Vec<_> = settings
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .collect();
        like = Command::new("nsenter");
        let within = format!("--mount=/proc/{}/ns/mnt", self.0.id());
        like.arg(within)
            .arg("--")
            .arg(program)
            .args(args)
            .envs(settings);
        like.output().unwrap()
    }

    pub(crate) fn shell(&self, script: &str) {
        let done = self.run(Path::new("sh"), &["-ec", script]);
        assert!(done.status.success(), "{script}: {}", err(&done));
    }

    pub(crate) fn stateward(&self, args: &[&str]) -> Output {
        self.run(Path::new(env!("CARGO_BIN_EXE_stateward")), args)
    }
}

impl Drop for Mounts {
    fn drop(&mut self) {
        // It ends once nobody can tell it anything any more.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// A deletion of chk-8 that looked in another directory, too.
struct Scene {
    mounts: Mounts,
    place: Place,
    other: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let place = Place::aged(10);
        let other = place.temp.path().join("other");
        fs::create_dir(&other).unwrap();
        let mounts = Mounts::new();
        Self {
            mounts,
            place,
            other,
        }
    }

    fn root(&self) -> PathBuf {
        trash_needs::checkpoints(&self.place.root())
    }

    /// Mounts a file system, the same one whenever it is mounted there again.
    fn mount(&self, below: &str) {
        self.mount_one("one", below);
    }

    /// Mounts the one of this name.
    fn mount_one(&self, name: &str, below: &str) {
        let (kept, at) = (Path::new("/mnt").join(name), self.other.join(below));
        self.mounts.shell(&format!(
            "if [ ! -d {0} ]; then mkdir {0} && mount -t tmpfs none {0}; fi; mkdir -p {1} && mount --bind {0} {1}",
            kept.display(),
            at.display()
        ));
    }

    fn unmount(&self, below: &str) {
        let at = self.other.join(below);
        self.mounts.shell(&format!("umount {}", at.display()));
    }

    fn delete(&self, more: &[&str]) -> Output {
        let (chk, other) = (self.place.chk(8), self.other.clone());
        let args = [
            "delete",
            chk.to_str().unwrap(),
            "--confirm=fraud",
            "--all-named",
        ];
        let within = ["--in", other.to_str().unwrap()];
        self.mounts.stateward(&[&args[..], &within, more].concat())
    }

    /// Deletes it, as of some days ago.
    fn deleted(&self) {
        let deleted = self.delete(&["--write", "--yes"]);
        assert_eq!(code(&deleted), 0, "{}", err(&deleted));
        let root = self.place.root();
        trash_needs::age(&root, id(&batches(&root)[0]));
    }

    fn purge(&self, more: &[&str]) -> Output {
        let root = self.root();
        let args = ["trash", "purge", root.to_str().unwrap(), "--write", "--yes"];
        self.mounts.stateward(&[&args[..], more].concat())
    }

    #[track_caller]
    fn is_refused(&self, more: &[&str], words: &[&str]) {
        let before = batches(&self.place.root());
        let purged = self.purge(more);
        assert_eq!(code(&purged), 4, "{}{}", out(&purged), err(&purged));
        for words in words {
            assert!(err(&purged).contains(words), "{words}: {}", err(&purged));
        }
        assert_eq!(batches(&self.place.root()), before, "nothing went");
    }

    #[track_caller]
    fn goes(&self, more: &[&str]) {
        let purged = self.purge(more);
        assert_eq!(code(&purged), 0, "{}{}", out(&purged), err(&purged));
        assert!(batches(&self.place.root()).is_empty());
    }
}

#[test]
fn what_was_mounted_has_to_be_mounted_although_nothing_lay_there() {
    for below in ["", "deep/er"] {
        let scene = Scene::new();
        scene.mount(below);
        scene.deleted();
        scene.unmount(below);
        let at = scene.other.join(below);
        // Not quite empty below.
        fs::write(at.join("lost+found"), "").unwrap();
        let at = at.to_str().unwrap().trim_end_matches('/');
        let hint = format!("--gone file:{at}");
        scene.is_refused(&[], &[at, "tmpfs", "mount it again", &hint]);
        scene.is_refused(&["--gone", "/nowhere"], &[&hint]);
        scene.goes(&["--gone", at]);
    }
}

#[test]
fn what_is_mounted_again_is_looked_in_again() {
    let scene = Scene::new();
    scene.mount("m");
    scene.deleted();
    scene.unmount("m");
    scene.is_refused(&[], &["tmpfs"]);
    scene.mount("m");
    scene.goes(&[]);
}

#[test]
fn another_file_system_of_the_same_name_is_another_one() {
    for below in ["", "m"] {
        let scene = Scene::new();
        scene.mount(below);
        scene.deleted();
        scene.unmount(below);
        scene.mount_one("two", below);
        let at = scene.other.join(below);
        fs::write(scene.other.join("beside"), "").unwrap();
        scene.mounts.shell(&format!("echo > {}/foo", at.display()));
        let at = at.to_str().unwrap().trim_end_matches('/');
        let another = "is another directory than when the plan was made";
        scene.is_refused(&[], &[at, another, &format!("--gone file:{at}")]);
        scene.goes(&["--gone", at]);
    }
}

#[test]
fn a_half_is_not_purged_where_another_file_system_is_that_the_other_half_lies_on() {
    let scene = Scene::new();
    scene.mount("");
    let chk = scene.place.chk(8);
    let at = scene.other.join("checkpoints").join("1".repeat(32));
    let (from, to) = (chk.display(), at.display());
    scene
        .mounts
        .shell(&format!("mkdir -p {to} && cp -a {from} {to}/chk-3"));
    let other = at.join("chk-3");
    let other = other.to_str().unwrap();
    let asked = scene.delete(&[other, "--dry-run", "--json"]);
    let plan: serde_json::Value = serde_json::from_slice(&asked.stdout).unwrap();
    let objections = plan["targets"].as_array().unwrap().iter();
    let objections = objections.flat_map(|it| it["objections"].as_array().unwrap());
    let typed = objections.filter_map(|it| it["overruled_by"].as_str());
    let typed: Vec<String> = typed.map(|it| format!("--confirm={it}")).collect();
    let mut args = vec![other, "--write", "--yes"];
    args.extend(typed.iter().map(String::as_str));
    let deleted = scene.delete(&args);
    assert_eq!(code(&deleted), 0, "{}", err(&deleted));
    let root = scene.place.root();
    trash_needs::age(&root, id(&batches(&root)[0]));
    scene.unmount("");
    scene.mount_one("two", "");
    scene
        .mounts
        .shell(&format!("mkdir -p {to}/foo", to = at.display()));
    scene.is_refused(&[], &["is another directory than when the plan was made"]);
}

#[test]
fn what_something_was_mounted_over_is_hidden() {
    let scene = Scene::new();
    let home = scene.other.join("team");
    copy(&fixture("flink-2.3.0/hashmap"), &home);
    age(&scene.other, 10);
    scene.deleted();
    scene.mount("team");
    scene
        .mounts
        .shell(&format!("echo > {}/something", home.display()));
    scene.is_refused(&[], &["is mounted over", home.to_str().unwrap()]);
    scene.unmount("team");
    scene.goes(&[]);
}

#[test]
fn what_the_system_mounts_there_has_to_be_mounted_whoever_saw_it() {
    let scene = Scene::new();
    scene.deleted();
    let table = scene.place.temp.path().join("fstab");
    let at = scene.other.join("later");
    let entry = format!(
        "# all\nserver:/ck {} nfs4 defaults 0 0\n/dev/x none swap sw 0 0\n",
        at.display()
    );
    fs::write(&table, entry).unwrap();
    scene.mounts.shell(&format!(
        "touch /etc/fstab; mount --bind {} /etc/fstab",
        table.display()
    ));
    scene.is_refused(&[], &["/etc/fstab", at.to_str().unwrap(), "--gone"]);
    scene.mount("later");
    scene.goes(&[]);
}

#[test]
fn a_saved_plan_is_carried_out_where_the_same_is_mounted() {
    let scene = Scene::new();
    scene.mount("");
    let file = scene.place.temp.path().join("plan.json");
    let file = file.to_str().unwrap();
    let saved = scene.delete(&["--save", file]);
    assert_eq!(code(&saved), 0, "{}", err(&saved));
    scene.unmount("");
    let apply = ["apply", file, "--write", "--yes"];
    let refused = scene.mounts.stateward(&apply);
    assert_eq!(code(&refused), 4, "{}{}", out(&refused), err(&refused));
    assert!(err(&refused).contains("tmpfs"), "{}", err(&refused));
    scene.mount("");
    let done = scene.mounts.stateward(&apply);
    assert_eq!(code(&done), 0, "{}", err(&done));
}
