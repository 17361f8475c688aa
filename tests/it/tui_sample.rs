//! A realistic place to look at: one checkpoint directory with four applications, and the documents of its snapshots.
//!
//! All screens of the tests, the screenshots and the benchmark come from here.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]
#![allow(dead_code, reason = "the benchmark uses a part of it")]

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use stateward::action::purge::Ahead;
use stateward::action::torn::Forecast;
use stateward::analysis::document::{
    Document, FateSection, FileScope, FileSection, HandleSection, MetadataSection, OperatorSection,
    OperatorStateSection, SCHEMA, ScopeSection, SubtaskSection,
};
use stateward::analysis::explain::relations::Relations;
use stateward::app::effect::Effect;
use stateward::app::message::{Message, Weighed};
use stateward::app::model::Model;
use stateward::app::sheet::Sheet;
use stateward::app::trash::{Part, Row, What};
use stateward::app::update::update;
use stateward::domain::heirs::Heirs;
use stateward::domain::id::{JobId, OperatorId};
use stateward::domain::location::Location;
use stateward::domain::snapshot::{
    Facts, Fate, Format, FormatFamily, Health, Kind, Lineage, LineageId, OperatorFacts, Owner,
    PathMapping, Properties, RescaleRange, RootState, RootStatus, Sizes, Snapshot, Verdict,
    Watching,
};
use stateward::domain::space::{Held, LineageSpace};
use stateward::inventory::delta::Delta;
use stateward::tui::glyphs::UNICODE;
use stateward::tui::theme::{Theme, ThemeName};
use stateward::tui::view::{Look, draw};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

pub(crate) const FRAUD: &str = "7bf6bd3d9a1e4c0f8a55d1c2b3a4e5f6";
pub(crate) const SESSIONS: &str = "b1f04c77e2d94a6f9d0c5b8a71e3f244";
pub(crate) const ZERO: &str = "00000000000000000000000000000000";

/// Ten past three in the morning.
pub(crate) fn now() -> Timestamp {
    "2026-02-11T03:12:40Z".parse().unwrap()
}

fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

pub(crate) fn root_location() -> Location {
    Location::local(b"/data/flink")
}

pub(crate) fn root(state: RootState) -> RootStatus {
    RootStatus {
        location: root_location(),
        watching: Watching::Native,
        state,
        problems: Vec::new(),
        scanned_at: Some(ago(9)),
    }
}

pub(crate) fn at(path: &str) -> Location {
    root_location().join(path.as_bytes())
}

/// Numbers that look like chance and are always the same.
pub(crate) struct Dice(pub u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound.max(1)
    }

    pub(crate) fn uuid(&mut self) -> String {
        let mut digits = String::new();
        while digits.len() < 32 {
            digits = format!("{digits}{:08x}", self.roll() as u32);
        }
        format!(
            "{}-{}-4{}-a{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[13..16],
            &digits[17..20],
            &digits[20..32]
        )
    }
}

const OPERATORS: [(&str, &str, u32, u64, bool); 6] = [
    (
        "Sliding event-time window → score",
        "score-window",
        12,
        4_100 * MIB,
        true,
    ),
    (
        "Deduplicate by transaction id",
        "dedup",
        12,
        1_640 * MIB,
        true,
    ),
    (
        "Enrich with merchant profile",
        "enrich",
        12,
        430 * MIB,
        true,
    ),
    ("Broadcast rules → apply", "rules", 12, 18 * MIB, true),
    (
        "Source: transactions (Kafka)",
        "source-transactions",
        6,
        38 << 10,
        false,
    ),
    (
        "Sink: alerts (Kafka, exactly once)",
        "sink-alerts",
        4,
        6 << 10,
        false,
    ),
];

