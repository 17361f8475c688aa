//! Rows are made of records: what all of them name together, told of each.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::Catalog;
use crate::analysis::{fate, overlay};
use crate::domain::heirs::Restart;
use crate::domain::history::identity;
use crate::domain::id::{CheckpointId, JobId};
use crate::domain::location::Location;
use crate::domain::snapshot::{Health, Kind, LineageId, Owner, Sign, Sizes, Snapshot};
use crate::inventory::delta::Delta;
use crate::inventory::describe::{self, Grouped};
use crate::inventory::files::DirectoryId;
use crate::inventory::lineage::{self, Member};
use crate::inventory::record::{Condition, Content, Record};
use crate::inventory::weigh;

impl Catalog {
    /// Works out how everything relates as of now. Returns what changed since the last time.
    pub fn settle(&mut self, now: Timestamp) -> Vec<Delta> {
        if !(std::mem::take(&mut self.changed) || self.time_has_told(now)) {
            return Vec::new();
        }
        let rows = self.rows_anew(now);
        let mut deltas = Vec::new();
        self.rows.retain(|location, _| {
            let stays = self.records.contains_key(location);
            if !stays {
                deltas.push(Delta::Removed(location.clone()));
            }
            stays
        });
        for row in rows {
            if self
                .rows
                .get(&row.location)
                .is_none_or(|known| **known != row)
            {
                let row = Arc::new(row);
                self.rows.insert(row.location.clone(), row.clone());
                deltas.push(Delta::Upserted(row));
            }
        }
        let rows: Vec<&Snapshot> = self.rows().map(|row| &**row).collect();
        let lineages = describe::lineages(&rows, &self.groups);
        if *lineages != *self.lineages {
            self.lineages = lineages.into();
            deltas.push(Delta::Lineages(self.lineages.clone()));
        }
        deltas
    }

    /// Whether a snapshot has to be judged anew although nothing changed but the time: one without metadata that
    /// nothing was heard of for too long.
    fn time_has_told(&self, now: Timestamp) -> bool {
        let waiting = self
            .rows
            .values()
            .filter(|row| row.health == Health::InProgress);
        waiting
            .filter_map(|row| Some((row, self.records.get(&row.location)?)))
            .any(|(row, record)| {
                self.condition(row, record, None, now).health != Health::InProgress
            })
    }

    /// How a snapshot fares: by what clusters say of it where it has no metadata, else by what the disk shows.
    fn condition(
        &self,
        row: &Snapshot,
        record: &Record,
        superseded_by: Option<CheckpointId>,
        now: Timestamp,
    ) -> Condition {
        let grace = self.rules.grace;
        let mut attempts = self.under_way.values().flatten();
        let is_open = record.is_being_written();
        let told = is_open.then(|| attempts.find_map(|it| it.sign_of_life(row, grace, now)));
        match told.flatten() {
            Some(why) => Condition {
                health: Health::InProgress,
                findings: vec![why],
                unchecked_files: 0,
            },
            None => record.condition(&self.files, superseded_by, grace, now),
        }
    }

    /// The jobs that are known to have been restored from something, by what that is.
    fn restored(&self) -> HashMap<Vec<u8>, Vec<Restart>> {
        let mut restored: HashMap<Vec<u8>, Vec<Restart>> = HashMap::new();
        for history in self.histories.values() {
            if let Some(from) = &history.restored {
                let restart = Restart {
                    job: history.job,
                    claim_mode: history.claim_mode,
                };
                restored.entry(identity(from)).or_default().push(restart);
            }
        }
        restored
    }

    /// The jobs that are known to have been restored from another snapshot than this.
    fn began_elsewhere(&self, at: &Location) -> Vec<JobId> {
        let own = identity(at);
        let known = self.histories.values();
        known
            .filter(|it| {
                it.restored
                    .as_ref()
                    .is_some_and(|from| identity(from) != own)
            })
            .map(|it| it.job)
            .collect()
    }

    fn rows_anew(&mut self, now: Timestamp) -> Vec<Snapshot> {
        let records: Vec<&Record> = self.records.values().collect();
        let members: Vec<Member> = records
            .iter()
            .map(|record| describe::member(record, &self.jobs))
            .collect();
        let groups = lineage::group(
            &members,
            &weigh::sharing(&records, &self.files),
            self.histories.values(),
        );
        let owners = weigh::owners(&records, &self.files);
        let mut rows: Vec<Snapshot> = records
            .iter()
            .zip(owners)
            .map(|(record, (owner, naming))| {
                let mut row = describe::row(record, owner);
                row.heirs.naming = naming;
                row
            })
            .collect();
        let restored = self.restored();
        for row in &mut rows {
            let of = restored.get(&identity(&row.location));
            row.heirs.restored = of.cloned().unwrap_or_default();
            row.heirs.others = self.began_elsewhere(&row.location);
        }
        let mut described: BTreeMap<LineageId, Grouped> = BTreeMap::new();
        let mut scales = weigh::Scales::new(&records, &self.files);
        let mut last_lineage = self.last_lineage;
        for group in groups {
            let known = group
                .members
                .iter()
                .filter_map(|&at| self.rows.get(&rows[at].location))
                .map(|row| row.lineage);
            // A lineage keeps its number while one of its snapshots stays, and no other lineage has taken the number.
            let id = known
                .filter(|id| !described.contains_key(id))
                .min()
                .unwrap_or_else(|| {
                    last_lineage += 1;
                    LineageId(last_lineage)
                });
            for &at in &group.members {
                rows[at].lineage = id;
            }
            let grouped = Grouped {
                remarks: group.remarks,
                jobs: group.jobs,
                space: scales.weigh(&group.members, &mut rows),
            };
            described.insert(id, grouped);
        }
        let completed = self.newest_completed();
        let unreadable = records
            .iter()
            .filter(|record| matches!(record.content, Content::Unreadable { .. }))
            .count();
        let mut inside = HashMap::new();
        for (row, record) in rows.iter_mut().zip(&records) {
            let freed = row.sizes.freed;
            self.set_condition(row, record, &completed, now);
            if let (Health::InProgress, Some(group)) = (row.health, described.get_mut(&row.lineage))
            {
                group.space.unsettle(freed);
            }
            let others =
                unreadable - usize::from(matches!(record.content, Content::Unreadable { .. }));
            row.sizes_are_bounds = others > 0 || self.leads_out(record, &mut inside);
            row.is_hard_linked = record.is_hard_linked(&self.files);
        }
        self.tell_of_use(&mut rows);
        self.groups = described;
        self.last_lineage = last_lineage;
        rows
    }

