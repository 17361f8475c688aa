//! Plans of the sample place: one with every fate, one by rules, one of what is left over, and one of many alike.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

use std::sync::Arc;

use jiff::SignedDuration;
use stateward::app::effect::Effect;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::app::planned::Planned;
use stateward::domain::location::Location;
use stateward::domain::plan::{Decision, FileStep, Fingerprint, Objection, Plan, SCHEMA, Target};
use stateward::inventory::retention::Kept;

use super::tui_sample::{self as sample, FRAUD, SESSIONS, at, now, send};

const MIB: u64 = 1 << 20;
const LIVE: &str = "Whether its job lives is not known: no cluster is connected (--flink).";

fn file(path: &str, bytes: u64, decision: Decision, reason: &str) -> FileStep {
    FileStep {
        at: at(path),
        is_metadata: path.ends_with("_metadata"),
        decision,
        reason: reason.to_owned(),
        bytes,
        hard_linked: false,
        seen: Some(Fingerprint {
            bytes,
            modified: now() - SignedDuration::from_hours(100),
            identity: (1, bytes),
        }),
        pinned_by: Vec::new(),
        also_of: Vec::new(),
    }
}

fn objection(guard: &str, decision: Decision, text: &str, word: Option<&str>) -> Objection {
    Objection {
        guard: guard.to_owned(),
        decision,
        text: text.to_owned(),
        overruled_by: word.map(str::to_owned),
        about: String::new(),
        is_of_living: false,
    }
}

fn target(path: &str, what: &str, lineage: &str) -> Target {
    let at = at(path);
    Target {
        name: String::from_utf8(at.name().to_vec()).unwrap(),
        what: what.to_owned(),
        lineage: Some(lineage.to_owned()),
        asked: "asked for".to_owned(),
        decision: Decision::Delete,
        objections: Vec::new(),
        overruled: Vec::new(),
        files: Vec::new(),
        directories: vec![at.clone()],
        at,
    }
}

/// A checkpoint with its metadata, two files of its own and three that others name, with this against it.
fn checkpoint(job: &str, number: u64, objections: Vec<Objection>) -> Target {
    let path = format!("{job}/chk-{number}");
    let pins = |pinned_by: &[&str], name: &str, bytes| FileStep {
        pinned_by: pinned_by
            .iter()
            .map(|it| at(&format!("{job}/{it}")))
            .collect(),
        ..file(
            &format!("{job}/shared/{name}"),
            bytes,
            Decision::Keep,
            "others name it",
        )
    };
    let whole = objections.first().map(|it| it.decision);
    let own = |name: &str, bytes, reason| {
        let decision = whole.unwrap_or(Decision::Delete);
        let reason = whole.map_or(reason, |_| "its snapshot stays");
        file(&format!("{path}/{name}"), bytes, decision, reason)
    };
    Target {
        decision: whole.unwrap_or(Decision::Delete),
        objections,
        files: vec![
            own("_metadata", 58_912, "its own"),
            own("0a44", 12 * MIB, "nobody else names it"),
            own("5900", 7 * MIB, "nobody else names it"),
            pins(&["chk-911"], "8b5a", 67 * MIB),
            pins(
                &["chk-911", "chk-912", "chk-913", "chk-914"],
                "9fe1",
                31 * MIB,
            ),
            pins(
                &["chk-911", "chk-912", "chk-913", "chk-914"],
                "ba0d",
                31 * MIB,
            ),
        ],
        ..target(&path, "externalized checkpoint", job)
    }
}

fn live_job(word: Option<&str>) -> Objection {
    objection("live job", Decision::Unknown, LIVE, word)
}

fn plan(verb: &str, targets: Vec<Target>) -> Plan {
    Plan {
        schema: SCHEMA,
        id: "20260211T031240Z-1f0c22".to_owned(),
        made_at: now(),
        verb: verb.to_owned(),
        roots: vec![sample::root_location()],
        retention: None,
        looking: None,
        remarks: Vec::new(),
        targets,
    }
}

/// One that goes as its objection was overruled, one that is held, one that may live, one of which not enough is known.
pub(crate) fn mixed() -> Planned {
    let held = Target {
        decision: Decision::Keep,
        objections: vec![objection(
            "hold",
            Decision::Keep,
            "It is held by `release-42`, set by ana@edge: audit of 2026.",
            None,
        )],
        ..target(
            "savepoints/savepoint-7bf6bd-3a9d8c7b1e20",
            "savepoint",
            FRAUD,
        )
    };
    let overruled = Target {
        overruled: vec![live_job(Some(FRAUD))],
        ..checkpoint(FRAUD, 910, Vec::new())
    };
    let claimed = Objection {
        overruled_by: Some("savepoint-3fa9c1".to_owned()),
        about: String::new(),
        is_of_living: false,
        ..objection(
            stateward::analysis::guard::OUT_OF_SIGHT,
            Decision::Unknown,
            "A job that builds on its files (CLAIM or LEGACY) may write to another checkpoint directory. Name all such \
             directories with --in, and say so with --all-named.",
            None,
        )
    };
    let out_of_sight = Target {
        decision: Decision::Unknown,
        objections: vec![claimed],
        ..target(
            "savepoints/savepoint-3fa9c1-77c0e1d2a9b4",
            "savepoint",
            "savepoint-3fa9c1",
        )
    };
    let targets = vec![
        overruled,
        held,
        checkpoint(SESSIONS, 88, vec![live_job(Some(SESSIONS))]),
        out_of_sight,
    ];
    Planned::new(plan("delete", targets), Vec::new(), Vec::new())
}

