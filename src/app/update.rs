//! The one place where the model changes.

use jiff::Timestamp;

use super::asking;
use super::called;
use super::clusters;
use super::command::{self, CommandId, Context};
use super::demo;
use super::dialog;
use super::effect::{Depth, Effect};
use super::explain::Tone;
use super::filtering;
use super::form::Form;
use super::gone;
use super::holds;
use super::key::Key;
use super::marking::{self, Holds};
use super::message::Message;
use super::model::{About, DocumentState, Focus, Model, Notice, Popup, Tab};
use super::moves::{self, Step};
use super::operations;
use super::order;
use super::planning;
use super::press::{self, Meant};
use super::replay;
use super::seen;
use super::sort::{Column, Sort};
use super::space;
use super::staging;
use super::timeline;
use super::trash;
use super::typing;
use super::verifying;
use super::whatif;
use super::yank;
use crate::domain::snapshot::{RootState, RootStatus};
use crate::domain::text::scrub;
use crate::inventory::delta::Delta;

/// Changes the model as a message asks, and says what others have to do.
///
/// News from the inventory only marks the order of rows as stale; the next message of another sort, at the latest the
/// tick that ends each batch, works it out once for all of them.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = changed(model, message);
    replay::recall(model, &mut effects);
    effects
}

fn changed(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Message::Inventory(deltas) = message {
        for delta in deltas {
            // Whoever has looked at a root as a whole sees the marks in it, too.
            let looked = matches!(&delta, Delta::Root(status) if status.state == RootState::Ready);
            if (looked || delta == Delta::Ours) && effects.is_empty() {
                effects.push(Effect::LoadMarks);
                effects.extend(trash::reload(model));
            }
            apply(model, delta);
        }
        effects.extend(staging::follow(model));
        return effects;
    }
    effects.extend(order::settle(model));
    match message {
        Message::Inventory(_) => {}
        Message::Key(_)
        | Message::Rushed(_)
        | Message::Pasted(_)
        | Message::Click { .. }
        | Message::Command(_)
            if seen::is_blind(model) =>
        {
            effects.extend(blindly(model, &message));
        }
        Message::Past(past) => effects.extend(timeline::heard(model, past)),
        Message::Cluster(cluster) => effects.extend(clusters::heard(model, cluster)),
        Message::Marks {
            marks,
            problems,
            holds,
            aside,
        } => marking::heard(model, marks, Holds { holds, aside }, problems),
        Message::Unfinished(unfinished) => {
            model.dirty |= model.unfinished != unfinished;
            model.unfinished = unfinished;
        }
        Message::Trash(rows) => trash::heard(model, rows),
        Message::Foreseen { work, result } => trash::foreseen(model, &work, &result),
        Message::PurgeForeseen { work, result } => {
            trash::purge_foreseen(model, &work, &result);
        }
        Message::StagedWeighed { generation, frees } => staging::weighed(model, generation, frees),
        Message::Planned { generation, result } => planning::made(model, generation, result),
        Message::Operation { id, news } => effects.extend(operations::heard(model, id, news)),
        Message::Tick(wall) => {
            let now = replay::time(model, wall);
            tick(model, now);
            effects.extend(trash::tick(model));
        }
        Message::Resized { columns, rows } => {
            model.size = (columns, rows);
            model.view.seen.forget_frame();
            moves::fit_focus(model);
            timeline::lay_out(model);
            model.dirty = true;
        }
        Message::Key(key) => effects.extend(press(model, key, press::meant)),
        Message::Rushed(key) => {
            // What one of several keys did not confirm is still to be read after the rest of them.
            let unconfirmed = |notice: &Notice| notice.about == About::Unconfirmed;
            let told = model.notice.clone().filter(unconfirmed);
            effects.extend(press(model, key, press::meant_in_a_rush));
            model.notice = model.notice.take().or(told);
        }
        Message::Pasted(text) => typing::paste(model, &text),
        Message::Command(id) => effects.extend(run(model, id)),
        Message::Click { column, row } => moves::click(model, column, row),
        Message::Continued => model.dirty = true,
        Message::DocumentLoaded {
            generation,
            location,
            result,
        } => {
            let wanted = model
                .document
                .of
                .as_ref()
                .is_some_and(|of| of.location == location);
            if wanted && generation == model.document.generation {
                model.document.state = match result {
                    Ok(sheet) => DocumentState::Ready(sheet),
                    Err(reason) => DocumentState::Failed(scrub(&reason).into_owned()),
                };
                order::unfold(model);
                model.dirty = true;
            }
        }
        Message::OperatorsWeighed(weighed) => space::weighed(model, weighed),
        Message::LineageCopied { generation, world } => {
            if !timeline::copied(model, generation, world.as_ref()) {
                whatif::copied(model, generation, world);
            }
        }
        Message::Verified { location, result } => verifying::verified(model, location, result),
        Message::Yanked(Ok(what)) => {
            let line = what.lines().next().unwrap_or_default();
            model.say(
                Tone::Good,
                format!("sent to the clipboard: {}", scrub(line)),
            );
        }
        Message::Yanked(Err(why)) => model.say(Tone::Bad, format!("not copied: {}", scrub(&why))),
        Message::Demo(news) => demo::heard(model, news),
        Message::Notice(text) => model.say(Tone::Plain, scrub(&text)),
        Message::Terminate(_) => effects.push(Effect::Quit),
    }
    effects.extend(order::settle(model));
    asking::follow(model);
    effects
}

