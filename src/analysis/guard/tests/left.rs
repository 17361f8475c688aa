use super::*;

#[test]
fn the_last_restorable_one_stays_unless_its_lineage_is_typed() {
    let plan = three().plan(&[0, 1, 2]);
    let decisions: Vec<Decision> = plan.targets.iter().map(|it| it.decision).collect();
    assert_eq!(
        decisions,
        [Decision::Delete, Decision::Delete, Decision::Keep]
    );
    // What it shares with those that go stays with it.
    assert_eq!(
        going(&plan),
        ["_metadata", "0.sst", "1.sst", "_metadata", "3.sst"]
    );
    stays(
        &plan.targets[2],
        Decision::Keep,
        "last restorable",
        "Without it nothing that is known here to be of lineage-1 could be restored; it was looked below file:/data, file:/savepoints, and --in DIR adds a place.",
    );
    assert_eq!(
        plan.targets[2].objections[0].overruled_by.as_deref(),
        Some("last of lineage-1")
    );
    let named = three().typing("lineage-1").plan(&[0, 1, 2]);
    assert_eq!(going(&named), going(&plan), "that says less");
    let all = three().typing("last of lineage-1").plan(&[0, 1, 2]);
    assert_eq!(going(&all).len(), 8);
    assert_eq!(all.targets[2].overruled[0].guard, "last restorable");
    let other = three().typing("lineage-2").plan(&[0, 1, 2]);
    assert_eq!(going(&other), going(&plan));
}

#[test]
fn where_the_newest_restorable_one_goes_it_is_said_what_is_the_latest_then() {
    let latest = |plan: &Plan| {
        let remarks = plan.remarks.iter();
        remarks
            .filter(|it| it.contains("`stateward latest` answers"))
            .cloned()
            .collect::<Vec<_>>()
    };
    let newest = three().plan(&[2]);
    let [remark] = &latest(&newest)[..] else {
        panic!("{:?}", newest.remarks);
    };
    let names: Vec<&str> = three_names(&newest);
    assert!(remark.starts_with(names[0]), "{remark}");
    assert!(remark.contains("of lineage-1, goes"), "{remark}");
    assert_eq!(latest(&three().plan(&[0])), [""; 0]);
    // One that stays is no news, nor is an answer where nothing is left.
    assert_eq!(latest(&three().plan(&[0, 1, 2])), [""; 0]);
    assert_eq!(
        latest(&three().typing("last of lineage-1").plan(&[0, 1, 2])),
        [""; 0]
    );
}

fn three_names(plan: &Plan) -> Vec<&str> {
    plan.targets.iter().map(|it| &*it.name).collect()
}

#[test]
fn of_jobs_that_went_on_side_by_side_each_has_a_last_one_and_a_word_for_it() {
    const THIRD_JOB: &str = "cccccccccccccccccccccccccccccccc";
    let of = |job: &str, number, days| {
        let mut snapshot = checkpoint(number, days * DAY);
        snapshot.location = place(&format!("file:/data/{job}/chk-{number}"));
        snapshot.job_id = Some(job.parse().unwrap());
        with_facts(snapshot, |facts| facts.jobs = vec![JOB[..6].to_owned()])
    };
    let mut scene = Scene::of([
        (of(JOB, 1, 9), vec![0]),
        (of(OTHER_JOB, 2, 8), vec![1]),
        (of(THIRD_JOB, 2, 7), vec![2]),
    ]);
    scene.clusters = vec![Arc::new(cluster(
        [JOB, OTHER_JOB, THIRD_JOB].map(|it| job(it, JobState::Canceled)),
    ))];
    let last = |plan: &Plan| {
        let objections = plan.targets.iter().flat_map(|it| &it.objections);
        let last = objections.filter(|it| it.guard == "last restorable");
        let word = |it: &Objection| it.overruled_by.clone().unwrap_or_default();
        last.map(word).collect::<Vec<_>>()
    };
    let words = [OTHER_JOB, THIRD_JOB].map(|it| format!("last of lineage-1 {}", &it[..6]));
    assert_eq!(last(&scene.plan(&[1, 2])), words);
    // Where nothing of the whole is left that is a reason of its own.
    let whole = "last of lineage-1".to_owned();
    let all = [&words[0], &whole, &words[1]].map(Clone::clone);
    assert_eq!(last(&scene.plan(&[0, 1, 2])), all);
    let mut each = scene.clone();
    each.typed = words.to_vec();
    assert_eq!(last(&each.plan(&[0, 1, 2])), [whole]);
    assert_eq!(
        last(&scene.plan(&[1])),
        words[..1],
        "another job's do not help it"
    );
    assert_eq!(last(&scene.plan(&[0])), [""; 0], "others went on from it");
    assert_eq!(
        last(&scene.clone().typing(&words[0]).plan(&[1, 2])),
        words[1..]
    );
    assert_eq!(
        last(&scene.clone().typing("last of lineage-1").plan(&[1, 2])),
        words
    );
    let text = &scene.plan(&[1]).targets[0].objections[0].text;
    assert!(
        text.contains(&format!("of job {}", &OTHER_JOB[..6])),
        "{text}"
    );
}