    /// Tells the checkpoints of each job that is known to be over of the first of them that was written later, or that it cannot have
    /// taken by its number.
    fn tell_of_use(&self, rows: &mut [Snapshot]) {
        let ends = self.histories.values();
        let ends: HashMap<JobId, (Timestamp, Option<CheckpointId>)> = ends
            .filter_map(|it| Some((it.job, (it.ended_at?, it.highest()))))
            .collect();
        if ends.is_empty() {
            return;
        }
        let is_checkpoint = |row: &Snapshot| row.kind != Kind::Savepoint;
        let mut signs: HashMap<JobId, Sign> = HashMap::new();
        for row in rows.iter().filter(|row| is_checkpoint(row)) {
            let of = row.job_id.and_then(|job| Some((job, *ends.get(&job)?)));
            let Some((job, (ended, highest))) = of else {
                continue;
            };
            let is_later = |it: &Sign| {
                let is_beyond = it.number.zip(highest).is_some_and(|(own, last)| own > last);
                is_beyond || overlay::is_since(it.at, ended)
            };
            let Some(sign) = row.sign().filter(is_later) else {
                continue;
            };
            let first = signs.entry(job).or_insert_with(|| sign.clone());
            if (sign.at, &sign.name) < (first.at, &first.name) {
                *first = sign;
            }
        }
        for row in rows.iter_mut().filter(|row| is_checkpoint(row)) {
            row.used_again = row.job_id.and_then(|job| signs.get(&job).cloned());
        }
    }

    /// Whether a snapshot names files where nobody looked for snapshots: others may lie there that name them too.
    /// `inside` remembers what was found of each directory.
    fn leads_out(&self, record: &Record, inside: &mut HashMap<DirectoryId, bool>) -> bool {
        record.uses().iter().any(|usage| {
            let directory = self.files.directory_of(usage.file);
            !*inside
                .entry(directory)
                .or_insert_with(|| self.is_in_sight(directory))
        })
    }

    /// Whether snapshots were looked for around a directory of files.
    pub(in crate::inventory) fn is_in_sight(&self, directory: DirectoryId) -> bool {
        let at = self.files.directory_location(directory);
        self.searched.iter().any(|searched| at.is_within(searched))
    }

    /// The highest number that completed in each job's directory. Where no id names it, others may count there, too.
    fn newest_completed(&self) -> HashMap<Location, CheckpointId> {
        let mut newest = HashMap::new();
        for record in self
            .records
            .values()
            .filter(|record| record.completed_at().is_some())
            .filter(|record| record.job_id().is_some_and(|id| id != JobId::ZERO))
        {
            if let (Some(directory), Some(id)) = (record.job_directory(), record.checkpoint_id()) {
                let highest = newest.entry(directory).or_insert(id);
                *highest = id.max(*highest);
            }
        }
        newest
    }

    fn set_condition(
        &self,
        row: &mut Snapshot,
        record: &Record,
        completed: &HashMap<Location, CheckpointId>,
        now: Timestamp,
    ) {
        let newest = record
            .job_directory()
            .and_then(|directory| completed.get(&directory).copied());
        let superseded_by =
            newest.filter(|&newest| record.checkpoint_id().is_some_and(|own| own < newest));
        let condition = self.condition(row, record, superseded_by, now);
        row.health = condition.health;
        row.findings = condition.findings;
        row.unchecked_files = condition.unchecked_files;
        if matches!(record.content, Content::Nothing { .. }) {
            row.sizes.files = record.files;
        }
        match row.health {
            // Flink may be at work in it: nothing there is free, and this is what lies there so far.
            Health::InProgress => {
                row.sizes = Sizes {
                    refer: record.bytes,
                    files: row.sizes.files,
                    ..Sizes::default()
                };
            }
            Health::Abandoned | Health::Empty => {
                row.fate = fate::left_behind();
                row.owner = Owner::Unclear(
                    "left behind: Flink does not take it up again, unless a job still writes to it"
                        .to_owned(),
                );
            }
            Health::Incomplete if row.kind == Kind::Savepoint && row.heirs.naming.is_empty() => {
                row.owner = Owner::Unclear(
                    "files of it are gone, as after a claim: a job that claims a savepoint deletes it".to_owned(),
                );
            }
            _ => {}
        }
    }
}
