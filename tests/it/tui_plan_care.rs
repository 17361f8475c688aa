//! A review says what is worst first, and asks for more where more is at stake.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

use stateward::app::effect::Effect;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::{Model, Popup};
use stateward::app::operations::{News, Progress};
use stateward::app::planned::Planned;
use stateward::domain::hold::Hold;
use stateward::domain::plan::{Decision, Objection, Plan};

use super::tui_sample::{FRAUD, SESSIONS, now, send};
use super::tui_sample_plan::{answer, asked, chk, many, mixed, reviewing};
use super::tui_staging::shown;

const SIZES: [(u16, u16); 3] = [(60, 20), (80, 24), (120, 40)];

fn keys(model: &mut Model, text: &str) -> Vec<Effect> {
    let keys = text.chars().map(|c| match c {
        '⏎' => Key::Enter,
        '⎋' => Key::Esc,
        c => Key::Char(c),
    });
    let effects = keys.map(|key| send(model, Message::Key(key)));
    effects.collect::<Vec<_>>().concat()
}

fn deletes(effects: &[Effect]) -> bool {
    effects.iter().any(|it| matches!(it, Effect::Delete { .. }))
}

fn anew(planned: &Planned, change: impl FnOnce(&mut Plan)) -> Planned {
    let mut plan = (*planned.plan).clone();
    change(&mut plan);
    Planned::new(plan, Vec::new(), Vec::new())
}

/// A plan of so many that leaves nothing of these lineages, as somebody typed their names.
pub(crate) fn wiping(count: u64, lineages: &[&str]) -> Planned {
    anew(&many(count, true), |plan| {
        for (target, lineage) in plan.targets.iter_mut().zip(lineages) {
            target.lineage = Some((*lineage).to_owned());
            target.overruled = vec![Objection {
                guard: "last restorable".to_owned(),
                decision: Decision::Keep,
                text: format!("Without it nothing of {lineage} could be restored."),
                overruled_by: Some((*lineage).to_owned()),
                about: String::new(),
                is_of_living: false,
            }];
        }
    })
}

#[test]
fn a_word_that_is_typed_where_nothing_takes_it_in_confirms_nothing() {
    for word in ["tiny-inline", "xy", "ny"] {
        let mut model = reviewing((80, 24), true, 'D', many(2, true));
        assert!(!deletes(&keys(&mut model, word)), "{word}");
        let notice = model.notice.as_ref().map_or("", |it| &it.text);
        if word.ends_with('y') {
            assert!(notice.contains("press it again"), "{notice}");
        }
    }
    // Alone, or said again, it is meant.
    let mut model = reviewing((80, 24), true, 'D', many(2, true));
    assert!(deletes(&keys(&mut model, "xyy")));
    let mut model = reviewing((80, 24), true, 'D', many(2, true));
    assert!(deletes(&keys(&mut model, "jjy")));
}

#[test]
fn a_word_may_be_typed_while_the_plan_is_being_made() {
    let mut model = reviewing((80, 24), true, 'D', mixed());
    let effects = keys(&mut model, "a");
    let generation = asked(&effects).unwrap();
    keys(&mut model, "ctiny⏎");
    let Some(Popup::Dialog(dialog)) = model.popups.last() else {
        panic!("{:?}", model.popups);
    };
    assert_eq!(
        dialog.form.error.as_deref(),
        Some("the plan is not there yet")
    );
    answer(&mut model, generation, mixed());
    assert!(
        !deletes(&keys(&mut model, "y⏎")),
        "it is a letter of the word"
    );
    assert!(matches!(model.popups.last(), Some(Popup::Dialog(_))));
}