fn operator_facts() -> Vec<OperatorFacts> {
    OPERATORS
        .iter()
        .enumerate()
        .map(
            |(at, (name, uid, parallelism, state, keyed))| OperatorFacts {
                id: OperatorId([at as u8 * 17 + 9; 16]),
                name: Some((*name).to_owned()),
                uid: Some((*uid).to_owned()),
                parallelism: *parallelism,
                max_parallelism: 128,
                keyed: *keyed,
                fully_finished: false,
                state: *state,
            },
        )
        .collect()
}

fn facts(id: u64, format: Format, savepoint: Option<&str>) -> Facts {
    Facts {
        version: 6,
        metadata_bytes: 58_912 + id,
        trailing_bytes: 0,
        checkpoint_id: id,
        content: None,
        properties: Properties::Known {
            type_name: if savepoint.is_some() {
                "Savepoint"
            } else {
                "Checkpoint"
            }
            .to_owned(),
            is_savepoint: savepoint.is_some(),
            savepoint_format: savepoint.map(str::to_owned),
            sharing_files_strategy: Some(
                if savepoint.is_some() {
                    "NO_SHARING"
                } else {
                    "FORWARD_BACKWARD"
                }
                .to_owned(),
            ),
            unclaimed: false,
        },
        format,
        relocatable: savepoint.is_some(),
        jobs: Vec::new(),
        regional: Vec::new(),
        depends_on: if savepoint.is_some() {
            Vec::new()
        } else {
            vec![format!(
                "394 files in file:/opt/flink/checkpoints/{FRAUD}/shared"
            )]
        },
        rescale: RescaleRange { min: 1, max: 128 },
        operators: operator_facts(),
        master_states: 0,
        likely_backend: (format.family != FormatFamily::Canonical).then_some("RocksDB"),
        written_by: "Flink 2.1 – 2.3".to_owned(),
    }
}

pub(crate) const INCREMENTAL: Format = Format {
    family: FormatFamily::Native,
    incremental: true,
    unaligned: false,
    changelog: false,
    file_merging: false,
};
const CANONICAL: Format = Format {
    family: FormatFamily::Canonical,
    incremental: false,
    unaligned: false,
    changelog: false,
    file_merging: false,
};

fn fate(verdicts: [Verdict; 5], inferred: bool, because: &str) -> Fate {
    let [subsumed, finished, cancelled, failed, suspended] = verdicts;
    Fate {
        subsumed,
        finished,
        cancelled,
        failed,
        suspended,
        inferred,
        because: because.to_owned(),
    }
}

fn retained() -> Fate {
    use Verdict::{Deleted, Kept};
    fate(
        [Deleted, Deleted, Kept, Kept, Kept],
        false,
        "RETAIN_ON_CANCELLATION",
    )
}

fn yours() -> Fate {
    fate([Verdict::Kept; 5], false, "savepoint")
}

/// A complete incremental checkpoint of the first application.
pub(crate) fn checkpoint(id: u64, age: i64) -> Snapshot {
    let job: JobId = FRAUD.parse().unwrap();
    Snapshot {
        location: at(&format!("{FRAUD}/chk-{id}")),
        name: format!("chk-{id}"),
        job_id: Some(job),
        job_prefix: None,
        lineage: LineageId(1),
        kind: Kind::ExternalizedCheckpoint,
        kind_inferred: false,
        health: Health::Complete,
        findings: Vec::new(),
        unchecked_files: 0,
        sizes_are_bounds: false,
        is_hard_linked: false,
        completed_at: Some(ago(age)),
        changed_at: Some(ago(age)),
        facts: Some(Arc::new(facts(id, INCREMENTAL, None))),
        sizes: Sizes {
            state: 6_188 * MIB,
            checkpointed: 210 * MIB,
            refer: 6_190 * MIB,
            new: (170 + id % 90) * MIB,
            freed: (11 + id % 17) * MIB,
            inline: 41 << 10,
            channel_state: 0,
            files: 412,
        },
        fate: retained(),
        owner: Owner::Flink(Some(job)),
        heirs: Heirs::default(),
        used_again: None,
        mapping: Some(PathMapping {
            from: Location::local(b"/opt/flink/checkpoints"),
            to: root_location(),
            inferred: true,
        }),
    }
}

