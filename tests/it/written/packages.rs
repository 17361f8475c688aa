//! What packages install beside the program, `assets/man` and `assets/completions`, is what the program prints.

use std::fs;
use std::path::Path;

use crate::program::{out, run};

#[test]
fn manual_and_completions_are_the_programs_own() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let files = [
        ("man/stateward.1", &["man"][..]),
        ("completions/stateward.bash", &["completions", "bash"]),
        ("completions/_stateward", &["completions", "zsh"]),
        ("completions/stateward.fish", &["completions", "fish"]),
    ];
    for (file, command) in files {
        let (path, fresh) = (assets.join(file), out(&run(command)));
        if super::is_asked_for() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &fresh).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(committed, fresh, "{file} is stale: {}", super::HOW);
    }
}