#[test]
fn what_is_pasted_is_text_and_no_key() {
    let mut model = reviewing((80, 24), true, 'D', many(2, true));
    let effects = send(&mut model, Message::Pasted("yes".to_owned()));
    assert!(!deletes(&effects));
    assert!(matches!(model.popups.last(), Some(Popup::Plan(_))));
    let notice = model.notice.as_ref().map_or("", |it| &it.text);
    assert!(notice.contains("not taken for keys"), "{notice}");
    // Where text is typed it goes in, its first line and nothing that steers.
    let mut model = reviewing((80, 24), true, 'D', mixed());
    keys(&mut model, "c");
    send(&mut model, Message::Pasted(" fra\u{1b}ud\ny\n".to_owned()));
    let screen = shown(&mut model);
    assert!(screen.contains("fraud"), "{screen}");
    assert!(matches!(model.popups.last(), Some(Popup::Dialog(_))));
}

#[test]
fn a_lineage_is_left_with_nothing_only_after_its_name_was_typed_for_that() {
    let mut model = reviewing((80, 24), true, 'D', wiping(2, &[FRAUD]));
    assert!(!deletes(&keys(&mut model, "y⏎")));
    for wrong in ["y", "fraud", SESSIONS, "2"] {
        assert!(!deletes(&keys(&mut model, wrong)), "{wrong}");
        assert!(!deletes(&keys(&mut model, "⏎")), "{wrong}");
        assert!(matches!(model.popups.last(), Some(Popup::Dialog(_))));
        send(&mut model, Message::Key(Key::Ctrl('u')));
    }
    keys(&mut model, FRAUD);
    assert!(shown(&mut model).contains("Enter moves them into the trash"));
    assert!(deletes(&keys(&mut model, "⏎")));
}

#[test]
fn each_lineage_and_then_their_number_is_asked_for() {
    let mut model = reviewing((80, 24), true, 'D', wiping(12, &[FRAUD, SESSIONS]));
    keys(&mut model, "Gy");
    for name in [FRAUD, SESSIONS] {
        keys(&mut model, name);
        let form = shown(&mut model);
        assert!(form.contains("Nothing is moved yet"), "{form}");
        assert!(!deletes(&keys(&mut model, "⏎")), "{name}");
    }
    let form = shown(&mut model);
    assert!(form.contains("Move 36 files into the trash"), "{form}");
    assert!(deletes(&keys(&mut model, "36⏎")));
    // Whoever goes back is asked again for what another plan leaves.
    let mut model = reviewing((80, 24), true, 'D', wiping(2, &[FRAUD]));
    assert!(!deletes(&keys(&mut model, "Gy⎋Gy⏎")));
}

#[test]
fn that_nothing_is_left_stands_first_and_beside_the_key() {
    for size in SIZES {
        let mut model = reviewing(size, true, 'D', wiping(3, &[FRAUD]));
        let screen = shown(&mut model);
        let words = "leaves 7bf6bd3d… with NOTHING to restore";
        let lines: Vec<&str> = screen.lines().collect();
        let first = lines.iter().position(|it| it.contains("would go")).unwrap();
        assert!(lines[first - 1].contains(words), "{size:?}\n{screen}");
        keys(&mut model, "G");
        let screen = shown(&mut model);
        let key = screen.lines().find(|it| it.contains("y leaves")).unwrap();
        assert!(key.contains(words), "{size:?}\n{screen}");
        let mut harmless = reviewing(size, true, 'D', many(3, true));
        assert!(!shown(&mut harmless).contains("NOTHING"));
    }
}

#[test]
fn the_number_that_is_asked_for_is_said_to_be_of_files() {
    for size in SIZES {
        let mut model = reviewing(size, true, 'D', many(12, true));
        keys(&mut model, "G");
        let screen = shown(&mut model);
        let asks = screen.lines().position(|it| it.contains("y asks for"));
        let question = screen.lines().skip(asks.unwrap()).take(2);
        let question: Vec<&str> = question
            .flat_map(|it| it.trim_matches(['│', '┃', '▐', '█']).split_whitespace())
            .collect();
        let words = "moves 36 files (12 snapshots) into the trash";
        assert!(question.join(" ").contains(words), "{screen}");
        keys(&mut model, "y12⏎");
        let form = shown(&mut model);
        assert!(form.contains("it is 36 files that would go"), "{form}");
    }
}