pub(crate) fn savepoint(name: &str, id: u64, age: i64, lineage: u32, bytes: u64) -> Snapshot {
    Snapshot {
        location: at(&format!("savepoints/{name}")),
        name: name.to_owned(),
        job_id: None,
        job_prefix: Some(name[10..16].to_owned()),
        lineage: LineageId(lineage),
        kind: Kind::Savepoint,
        facts: Some(Arc::new(facts(id, CANONICAL, Some("CANONICAL")))),
        sizes: Sizes {
            state: bytes - 60_000,
            checkpointed: bytes - 60_000,
            refer: bytes,
            new: bytes,
            freed: bytes,
            inline: 0,
            channel_state: 0,
            files: 58,
        },
        fate: yours(),
        owner: Owner::You,
        mapping: None,
        ..checkpoint(id, age)
    }
}

/// A snapshot without metadata, or with such as cannot be read.
fn broken(
    path: &str,
    name: &str,
    age: i64,
    health: Health,
    bytes: u64,
    findings: &[&str],
) -> Snapshot {
    Snapshot {
        location: at(&format!("{path}/{name}")),
        name: name.to_owned(),
        kind: Kind::Checkpoint,
        kind_inferred: true,
        health,
        findings: findings.iter().map(|&finding| finding.to_owned()).collect(),
        completed_at: (health == Health::Corrupt).then(|| ago(age)),
        facts: None,
        sizes: Sizes {
            refer: bytes,
            freed: bytes,
            files: bytes / MIB,
            ..Sizes::default()
        },
        fate: fate(
            [Verdict::Unknown; 5],
            true,
            "its place: no metadata says it",
        ),
        owner: if health == Health::InProgress {
            Owner::Flink(Some(FRAUD.parse().unwrap()))
        } else {
            Owner::Unclear("nothing on disk says whether its job still lives".to_owned())
        },
        mapping: None,
        ..checkpoint(0, age)
    }
}