fn apply(model: &mut Model, delta: Delta) {
    match delta {
        Delta::Root(status) => {
            let place = |root: &&mut RootStatus| root.location == status.location;
            match model.roots.iter_mut().find(place) {
                Some(root) if *root == status => return,
                Some(root) => *root = status,
                None => model.roots.push(status),
            }
            // When the first look ends, the selection stays where it is from then on.
            model.index.stale |= !model.touched;
        }
        Delta::Upserted(snapshot) => {
            model.notice = model
                .notice
                .take()
                .filter(|notice| !matches!(&notice.about, About::Gone { sketch } if sketch.uri == snapshot.location));
            model.snapshots.insert(snapshot.location.clone(), snapshot);
            model.index.stale = true;
        }
        Delta::Removed(location) => {
            model.verifications.remove(&location);
            model.snapshots.remove(&location);
            model.index.stale = true;
        }
        Delta::Lineages(lineages) => {
            model.lineages = lineages;
            called::refresh(model);
            if model
                .scope
                .is_some_and(|scope| model.lineage(scope).is_none())
            {
                model.scope = None;
            }
            model.index.stale = true;
        }
        Delta::Ours => return,
    }
    model.dirty = true;
}

fn tick(model: &mut Model, now: Timestamp) {
    model.now = now;
    timeline::tick(model);
    if model.view.next_change.is_some_and(|change| change <= now) {
        model.dirty = true;
        // Rows come into or fall out of a filter on age by the clock alone.
        model.index.stale |= model.filter.depends_on_time();
    }
    if model
        .notice
        .as_ref()
        .is_some_and(|notice| notice.until <= now)
    {
        model.notice = None;
        model.dirty = true;
    }
}

/// What a key does, by what it means.
fn press(model: &mut Model, key: Key, meant: fn(&mut Model, Key) -> Meant) -> Vec<Effect> {
    model.touched |= model.selected.is_some();
    let shown = |model: &Model| (model.popups.len(), model.staging.chosen.len());
    let (notice, before) = (model.notice.take(), shown(model));
    // What went without us has been seen by whoever goes on; what speaks against a key is about that key.
    let notice = notice.filter(|notice| notice.about == About::Anything);
    let effects = match meant(model, key) {
        Meant::Command(command) => run(model, command),
        Meant::Text(c) => {
            typing::change(model, |text| text.push(c));
            Vec::new()
        }
        Meant::Nothing => Vec::new(),
    };
    // A word about what is not on the screen any more only hides the keys.
    // Where time stands still it would stay for ever.
    let stands = model.demo.as_ref().is_some_and(|demo| demo.paused)
        || model.replay.as_ref().is_some_and(|replay| !replay.playing);
    if model.notice.is_none() && shown(model) == before && !stands {
        model.notice = notice;
    }
    effects
}

fn in_form(model: &mut Model, change: impl FnOnce(&mut Form)) {
    if let Some(Popup::Dialog(dialog)) = model.popups.last_mut() {
        change(&mut dialog.form);
    }
}