#[test]
fn what_is_not_there_does_not_stay_and_is_not_needed_by_others() {
    let plan = anew(&many(1, true), |plan| {
        let target = &mut plan.targets[0];
        let mut gone = target.files[1].clone();
        gone.decision = Decision::Keep;
        gone.reason = "it is not there".to_owned();
        (gone.seen, gone.bytes) = (None, 0);
        target.files.extend([gone.clone(), gone]);
    });
    let mut model = reviewing((120, 40), true, 'D', plan);
    let screen = shown(&mut model);
    assert!(
        screen.contains("3 more files (129 MiB) stay, as others name"),
        "{screen}"
    );
    assert!(
        screen.contains("2 files that they name are not there"),
        "{screen}"
    );
    let line = screen
        .lines()
        .find(|it| it.contains("2 files: it is not"))
        .unwrap();
    assert!(
        line.contains("MISSING") && !line.contains("KEEP"),
        "{screen}"
    );
    assert!(!screen.contains("of them"), "{screen}");
}

#[test]
fn a_refusal_of_many_counts_its_reasons() {
    let plan = anew(&many(30, false), |plan| {
        for target in plan.targets.iter_mut().take(12) {
            target.objections.push(Objection {
                guard: "hold".to_owned(),
                decision: Decision::Keep,
                text: "It is held by `audit`.".to_owned(),
                overruled_by: None,
                about: String::new(),
                is_of_living: false,
            });
        }
    });
    let mut model = reviewing((80, 24), true, 'D', plan);
    let screen = shown(&mut model);
    assert!(screen.contains("live job 30, hold 12"), "{screen}");
}

#[test]
fn a_hold_that_came_since_is_said() {
    let mut model = reviewing((80, 24), true, 'D', mixed());
    assert!(!shown(&mut model).contains("come or gone"));
    let hold = Hold {
        name: "audit".to_owned(),
        snapshot: chk(910),
        by: String::new(),
        at: now(),
        why: String::new(),
        expires: None,
    };
    let heard = Message::Marks {
        marks: model.marks.clone(),
        holds: vec![hold],
        problems: Vec::new(),
        aside: Vec::new(),
    };
    send(&mut model, heard);
    let screen = shown(&mut model);
    assert!(
        screen.contains("A hold or a mark has come or gone"),
        "{screen}"
    );
}

#[test]
fn a_review_explains_its_keys() {
    let mut model = reviewing((80, 24), true, 'D', mixed());
    keys(&mut model, "?");
    let screen = shown(&mut model);
    assert!(screen.contains("Type the word below a reason"), "{screen}");
    keys(&mut model, "⎋");
    assert!(matches!(model.popups.last(), Some(Popup::Plan(_))));
}

#[test]
fn what_was_halted_is_not_said_to_have_failed_and_outcomes_come_first() {
    let mut model = reviewing((80, 24), true, 'D', mixed());
    keys(&mut model, "Gy");
    let id = model.operations[0].id;
    let tell = |model: &mut Model, news| send(model, Message::Operation { id, news });
    keys(&mut model, "q");
    keys(&mut model, "q");
    let word = |model: &Model| model.notice.clone().unwrap().text;
    assert!(
        word(&model).contains("nothing is moved yet"),
        "{}",
        word(&model)
    );
    let progress = Progress {
        done: 3_051,
        of: 8_364,
        what: "files moved",
    };
    tell(&mut model, News::Progress(progress));
    keys(&mut model, "o");
    let screen = shown(&mut model);
    assert!(screen.contains("3,051 of 8,364"), "{screen}");
    tell(
        &mut model,
        News::Remark("8 stay: chk-99 names it".to_owned()),
    );
    tell(
        &mut model,
        News::Halted("halted, 3,051 of 8,364 files moved".to_owned()),
    );
    let screen = shown(&mut model);
    assert!(!screen.contains("failed"), "{screen}");
    let place = |what: &str| {
        screen
            .find(what)
            .unwrap_or_else(|| panic!("{what}\n{screen}"))
    };
    assert!(place("files moved") < place("8 stay"), "{screen}");
}