fn snapshots() -> Vec<Snapshot> {
    let mut all = vec![
        Snapshot {
            findings: vec!["no _metadata yet; the last file appeared 2 s ago".to_owned()],
            kind: Kind::Checkpoint,
            ..broken(FRAUD, "chk-913", 2, Health::InProgress, 0, &[])
        },
        checkpoint(912, 12),
        checkpoint(911, 42),
        checkpoint(910, 72),
        savepoint("savepoint-7bf6bd-3a9d8c7b1e20", 905, 7_300, 1, 5_940 * MIB),
    ];
    let mut short = savepoint(
        "savepoint-7bf6bd-11ab09c4d7f2",
        611,
        9 * 86_400,
        1,
        5_210 * MIB,
    );
    short.health = Health::Incomplete;
    short.findings = vec![
        "3 of 58 files are missing, 96 MiB of state: 5f0c1c9e-…, 8a41d2b7-…, e90277aa-…".to_owned(),
        "1 file is short: 1d0b66f4-… has 4 MiB of 12 MiB".to_owned(),
    ];
    all.push(short);
    all.push(broken(
        FRAUD,
        "chk-640",
        9 * 86_400 + 7_000,
        Health::Corrupt,
        12 << 10,
        &["_metadata, byte 11,204, operator 3 › subtask 7 › managed keyed state: the file ends inside a string of 96 bytes"],
    ));
    all.push(broken(
        FRAUD,
        "chk-633",
        9 * 86_400 + 9_000,
        Health::Abandoned,
        740 * MIB,
        &["61 files and no _metadata for 9 d: a checkpoint that failed and was not cleaned up"],
    ));
    let sessions: JobId = SESSIONS.parse().unwrap();
    let mut other = |id: u64, age: i64, unaligned: bool| {
        let mut one = checkpoint(id, age);
        one.location = at(&format!("{SESSIONS}/chk-{id}"));
        one.job_id = Some(sessions);
        one.lineage = LineageId(2);
        one.owner = Owner::Unclear("its job left no trace; another may have claimed it".to_owned());
        one.sizes = Sizes {
            state: 1_130 * MIB,
            refer: 1_128 * MIB,
            new: 88 * MIB,
            freed: 41 * MIB,
            files: 77,
            ..one.sizes
        };
        if let Some(facts) = one.facts.as_mut().map(Arc::make_mut) {
            facts.version = 4;
            facts.written_by = "Flink 1.16 – 1.20".into();
            facts.format.unaligned = unaligned;
            for operator in &mut facts.operators {
                operator.name = None;
                operator.uid = None;
            }
        }
        if unaligned {
            one.sizes.channel_state = 212 * MIB;
        }
        all.push(one);
    };
    other(88, 3 * 86_400, true);
    other(87, 3 * 86_400 + 600, false);
    let mut zero = checkpoint(17, 26 * 3_600);
    zero.location = at(&format!("{ZERO}/chk-17"));
    zero.job_id = Some(JobId::ZERO);
    zero.lineage = LineageId(3);
    zero.unchecked_files = 12;
    zero.findings =
        vec!["12 files lie in s3://flink-state-prod, which was not looked at".to_owned()];
    zero.sizes = Sizes {
        refer: 310 * MIB,
        new: 310 * MIB,
        freed: 310 * MIB,
        files: 24,
        ..zero.sizes
    };
    all.push(zero);
    all.push(savepoint(
        "savepoint-3fa9c1-77c0e1d2a9b4",
        1_204,
        41 * 86_400,
        4,
        702 * MIB,
    ));
    // What the one with corrupt metadata names is not known.
    for one in &mut all {
        one.sizes_are_bounds = one.health != Health::Corrupt;
    }
    all
}

fn lineages(snapshots: &[Snapshot]) -> Vec<Lineage> {
    let names = [
        (1, FRAUD, 18_600 * MIB),
        (2, SESSIONS, 1_170 * MIB),
        (3, ZERO, 310 * MIB),
        (4, "savepoint-3fa9c1", 702 * MIB),
    ];
    names
        .into_iter()
        .map(|(id, name, bytes)| {
            let id = LineageId(id);
            let own: Vec<&Snapshot> = snapshots
                .iter()
                .filter(|snapshot| snapshot.lineage == id)
                .collect();
            let latest = own
                .iter()
                .filter(|snapshot| snapshot.is_restorable())
                .max_by_key(|snapshot| snapshot.completed_at);
            Lineage {
                id,
                name: name.to_owned(),
                jobs: name.parse().into_iter().collect(),
                snapshots: own.len(),
                restorable: own
                    .iter()
                    .filter(|snapshot| snapshot.is_restorable())
                    .count(),
                newest_restorable_at: latest.and_then(|snapshot| snapshot.completed_at),
                latest: latest.map(|snapshot| snapshot.location.clone()),
                bytes,
                space: space(bytes, &own),
                remarks: (name == ZERO)
                    .then(|| "Job id of 32 zeros: every job of an application cluster with high availability has it.".to_owned())
                    .into_iter()
                    .collect(),
            }
        })
        .collect()
}

/// How that many bytes may hang on these snapshots.
fn space(bytes: u64, snapshots: &[&Snapshot]) -> LineageSpace {
    let freed = |snapshot: &&&Snapshot| snapshot.sizes.freed;
    let alone: u64 = snapshots.iter().map(|it| freed(&it)).sum();
    let savepoints = snapshots.iter().filter(|it| it.kind == Kind::Savepoint);
    let by_savepoints: u64 = savepoints.map(|it| freed(&it)).sum();
    LineageSpace {
        held: Held {
            alone,
            shared: bytes - alone,
        },
        unsettled: 0,
        by_checkpoints: bytes - by_savepoints,
        by_savepoints,
        by_both: 0,
    }
}

