//! What a person is in a plan, in words: what they may not do and why, what their role and the plan's stage have become.

use domain::{Denied, Right, Role, Stage, Standing};

pub(crate) const NO_PART: &str = "You have no part in this plan any more";
pub(crate) const NO_PART_WHAT: &str = "Somebody has ended your part in this plan. What was saved is saved. What you \
    wrote and is not saved stands below, for you to copy; nothing of it is in the plan.";
pub(crate) const NO_PART_NOTHING: &str = "Nothing of yours was waiting to be saved.";
pub(crate) const NO_PART_TO_DO: &str = "To come back, ask the plan's client executive.";
pub(crate) const NO_WAY_IN_TO_DO: &str = "You are signed out of this workspace, too: to come back, ask an administrator. \
    Copy what you need before you leave this page.";
pub(crate) const NOT_AN_EDIT: &str = "typed, not saved";
pub(crate) const WAITING_EDIT: &str = "waiting, not saved";
/// Where the keys that write would be named.
pub(crate) const READ_HINT: &str = "Arrows move, Space opens the item, Ctrl+C copies.";
pub(crate) const TYPED_STAYS: &str = "What you typed is not saved. It stays here: copy it, then Escape.";

/// Why a person of this role may not write somewhere.
pub(crate) fn why_not(role: Role, denied: &Denied) -> String {
    match denied {
        Denied::NotForRole { .. } if !writes_anything(role) => reads(role),
        Denied::NotForRole { place, .. } => format!("{role}: you can read {place}, others write it"),
        Denied::NotAtStage { stage, place } => {
            format!(
                "{place}: only the client executive and facilitators write here {}",
                during(*stage)
            )
        }
        other => other.to_string(),
    }
}

fn reads(role: Role) -> String {
    format!("{role}: you can read this plan")
}

fn writes_anything(role: Role) -> bool {
    [Right::EditContent, Right::SetObjectives, Right::OwnEntries]
        .into_iter()
        .any(|right| role.may(right))
}

const fn during(stage: Stage) -> &'static str {
    match stage {
        Stage::PreWork => "during pre-work",
        Stage::Workshop => "during the workshop",
        Stage::Execution => "during execution",
    }
}

pub(crate) const STAGE: &str = "Stage of the plan";
pub(crate) const STAGE_NOW: &str = "now";
pub(crate) const SET: &str = "Set";

/// What the stage's chip says to who does not see it.
pub(crate) fn stage_is(stage: Stage) -> String {
    format!("{STAGE}: {stage}")
}

/// What the button of a stage does.
pub(crate) fn set_stage(stage: Stage) -> String {
    format!("Set the stage: {stage}")
}

/// What a stage is, and what it changes.
pub(crate) const fn stage_means(stage: Stage) -> &'static str {
    match stage {
        Stage::PreWork => {
            "The team fills in the sections, each from their own view. Workshop, agenda and decisions are the leads' to write."
        }
        Stage::Workshop => "The team works through the plan live, and writes decisions as they fall.",
        Stage::Execution => "The team tracks actions and their results. Decisions stand: only the leads change them.",
    }
}

/// Who sets the stage.
pub(crate) const fn who_sets_stage(i_do: bool) -> &'static str {
    if i_do {
        "Whoever has the plan open sees a new stage at once."
    } else {
        "The client executive and the facilitators set it."
    }
}

/// What I am in the plan.
pub(crate) fn your_role(role: Role) -> String {
    format!("You are here as: {role}")
}

/// What has become of a person's standing while the plan was open.
pub(crate) fn standing_changed(before: Standing, now: Standing) -> String {
    if before.role == now.role {
        return format!("The plan's stage is now: {}.", now.stage);
    }
    if writes_anything(now.role) {
        format!("Your role in this plan is now: {}.", now.role)
    } else {
        format!("Your role in this plan has changed. {}.", reads(now.role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBSERVER: Role = Role::Observer;

    #[test]
    fn who_may_only_read_is_told_so_in_few_words() {
        let denied = Denied::NotForRole {
            role: OBSERVER,
            place: "Opportunities".to_owned(),
        };
        assert_eq!(why_not(OBSERVER, &denied), "Observer: you can read this plan");
        assert_eq!(
            why_not(Role::SalesManager, &denied),
            "Sales manager: you can read Opportunities, others write it"
        );
    }

    #[test]
    fn a_stage_that_gives_a_section_to_the_leads_is_named() {
        let denied = Denied::NotAtStage {
            stage: Stage::PreWork,
            place: "Decisions".to_owned(),
        };
        assert_eq!(
            why_not(Role::Seller, &denied),
            "Decisions: only the client executive and facilitators write here during pre-work"
        );
    }

    #[test]
    fn a_new_role_is_told_before_a_new_stage() {
        let standing = |role, stage| Standing { role, stage };
        let before = standing(Role::Seller, Stage::PreWork);
        assert_eq!(
            standing_changed(before, standing(OBSERVER, Stage::Workshop)),
            "Your role in this plan has changed. Observer: you can read this plan."
        );
        assert_eq!(
            standing_changed(before, standing(Role::Seller, Stage::Workshop)),
            "The plan's stage is now: Workshop."
        );
    }
}
