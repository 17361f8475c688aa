use super::*;

fn operator(n: u8) -> OperatorId {
    OperatorId([n; 16])
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn checkpoint(job: u8, number: u32, seconds: i64, operators: &[u8]) -> Member {
    let job = JobId([job; 16]);
    let directory = Location::local(b"/ck").join(job.to_string().as_bytes());
    Member {
        location: directory.join(format!("chk-{number}").as_bytes()),
        job_directory: Some(directory),
        job_id: Some(job),
        job_prefix: None,
        operators: operators.iter().copied().map(operator).collect(),
        seen_at: Some(at(seconds)),
        job_started_at: None,
        written_to: Some(Location::local(b"/ck")),
    }
}

fn savepoint(prefix: &str, seconds: i64, operators: &[u8]) -> Member {
    Member {
        location: Location::local(format!("/sp/savepoint-{prefix}-{seconds:012}").as_bytes()),
        job_directory: None,
        job_id: None,
        job_prefix: Some(prefix.to_owned()),
        operators: operators.iter().copied().map(operator).collect(),
        seen_at: Some(at(seconds)),
        job_started_at: None,
        written_to: None,
    }
}

fn grouped(members: &[Member], shared: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let groups = group(members, shared, &[]).into_iter();
    let mut groups: Vec<_> = groups.map(|group| group.members).collect();
    groups.sort_unstable();
    groups
}

/// The same, of a job that is known to have started at a time.
fn started(second: i64, member: Member) -> Member {
    Member {
        job_started_at: Some(at(second)),
        ..member
    }
}

#[test]
fn runs_one_after_the_other_are_one_application() {
    let members = [
        checkpoint(1, 5, 0, &[1, 2]),
        checkpoint(1, 6, 10, &[1, 2]),
        started(20, checkpoint(2, 7, 50, &[1, 2])),
    ];
    assert_eq!(grouped(&members, &[]), [vec![0, 1, 2]]);
}

#[test]
fn runs_that_may_have_been_at_the_same_time_stay_apart() {
    // Each retains one checkpoint only, so that what was retained never overlaps.
    let members = [
        started(0, checkpoint(1, 57, 1000, &[1, 2])),
        started(10, checkpoint(2, 61, 1020, &[1, 2])),
    ];
    assert_eq!(grouped(&members, &[]), [vec![0], vec![1]]);
    assert!(
        group(&members, &[], &[])
            .iter()
            .all(|group| group.remarks[0].starts_with("another job"))
    );
    // Nor is anything known of a start that left no trace, or one that a copy made.
    let unknown = [
        checkpoint(1, 57, 1000, &[1, 2]),
        checkpoint(2, 61, 1020, &[1, 2]),
    ];
    assert_eq!(grouped(&unknown, &[]), [vec![0], vec![1]]);
    let copied = [
        started(0, checkpoint(1, 57, 1, &[1, 2])),
        started(2, checkpoint(2, 61, 3, &[1, 2])),
    ];
    assert_eq!(grouped(&copied, &[]), [vec![0], vec![1]]);
}

#[test]
fn a_copy_of_a_jobs_directory_is_of_the_same_job() {
    let original = checkpoint(1, 5, 0, &[1]);
    let mut copy = checkpoint(1, 5, 0, &[1]);
    copy.location = Location::local(b"/backup").join(copy.location.path());
    copy.job_directory = copy.location.parent();
    assert_eq!(grouped(&[original, copy], &[]), [vec![0, 1]]);
}

#[test]
fn a_savepoint_of_other_operators_is_not_attached_by_its_name() {
    let mut zero = checkpoint(0, 5, 0, &[1, 2]);
    zero.job_id = Some(JobId::ZERO);
    let members = [zero, savepoint("000000", 50, &[1, 2, 3])];
    assert_eq!(grouped(&members, &[]), [vec![0], vec![1]]);
}

#[test]
fn without_a_jobs_directory_operators_and_place_decide() {
    let mut bare = checkpoint(1, 5, 0, &[1, 2]);
    bare.location = Location::local(b"/app/ck/chk-5");
    bare.job_directory = bare.location.parent();
    bare.written_to = bare.location.parent();
    bare.job_id = None;
    let mut beside = savepoint("ababab", 50, &[1, 2]);
    beside.location = Location::local(b"/app/sp/savepoint-ababab-000000000050");
    assert_eq!(grouped(&[bare, beside], &[]), [vec![0, 1]]);
}

#[test]
fn runs_that_wrote_elsewhere_are_another_application() {
    let mut elsewhere = started(20, checkpoint(2, 7, 50, &[1, 2]));
    elsewhere.written_to = Some(Location::local(b"/tenant-b/ck"));
    assert_eq!(
        grouped(&[checkpoint(1, 5, 0, &[1, 2]), elsewhere], &[]),
        [vec![0], vec![1]]
    );
}

#[test]
fn a_savepoint_without_metadata_belongs_to_the_job_of_its_prefix() {
    let members = [
        checkpoint(0xab, 5, 0, &[1, 2]),
        savepoint("ababab", 50, &[]),
    ];
    assert_eq!(grouped(&members, &[]), [vec![0, 1]]);
}

#[test]
fn other_operators_are_another_application() {
    assert_eq!(
        grouped(
            &[checkpoint(1, 5, 0, &[1]), checkpoint(2, 1, 20, &[2])],
            &[]
        ),
        [vec![0], vec![1]]
    );
}

#[test]
fn a_savepoint_belongs_to_the_job_of_its_prefix() {
    let members = [
        checkpoint(0xab, 5, 0, &[1, 2]),
        checkpoint(0xab, 9, 100, &[1, 2]),
        savepoint("ababab", 50, &[1, 2]),
        savepoint("cdcdcd", 50, &[7]),
    ];
    assert_eq!(grouped(&members, &[]), [vec![0, 1, 2], vec![3]]);
}

#[test]
fn a_claim_joins_what_names_the_same_files() {
    let members = [checkpoint(1, 5, 0, &[1]), checkpoint(2, 6, 10, &[1, 3])];
    assert_eq!(grouped(&members, &[(0, 1)]), [vec![0, 1]]);
}

fn history(job: u8, started: i64, restored: Option<&Location>, taken: &[&Location]) -> JobHistory {
    JobHistory {
        job: JobId([job; 16]),
        started_at: Some(at(started)),
        ended_at: None,
        restored: restored.cloned(),
        claim_mode: None,
        taken: taken.iter().map(|&it| it.clone()).collect(),
    }
}

#[test]
fn a_job_goes_on_with_what_its_cluster_says_it_was_restored_from() {
    let members = [
        savepoint("ababab", 10, &[1, 2]),
        savepoint("cdcdcd", 90, &[1, 2, 3]),
    ];
    let (first, second) = (&members[0].location, &members[1].location);
    let groups = |histories: &[JobHistory]| group(&members, &[], histories);
    assert_eq!(groups(&[]).len(), 2);
    let joined = groups(&[history(0xcd, 20, Some(first), &[second])]);
    assert_eq!(joined.len(), 1);
    assert_eq!(joined[0].jobs, [JobId([0xcd; 16])]);
    // A job that knows neither of them joins nothing.
    assert_eq!(groups(&[history(0x11, 20, Some(first), &[])]).len(), 2);
    assert_eq!(groups(&[history(0xcd, 20, None, &[second])]).len(), 2);
}

#[test]
fn a_noted_restart_joins_savepoints_by_the_first_digits_of_their_jobs() {
    let members = [
        savepoint("ababab", 10, &[1, 2]),
        savepoint("cdcdcd", 90, &[1, 2]),
        savepoint("efefef", 190, &[1, 2]),
    ];
    let place = |at: usize| Some(&members[at].location);
    let noted = [
        history(0xef, 100, place(1), &[]),
        history(0xcd, 20, place(0), &[]),
    ];
    assert_eq!(group(&members, &[], &noted).len(), 1);
    assert_eq!(group(&members, &[], &noted[..1]).len(), 2);
    let fork = [
        history(0xef, 50, place(0), &[]),
        history(0xcd, 20, place(0), &[]),
    ];
    assert_eq!(group(&members, &[], &fork).len(), 2, "both went on with it");
}

#[test]
fn what_a_job_goes_on_with_is_known_by_its_path_once_that_is_gone() {
    let before = checkpoint(0xab, 9, 10, &[1, 2]);
    let gone = before.location.parent().unwrap().join(b"chk-10");
    let members = [
        before,
        savepoint("ababab", 5, &[1, 2]),
        checkpoint(0xcd, 3, 90, &[1, 2]),
    ];
    let groups = |members: &[Member], started: i64, origin: &Location| {
        let history = history(0xcd, started, Some(origin), &[]);
        group(members, &[], &[history]).len()
    };
    assert_eq!(group(&members, &[], &[]).len(), 2);
    assert_eq!(groups(&members, 20, &gone), 1);
    // What was written to after it had started goes on beside it.
    assert_eq!(groups(&members, 5, &gone), 2);
    // Of a job of which savepoints are all that is left, their names tell, and their operators.
    let savepoint_of =
        |prefix: &str| Location::local(format!("/sp/savepoint-{prefix}-0123456789ab").as_bytes());
    for gone in [&gone, &savepoint_of("ababab")] {
        assert_eq!(groups(&members[1..], 20, gone), 1, "{gone}");
    }
    assert_eq!(groups(&members[1..], 20, &savepoint_of("efefef")), 2);
    let other = [savepoint("ababab", 5, &[7]), members[2].clone()];
    assert_eq!(
        groups(&other, 20, &gone),
        2,
        "six digits alone are no evidence"
    );
    // Of zeros a name tells nothing.
    let zeros = Location::local(b"/ck").join("0".repeat(32).as_bytes());
    let of_zeros = [of_zeros(9, 10, &[1, 2]), members[2].clone()];
    assert_eq!(groups(&of_zeros, 20, &zeros.join(b"chk-10")), 2);
}

#[test]
fn what_there_is_to_say_of_an_id_of_zeros_is_said_once_of_a_lineage() {
    let members = [of_zeros(1, 0, &[1]), of_zeros(2, 10, &[])];
    let groups = group(&members, &[], &[]);
    let [only] = &groups[..] else {
        panic!("{groups:?}");
    };
    assert_eq!(only.remarks.len(), 1, "{:?}", only.remarks);
}

#[test]
fn a_fork_of_what_goes_on_is_a_lineage_of_its_own() {
    let members = [
        savepoint("ababab", 10, &[1, 2]),
        checkpoint(0xab, 9, 100, &[1, 2]),
        checkpoint(0xcd, 3, 90, &[1, 2]),
    ];
    let origin = &members[0].location;
    let fork = [history(0xcd, 20, Some(origin), &[])];
    assert_eq!(group(&members, &[], &fork).len(), 2);
    let successor = [history(0xcd, 101, Some(origin), &[])];
    assert_eq!(group(&members, &[], &successor).len(), 1);
}

#[test]
fn unreadable_snapshots_stay_with_their_directory_only() {
    let members = [
        checkpoint(1, 5, 0, &[1]),
        checkpoint(1, 6, 5, &[]),
        checkpoint(2, 1, 50, &[]),
    ];
    assert_eq!(grouped(&members, &[]), [vec![0, 1], vec![2]]);
}

/// In a directory that has no job's id in its name.
fn in_one_directory(number: u32, seconds: i64, operators: &[u8]) -> Member {
    let directory = Location::local(b"/app/ck");
    Member {
        location: directory.join(format!("chk-{number}").as_bytes()),
        job_directory: Some(directory.clone()),
        job_id: None,
        written_to: Some(directory),
        ..checkpoint(1, number, seconds, operators)
    }
}

/// In a directory of zeros.
fn of_zeros(number: u32, seconds: i64, operators: &[u8]) -> Member {
    Member {
        job_id: Some(JobId::ZERO),
        ..in_one_directory(number, seconds, operators)
    }
}

#[test]
fn a_directory_that_no_job_names_may_be_of_several_applications() {
    for make in [in_one_directory, of_zeros] {
        let members = [
            make(8, 0, &[1, 2]),
            make(35, 5, &[3, 4, 5]),
            make(9, 10, &[1, 2]),
            make(36, 15, &[3, 4, 5]),
            // Of one that tells no operators nobody knows whose it is.
            make(10, 20, &[]),
        ];
        assert_eq!(grouped(&members, &[]), [vec![0, 2], vec![1, 3], vec![4]]);
        let groups = group(&members, &[], &[]);
        for group in &groups {
            let mut remarks = group.remarks.iter();
            let is_told = remarks.any(|it| it.contains("holds checkpoints with other operators"));
            assert_eq!(is_told, group.members != [4], "{group:?}");
        }
        assert_eq!(grouped(&members[..1], &[]), [vec![0]]);
        let one = [members[0].clone(), members[2].clone(), members[4].clone()];
        assert_eq!(grouped(&one, &[]), [vec![0, 1, 2]]);
        assert!(
            !group(&one, &[], &[])[0]
                .remarks
                .iter()
                .any(|it| it.contains("other operators"))
        );
    }
}

#[test]
fn a_program_that_was_changed_and_another_beside_it_look_alike_in_a_directory_that_no_job_names() {
    for make in [in_one_directory, of_zeros] {
        let before = [make(1, 0, &[1, 2]), make(2, 5, &[1, 2])];
        let after = [make(3, 10, &[1, 2, 3]), make(4, 15, &[1, 2, 3])];
        let members = [before, after].concat();
        assert_eq!(grouped(&members, &[]), [vec![0, 1], vec![2, 3]]);
        // What names the same files goes on with them.
        assert_eq!(grouped(&members, &[(1, 2)]), [vec![0, 1, 2, 3]]);
    }
}

#[test]
fn what_a_cluster_tells_is_held_against_the_operators_in_a_directory_that_no_job_names() {
    let members = [
        in_one_directory(7, 0, &[1, 2]),
        in_one_directory(8, 3, &[1, 2]),
        // It has taken the place of the first job's.
        in_one_directory(9, 5, &[3]),
        in_one_directory(36, 15, &[3]),
    ];
    let places = members.each_ref().map(|it| &it.location);
    let histories = [
        history(1, 0, None, &places[..3]),
        history(2, 0, None, &places[2..]),
    ];
    let groups = group(&members, &[], &histories);
    let of = groups.iter().map(|it| (&it.members[..], &it.jobs[..]));
    let of: BTreeSet<_> = of.collect();
    let (one, two) = (JobId([1; 16]), JobId([2; 16]));
    let expected = [(&[0, 1][..], &[one][..]), (&[2, 3], &[two])];
    assert_eq!(of, BTreeSet::from(expected));
}