/// The document of a snapshot, as far as the tabs show it.
pub(crate) fn document(snapshot: &Snapshot) -> Document {
    let mut dice = Dice(snapshot.checkpoint_id().unwrap_or(1));
    let unaligned = snapshot
        .facts
        .as_ref()
        .is_some_and(|facts| facts.format.unaligned);
    let savepoint = snapshot.kind == Kind::Savepoint;
    let named = snapshot
        .facts
        .as_ref()
        .is_some_and(|facts| facts.version >= 5);
    let mut operators: Vec<OperatorSection> = OPERATORS
        .iter()
        .enumerate()
        .map(|(at, &(name, uid, parallelism, state, keyed))| {
            let subtasks = (0..parallelism).map(|index| {
                subtask(
                    &mut dice,
                    (at, index),
                    (parallelism, state, keyed),
                    unaligned,
                    savepoint,
                )
            });
            OperatorSection {
                id: OperatorId([at as u8 * 17 + 9; 16]).to_string(),
                name: named.then(|| name.to_owned()),
                uid: named.then(|| uid.to_owned()),
                parallelism,
                max_parallelism: 128,
                fully_finished: false,
                coordinator_state: (at == 4).then_some(1_120),
                state,
                checkpointed: state / 29,
                subtasks: subtasks.collect(),
            }
        })
        .collect();
    let directory = snapshot.location.shown().into_owned();
    let missing = if snapshot.health == Health::Incomplete {
        3
    } else {
        0
    };
    let files: Vec<FileSection> = (0..snapshot.sizes.files)
        .map(|at| {
            let shared = !savepoint && at % 22 != 0;
            let name = dice.uuid();
            let uri = if savepoint {
                format!("{directory}/{name}")
            } else if shared {
                format!("file:/opt/flink/checkpoints/{FRAUD}/shared/{name}")
            } else {
                format!(
                    "file:/opt/flink/checkpoints/{FRAUD}/chk-{}/{name}",
                    snapshot.checkpoint_id().unwrap_or(0)
                )
            };
            FileSection {
                resolved: uri.replace("/opt/flink/checkpoints", "/data/flink"),
                uri,
                relative: savepoint,
                bytes: (67 * MIB).saturating_sub(dice.below(64 * MIB)) >> dice.below(4),
                scope: if shared {
                    FileScope::Shared
                } else {
                    FileScope::Exclusive
                },
                exists: Some(at >= missing),
                problem: (missing > 0 && at == 4)
                    .then(|| "has 4 MiB, metadata says 12 MiB".to_owned()),
                referenced_by: if shared { 1 + dice.below(3) as u32 } else { 1 },
            }
        })
        .collect();
    for at in 0..files.len() {
        // Three keyed operators hold them all, in about the shares of their states; now and then two hold one together.
        let holders: &[usize] = match at % 16 {
            0 => &[2],
            1..5 => &[1],
            5 if at % 80 == 5 => &[0, 1],
            _ => &[0],
        };
        for &holder in holders {
            let subtasks = &mut operators[holder].subtasks;
            let subtask = at % subtasks.len();
            subtasks[subtask].managed_keyed[0].files.push(at);
        }
    }
    let fate = &snapshot.fate;
    Document {
        schema: SCHEMA,
        uri: directory,
        kind: snapshot.kind,
        kind_inferred: snapshot.kind_inferred,
        health: snapshot.health,
        restorable: snapshot.is_restorable(),
        findings: snapshot.findings.clone(),
        job_id: snapshot.job_id.map(|job| job.to_string()),
        completed_at: snapshot.completed_at.map(|at| at.to_string()),
        metadata: snapshot.facts.as_ref().map(|facts| MetadataSection {
            version: facts.version,
            bytes: facts.metadata_bytes,
            checkpoint_id: facts.checkpoint_id,
            trailing_bytes: 0,
            written_by: facts.written_by.clone(),
        }),
        properties: None,
        fate: FateSection {
            subsumed: fate.subsumed,
            finished: fate.finished,
            cancelled: fate.cancelled,
            failed: fate.failed,
            suspended: fate.suspended,
            inferred: fate.inferred,
            because: fate.because.clone(),
        },
        format: snapshot.facts.as_ref().map(|facts| facts.format),
        relocatable: snapshot.facts.as_ref().map(|facts| facts.relocatable),
        path_mapping: None,
        sizes: snapshot.sizes,
        sizes_are_bounds: snapshot.sizes_are_bounds,
        hard_linked: snapshot.is_hard_linked,
        scope: ScopeSection {
            roots: vec!["/data/flink".to_owned()],
            snapshots: 13,
            unreadable: 1,
        },
        rescale: snapshot.facts.as_ref().map(|facts| facts.rescale),
        master_states: Vec::new(),
        operators,
        files,
        relations: Relations::default(),
    }
}