/// What can be done where nothing can be seen: leaving it, at once or for a while.
fn blindly(model: &mut Model, message: &Message) -> Vec<Effect> {
    let id = match message {
        Message::Command(id) => Some(*id),
        Message::Key(key) | Message::Rushed(key) => {
            command::resolve(Context::Table, *key).map(|command| command.id)
        }
        _ => None,
    };
    match id {
        // No popup is closed that one does not see.
        Some(CommandId::Quit) => leave(model),
        Some(id @ (CommandId::Interrupt | CommandId::Suspend)) => run(model, id),
        _ => Vec::new(),
    }
}

fn run(model: &mut Model, id: CommandId) -> Vec<Effect> {
    model.dirty = true;
    if let Some(why) = seen::objection(model, id) {
        model.say(Tone::Warning, why);
        if let Some(notice) = &mut model.notice {
            notice.about = About::Unconfirmed;
        }
        return Vec::new();
    }
    if let Some(why) = gone::objection(model, id) {
        model.say(Tone::Warning, why);
        return Vec::new();
    }
    match id {
        CommandId::Up | CommandId::PaletteUp => moves::step(model, Step::By(-1)),
        CommandId::Down | CommandId::PaletteDown => moves::step(model, Step::By(1)),
        CommandId::PageUp => moves::step(model, Step::Page(-1)),
        CommandId::PageDown => moves::step(model, Step::Page(1)),
        CommandId::Top => moves::step(model, Step::Top),
        CommandId::Bottom => moves::step(model, Step::Bottom),
        CommandId::Left => moves::sideways(model, -1),
        CommandId::Right => moves::sideways(model, 1),
        CommandId::FocusNext => moves::focus(model, 1),
        CommandId::FocusPrevious => moves::focus(model, -1),
        CommandId::Open => open(model),
        CommandId::Activate => return activate(model),
        CommandId::Back => back(model),
        CommandId::TabOverview => moves::open_tab(model, Tab::Overview),
        CommandId::TabOperators => moves::open_tab(model, Tab::Operators),
        CommandId::TabFiles => moves::open_tab(model, Tab::Files),
        CommandId::TabRescale => moves::open_tab(model, Tab::Rescale),
        CommandId::TabFate => moves::open_tab(model, Tab::Fate),
        CommandId::TabRestart => moves::open_tab(model, Tab::Restart),
        CommandId::TabExplain => moves::open_tab(model, Tab::Explain),
        CommandId::PreviousSnapshot => moves::row(model, Step::By(-1)),
        CommandId::NextSnapshot => moves::row(model, Step::By(1)),
        CommandId::PreviousLineage => moves::lineage(model, Step::By(-1)),
        CommandId::NextLineage => moves::lineage(model, Step::By(1)),
        CommandId::Latest => return moves::latest(model),
        CommandId::Filter => filtering::begin(model),
        CommandId::FilterAccept => filtering::accept(model),
        CommandId::FilterCancel => filtering::cancel(model),
        CommandId::EraseLine => typing::change(model, String::clear),
        CommandId::EraseChar => typing::change(model, |text| {
            text.pop();
        }),
        CommandId::SortMenu => {
            let chosen = Column::ALL
                .iter()
                .position(|column| *column == model.sort.column)
                .unwrap_or(0);
            push_popup(model, Popup::SortMenu { chosen });
        }
        CommandId::SortReverse => {
            sort(model, model.sort.reversed());
        }
        CommandId::SortChoose => choose_sort(model),
        CommandId::Verify => return verifying::begin(model, Depth::Presence),
        CommandId::VerifyContents => return verifying::begin(model, Depth::Contents),
        CommandId::YankPath => return yank::path(model),
        CommandId::YankCommand => return yank::command(model),
        CommandId::FlinkVersion => model.series = Some(model.series().next()),
        CommandId::ClaimMode => {
            let (modes, mode) = (model.series().claim_modes(), model.claim_mode());
            let at = modes
                .iter()
                .position(|other| *other == mode)
                .map_or(0, |at| at + 1);
            model.claim_mode = modes[at % modes.len()];
        }
        CommandId::PathSide => model.other_path = !model.other_path,
        CommandId::TargetUp => plan(model, 1),
        CommandId::TargetDown => plan(model, -1),
        CommandId::Rescan => {
            model.say(Tone::Plain, "looking at all roots again");
            let mut effects = vec![Effect::Rescan];
            effects.extend((!model.clusters.is_empty()).then_some(Effect::AskClusters));
            return effects;
        }
        CommandId::Operations => operations::show(model),
        CommandId::Halt => return operations::halt(model),
        CommandId::Mark => return marking::toggle(model),
        CommandId::Trigger => asking::trigger(model),
        CommandId::Stop => asking::stop(model),
        CommandId::Cancel => asking::cancel(model),
        CommandId::Restart => asking::restart(model),
        CommandId::FormUp => in_form(model, |form| form.step(-1)),
        CommandId::FormDown => in_form(model, |form| form.step(1)),
        CommandId::FormLeft => in_form(model, |form| form.turn(-1)),
        CommandId::FormRight => in_form(model, |form| form.turn(1)),
        CommandId::FormAccept => return dialog::accept(model),
        CommandId::Confirm => return dialog::confirm(model),
        CommandId::Stage => return staging::toggle(model),
        CommandId::StageShown => return staging::toggle_shown(model),
        CommandId::Unstage => return staging::clear(model),
        CommandId::Plan => return planning::staged(model),
        CommandId::PlanOrphans => return planning::orphans(model),
        CommandId::PlanRules => planning::rules(model),
        CommandId::PlanFiles => planning::toggle_files(model),
        CommandId::PlanAllNamed => return planning::toggle_all_named(model),
        CommandId::PlanOverrule => planning::overrule(model),
        CommandId::PlanCarryOut => return planning::confirm(model),
        CommandId::Jobs => {
            let chosen = clusters::job_in_view(model).unwrap_or(0);
            push_popup(model, Popup::Jobs { chosen, scroll: 0 });
        }
        CommandId::Space
        | CommandId::SpaceGo
        | CommandId::SpaceGrouping
        | CommandId::SpaceOrder
        | CommandId::SpaceLineages
        | CommandId::SpaceSnapshots
        | CommandId::SpacePrevious
        | CommandId::SpaceNext => return space::run(model, id),
        CommandId::WhatIf
        | CommandId::WhatIfCancelled
        | CommandId::WhatIfFailed
        | CommandId::WhatIfFinished
        | CommandId::WhatIfSuspended
        | CommandId::WhatIfSubsumed
        | CommandId::WhatIfDisposed
        | CommandId::WhatIfUndo
        | CommandId::Beside
        | CommandId::BesideLeft
        | CommandId::BesideRight => return whatif::run(model, id),
        CommandId::Timeline
        | CommandId::TimelineIn
        | CommandId::TimelineOut
        | CommandId::TimelineEarlier
        | CommandId::TimelineLater
        | CommandId::TimelineFollow
        | CommandId::TimelineAll
        | CommandId::TimelinePrevious
        | CommandId::TimelineNext
        | CommandId::TimelineGo => return timeline::run(model, id),
        CommandId::ReplayPause
        | CommandId::ReplaySpeed
        | CommandId::ReplayNext
        | CommandId::ReplayPrevious
        | CommandId::ReplayMinuteOn
        | CommandId::ReplayMinuteBack
        | CommandId::ReplayStart
        | CommandId::ReplayEnd => replay::run(model, id),
        CommandId::Help => push_popup(model, Popup::Help { scroll: 0 }),
        CommandId::Palette => push_popup(
            model,
            Popup::Palette {
                query: String::new(),
                chosen: 0,
            },
        ),
        CommandId::PaletteRun => {
            let Some(Popup::Palette { chosen, .. }) = model.popups.last() else {
                return Vec::new();
            };
            let command = model
                .palette_matches()
                .get(*chosen)
                .map(|command| command.id);
            if let Some(id) = command {
                model.popups.pop();
                return run(model, id);
            }
        }
        CommandId::Holds => return holds::open(model),
        CommandId::HoldAdd => holds::add(model),
        CommandId::HoldRelease => holds::release(model),
        CommandId::HoldsTurn => holds::turn(model),
        CommandId::HoldGo => holds::go(model),
        CommandId::Trash => return trash::open(model),
        CommandId::TrashPane => trash::pane(model),
        CommandId::TrashEnter => return trash::enter(model),
        CommandId::TrashUndo => return trash::undo(model),
        CommandId::TrashResume => trash::resume(model),
        CommandId::TrashPurge => return trash::purge(model),
        CommandId::ClosePopup => {
            if !trash::leave_targets(model) && !timeline::leave_told(model) {
                model.popups.pop();
            }
        }
        CommandId::DemoScene
        | CommandId::DemoPause
        | CommandId::DemoStep
        | CommandId::DemoFaster
        | CommandId::DemoSlower => return demo::run(model, id),
        CommandId::Suspend => return vec![Effect::Suspend],
        CommandId::Quit => {
            if model.popups.pop().is_some() {
                return Vec::new();
            }
            return leave(model);
        }
        CommandId::Interrupt => return vec![Effect::Quit],
    }
    Vec::new()
}