/// So many that go, or have the same against them.
pub(crate) fn many(count: u64, go: bool) -> Planned {
    let against = || {
        if go {
            Vec::new()
        } else {
            vec![live_job(Some(FRAUD))]
        }
    };
    let targets = (0..count).map(|it| checkpoint(FRAUD, 880 + it, against()));
    Planned::new(plan("delete", targets.collect()), Vec::new(), Vec::new())
}

/// What rules keep, and what they let go.
pub(crate) fn by_rules() -> Planned {
    let kept = |path: &str, what, lineage: &str, reasons: &[&str]| Kept {
        at: at(path),
        name: path.rsplit('/').next().unwrap().to_owned(),
        what,
        lineage: Some(lineage.to_owned()),
        reasons: reasons.iter().map(ToString::to_string).collect(),
    };
    let what = "externalized checkpoint";
    let kept = vec![
        kept(
            &format!("{FRAUD}/chk-912"),
            what,
            FRAUD,
            &["last 1 of 2", "daily 1 of 7"],
        ),
        kept(&format!("{FRAUD}/chk-911"), what, FRAUD, &["last 2 of 2"]),
        kept(
            "savepoints/savepoint-7bf6bd-3a9d8c7b1e20",
            "savepoint",
            FRAUD,
            &["no rule for savepoints"],
        ),
    ];
    let asked = |mut it: Target| {
        "not kept by any rule".clone_into(&mut it.asked);
        it
    };
    let targets = vec![
        asked(checkpoint(FRAUD, 909, Vec::new())),
        asked(checkpoint(FRAUD, 910, Vec::new())),
        asked(checkpoint(SESSIONS, 87, vec![live_job(Some(SESSIONS))])),
    ];
    let remarks = vec!["/data/flink/old cannot be listed: permission denied".to_owned()];
    Planned::new(plan("prune", targets), kept, remarks)
}

/// What no snapshot names.
pub(crate) fn orphans() -> Planned {
    let orphan = |path: &str, bytes, reason: &str| Target {
        what: "orphan".to_owned(),
        lineage: None,
        asked: reason.to_owned(),
        files: vec![file(path, bytes, Decision::Delete, "nobody names it")],
        directories: Vec::new(),
        ..target(path, "orphan", "")
    };
    let reason = "no snapshot names it";
    let targets = vec![
        orphan(&format!("{SESSIONS}/shared/13730044"), 42 * MIB, reason),
        orphan(&format!("{SESSIONS}/shared/289c601f"), 3 * MIB, reason),
    ];
    let remarks = vec!["12 stay (shared file, 120 MiB): its job may live".to_owned()];
    Planned::new(plan("orphans", targets), Vec::new(), remarks)
}

/// Nothing that could go.
pub(crate) fn nothing() -> Planned {
    Planned::new(plan("prune", Vec::new()), Vec::new(), Vec::new())
}

/// The number of the question for a plan among effects.
pub(crate) fn asked(effects: &[Effect]) -> Option<u64> {
    effects.iter().find_map(|effect| match effect {
        Effect::Plan { generation, .. } => Some(*generation),
        _ => None,
    })
}

/// Answers a question for a plan.
pub(crate) fn answer(model: &mut Model, generation: u64, planned: Planned) -> Vec<Effect> {
    let result = Ok(Arc::new(planned));
    send(model, Message::Planned { generation, result })
}

/// The sample with a review of what this key asks for.
pub(crate) fn reviewing(size: (u16, u16), write: bool, key: char, planned: Planned) -> Model {
    let mut model = sample::sample_model(size).writing(write);
    let mut effects = send(&mut model, Message::Key(Key::Char(key)));
    if key == 'P' {
        for c in "last 2, daily 7".chars() {
            send(&mut model, Message::Key(Key::Char(c)));
        }
        effects = send(&mut model, Message::Key(Key::Enter));
    }
    let generation = asked(&effects).unwrap();
    answer(&mut model, generation, planned);
    model
}

/// Where a checkpoint of the first application lies.
pub(crate) fn chk(number: u64) -> Location {
    at(&format!("{FRAUD}/chk-{number}"))
}