fn subtask(
    dice: &mut Dice,
    (operator, index): (usize, u32),
    (parallelism, state, keyed): (u32, u64, bool),
    unaligned: bool,
    savepoint: bool,
) -> SubtaskSection {
    let share = state / u64::from(parallelism);
    let own = share - share / 10 + dice.below(share / 5);
    let (m, p, i) = (128, i64::from(parallelism), i64::from(index));
    let handle = |name: &str| HandleSection {
        handle: name.to_owned(),
        state: own,
        ..HandleSection::default()
    };
    let keyed_handle = HandleSection {
        key_groups: Some([(i * m + p - 1) / p, ((i + 1) * m - 1) / p]),
        ..handle(if savepoint {
            "KeyGroupsSavepointStateHandle"
        } else {
            "IncrementalRemoteKeyedStateHandle"
        })
    };
    let list = |name: &str, mode: &'static str, offsets: usize| HandleSection {
        states: Some(BTreeMap::from([(
            name.to_owned(),
            OperatorStateSection { mode, offsets },
        )])),
        ..handle("OperatorStreamStateHandle")
    };
    SubtaskSection {
        index,
        finished: false,
        state: own,
        checkpointed: own / 29,
        ref_checkpoint_id: None,
        managed_operator: match operator {
            3 => vec![list("rules", "BROADCAST", 1)],
            4 => vec![list("SourceReaderState", "SPLIT_DISTRIBUTE", 4)],
            5 => vec![list("next-transactional-id-hint-v2", "UNION", 1)],
            _ => Vec::new(),
        },
        raw_operator: Vec::new(),
        managed_keyed: if keyed {
            vec![keyed_handle]
        } else {
            Vec::new()
        },
        raw_keyed: Vec::new(),
        input_channel: if unaligned && operator < 2 {
            vec![HandleSection {
                state: 212 * MIB / 24,
                ..handle("MergedInputChannelStateHandle")
            }]
        } else {
            Vec::new()
        },
        output_channel: Vec::new(),
    }
}

/// Draws a model, as the loop does before anybody can press a key.
fn look_at(model: &mut Model) {
    let look = Look {
        theme: Theme::named(ThemeName::Mono),
        glyphs: UNICODE,
    };
    let mut terminal = Terminal::new(TestBackend::new(model.size.0, model.size.1)).unwrap();
    let mut view = std::mem::take(&mut model.view);
    terminal
        .draw(|frame| draw(frame, model, &mut view, &look))
        .unwrap();
    model.view = view;
}