/// Leaves; where something is under way, only after it was said what becomes of that.
fn leave(model: &mut Model) -> Vec<Effect> {
    if model.operations.iter().all(|it| it.ended.is_some()) || model.leaving {
        return vec![Effect::Quit];
    }
    model.leaving = true;
    let what = if operations::is_looking(model) {
        "it is looked once more, and nothing is moved yet; leaving halts that; q again leaves"
    } else if operations::to_halt(model).is_some() {
        "files are being moved, and leaving halts that half-way; q again leaves"
    } else {
        "something is under way, and goes on at the cluster unwatched; q again leaves"
    };
    model.say(Tone::Warning, what);
    Vec::new()
}

fn push_popup(model: &mut Model, popup: Popup) {
    model.view.popup_offset = 0;
    model.popups.push(popup);
}

fn choose_sort(model: &mut Model) {
    let Some(Popup::SortMenu { chosen }) = model.popups.pop() else {
        return;
    };
    let column = Column::ALL[chosen];
    let wanted = if model.sort.column == column {
        model.sort.reversed()
    } else {
        Sort::by(column)
    };
    sort(model, wanted);
}

/// Sorts the table; says so where it is not on the screen.
fn sort(model: &mut Model, sort: Sort) {
    model.sort = sort;
    model.index.stale = true;
    if !model.table_visible() {
        let text = format!("the table is sorted now: {}", sort.words());
        model.say(Tone::Plain, text);
    }
}

