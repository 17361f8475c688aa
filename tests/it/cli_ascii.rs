//! Where there is nothing but ASCII, commands say all they have to say in it.

use std::fs;
use std::path::Path;

use crate::deletion::Place;
use crate::program::{json, out, run, stateward};

#[test]
fn no_command_prints_more_than_ascii_where_there_is_no_more() {
    let place = Place::aged(10);
    // A bound, which has a mark of its own.
    for number in [8, 9] {
        let metadata = place.chk(number).join("_metadata");
        fs::hard_link(metadata, place.temp.path().join(number.to_string())).unwrap();
    }
    // A value that is not known, and a snapshot that cannot be restored.
    fs::create_dir(place.chk(11)).unwrap();
    fs::create_dir(place.chk(4)).unwrap();
    fs::write(place.chk(4).join("_metadata"), "cut").unwrap();
    let (root, chk) = (place.root(), place.chk(8));
    let commands: &[(&[&str], &Path)] = &[
        (&["ls"], &root),
        (&["show", "--disposal", "--what-if", "finished"], &chk),
        (&["explain"], &chk),
        (&["latest", "--explain"], &root),
        (&["verify"], &root),
        (&["check", "--max-age", "1h"], &root),
        (&["orphans", "--files"], &root),
        (&["marks"], &root),
        (&["holds"], &root),
        (&["history"], &root),
        (&["delete", "--dry-run", "--files"], &chk),
        (&["prune", "--dry-run", "--keep-last", "1"], &root),
        (&["trash", "ls"], &root),
        (&["restart", "--print", "run", "--jar", "job.jar"], &chk),
        (&["lss"], &root),
        (&["apply"], &chk),
        (&["prune"], &root),
    ];
    for (verb, at) in commands {
        let told = |locale: &str| {
            let mut command = stateward();
            command.args(*verb).arg(at).env("LC_ALL", locale);
            let output = command.output().unwrap();
            [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap())
        };
        let (rich, plain) = (told("C.UTF-8"), told("C"));
        if *verb == ["ls"] {
            assert!(
                rich[0].contains('≤') && rich[0].contains('–'),
                "{}",
                rich[0]
            );
        }
        assert!(
            plain.iter().all(|text| text.is_ascii()),
            "{verb:?}: {plain:?}"
        );
        let lines = |texts: &[String; 2]| texts.iter().map(|it| it.lines().count()).sum::<usize>();
        assert_eq!(lines(&rich), lines(&plain), "{verb:?}");
    }
}

#[test]
fn columns_keep_their_places_and_names_their_letters() {
    let place = Place::aged(10);
    let named = place.temp.path().join("gr\u{f6}\u{df}e");
    fs::rename(place.root(), &named).unwrap();
    let metadata = only_checkpoint(&named).join("_metadata");
    fs::hard_link(metadata, place.temp.path().join("kept")).unwrap();
    let told = |locale: &str| {
        let mut command = stateward();
        command.arg("ls").arg(&named).env("LC_ALL", locale);
        out(&command.output().unwrap())
    };
    let (rich, plain) = (told("C.UTF-8"), told("C"));
    assert!(
        plain.contains("gr\u{f6}\u{df}e") && plain.contains("<="),
        "{plain}"
    );
    let ends = |text: &str| -> Vec<usize> {
        let rows = text.lines().filter(|line| line.contains("chk-"));
        rows.map(|line| line.chars().count()).collect()
    };
    assert_eq!(ends(&rich), ends(&plain), "{rich}{plain}");
    let both = ["C.UTF-8", "C"].map(|locale| {
        let mut command = stateward();
        command.args(["latest"]).arg(&named).env("LC_ALL", locale);
        command.output().unwrap().stdout
    });
    assert_eq!(both[0], both[1], "a path is for a program");
    assert!(json(&run(["ls".as_ref(), named.as_os_str(), "--json".as_ref()])).is_object());
}

fn only_checkpoint(root: &Path) -> std::path::PathBuf {
    crate::program::only(&root.join("checkpoints"), "e8eeda").join("chk-8")
}