/// Sends a message and answers what the model asks for, as the runtime would: a key is pressed at what is on the screen.
pub(crate) fn send(model: &mut Model, message: Message) -> Vec<Effect> {
    if matches!(message, Message::Key(_)) {
        look_at(model);
    }
    let mut others = Vec::new();
    for effect in update(model, message) {
        let sheet = |location: &Location| {
            let document = document(&model.snapshots[location].clone());
            Ok(Arc::new(Sheet::new(document)))
        };
        let answer = match effect {
            Effect::LoadDocument {
                generation,
                location,
            } => Message::DocumentLoaded {
                generation,
                result: sheet(&location),
                location,
            },
            Effect::WeighOperators {
                generation,
                location,
            } => Message::OperatorsWeighed(Weighed {
                generation,
                result: sheet(&location),
                location,
            }),
            Effect::Foresee(work) if work.what == What::Purge => {
                let of = |part: &Part| {
                    let mut rows = model.trash.iter().flatten();
                    let row = rows.find(|row| match row {
                        Row::Batch { root, entry } => (root, &entry.id) == (&part.root, &part.id),
                        Row::Closed(_) => false,
                    });
                    let known = row.and_then(Row::known).unwrap();
                    Ahead {
                        files: known.files,
                        bytes: known.bytes,
                        staying: Vec::new(),
                    }
                };
                Message::PurgeForeseen {
                    result: Ok(work.parts.iter().map(of).collect()),
                    work,
                }
            }
            Effect::Foresee(work) => Message::Foreseen {
                work,
                result: Ok(Forecast {
                    snapshots: 2,
                    torn: Vec::new(),
                    taken: Vec::new(),
                }),
            },
            other => {
                others.push(other);
                continue;
            }
        };
        others.extend(update(model, answer));
    }
    others
}

/// A model that has seen these deltas, at this size.
pub(crate) fn model_of(roots: Vec<RootStatus>, deltas: Vec<Delta>, size: (u16, u16)) -> Model {
    let mut model = Model::new(roots, now());
    send(
        &mut model,
        Message::Resized {
            columns: size.0,
            rows: size.1,
        },
    );
    send(&mut model, Message::Inventory(deltas));
    send(&mut model, Message::Tick(now()));
    model
}

/// What the inventory would tell of the sample.
pub(crate) fn deltas() -> Vec<Delta> {
    let snapshots = snapshots();
    let lineages = lineages(&snapshots);
    let mut deltas: Vec<Delta> = snapshots
        .into_iter()
        .map(|snapshot| Delta::Upserted(Arc::new(snapshot)))
        .collect();
    deltas.push(Delta::Lineages(lineages.into()));
    deltas
}

/// The place everything is shown of.
pub(crate) fn sample_model(size: (u16, u16)) -> Model {
    model_of(vec![root(RootState::Ready)], deltas(), size)
}

/// Ten thousand snapshots in forty applications.
pub(crate) fn large_model(size: (u16, u16)) -> Model {
    let mut dice = Dice(7);
    let mut deltas = Vec::new();
    let mut lineages = Vec::new();
    for lineage in 0..40 {
        let job = format!(
            "{:08x}{:08x}{:08x}{lineage:08x}",
            dice.roll() as u32,
            dice.roll() as u32,
            dice.roll() as u32
        );
        for id in 0..250 {
            let mut one = checkpoint(id, 30 * (250 - id as i64) + lineage);
            one.location = at(&format!("{job}/chk-{id}"));
            one.lineage = LineageId(lineage as u32);
            one.job_id = job.parse().ok();
            deltas.push(Delta::Upserted(Arc::new(one)));
        }
        lineages.push(Lineage {
            id: LineageId(lineage as u32),
            name: job.clone(),
            jobs: job.parse().into_iter().collect(),
            snapshots: 250,
            restorable: 250,
            newest_restorable_at: Some(ago(30 + lineage)),
            latest: Some(at(&format!("{job}/chk-249"))),
            bytes: GIB * (lineage as u64 + 3),
            space: space(GIB * (lineage as u64 + 3), &[]),
            remarks: Vec::new(),
        });
    }
    deltas.push(Delta::Lineages(lineages.into()));
    model_of(vec![root(RootState::Ready)], deltas, size)
}