fn open(model: &mut Model) {
    if model.focus == Focus::Lineages {
        model.focus = Focus::Table;
    } else if model.selected.is_some() {
        model.detail_open = !model.detail_beside();
        model.focus = Focus::Detail;
    }
}

/// What return does in the detail: folds an operator, or copies a command.
fn activate(model: &mut Model) -> Vec<Effect> {
    if model.tab == Tab::Restart {
        return yank::command(model);
    }
    let row = model.operator_rows.get(model.cursor()).copied();
    let id = row.and_then(|row| Some(model.sheet()?.operators.get(row.operator)?.id.clone()));
    if let Some((id, row)) = id.zip(row) {
        if !model.unfolded.remove(&id) {
            model.unfolded.insert(id);
        }
        order::unfold(model);
        let home = model
            .operator_rows
            .iter()
            .position(|other| other.operator == row.operator);
        model.cursors[Tab::Operators as usize] = home.unwrap_or(0);
    }
    Vec::new()
}

/// One step out: of the detail, of the filter, of the lineage.
fn back(model: &mut Model) {
    if model.detail_open || model.focus == Focus::Detail {
        model.detail_open = false;
        model.focus = Focus::Table;
    } else if !model.filter_text.is_empty() {
        filtering::set(model, "");
    } else if model.focus == Focus::Lineages {
        model.focus = Focus::Table;
    } else {
        moves::set_scope(model, None);
    }
}

fn plan(model: &mut Model, by: i64) {
    let Some(max) = model
        .detailed()
        .and_then(|s| Some(s.facts.as_ref()?.rescale.max))
    else {
        return;
    };
    let target = i64::from(model.target()) + by;
    // One step past the limit is allowed, to see what happens there.
    model.target = Some(target.clamp(1, i64::from(max) + 1) as u32);
}
