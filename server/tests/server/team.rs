//! A plan with a person of each role in it, and where each may write: the words of the method, written down once more and
//! not taken from the tables that are tried.

use std::collections::BTreeMap;

use domain::{Cell, ItemId, Kind, ParagraphId, PersonId, PlanId, Role, Scalar, Schema, SectionId, Stage};
use journal::Journal;
use plan::{Edit, Replica};
use serde_json::json;

use crate::harness::{Browser, Server, item, plan_of};

/// Who a person is in the test, by their role.
pub(crate) fn address(role: Role) -> String {
    format!("{}@example.com", role.as_str())
}

/// What the method says.
pub(crate) fn writes(role: Role, stage: Stage, section: SectionId) -> bool {
    let is_lead = matches!(role, Role::ClientExecutive | Role::Facilitator);
    let is_team = is_lead || matches!(role, Role::Seller | Role::Political | Role::Expert);
    match section {
        SectionId::Objectives | SectionId::Strategies => is_team || role == Role::SalesManager,
        SectionId::Decisions if stage == Stage::Workshop => is_team,
        SectionId::Workshop | SectionId::Agenda | SectionId::Decisions => is_lead,
        _ => is_team,
    }
}

pub(crate) fn has_own_entries(role: Role) -> bool {
    !matches!(role, Role::SalesManager | Role::Observer | Role::CustomerContact)
}

/// Whoever works on the plan and whoever manages those who do, wherever they read; who looks on does not.
pub(crate) fn comments(role: Role) -> bool {
    !matches!(role, Role::Observer | Role::CustomerContact)
}

/// Where somebody tries to write.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Where {
    /// What the section is for.
    Section(SectionId),
    /// A comment on an item that is there.
    Comments(SectionId),
    /// An entry of one's own.
    Own,
}

/// Every section, the comments of an item of each, and own entries, each with whether the role writes there at the stage.
pub(crate) fn places(role: Role, stage: Stage) -> impl Iterator<Item = (Where, bool)> {
    let sections = SectionId::ALL.into_iter();
    let in_sections = sections.flat_map(move |section| {
        let may = writes(role, stage, section);
        [
            (Where::Section(section), may),
            (Where::Comments(section), comments(role)),
        ]
    });
    in_sections.chain([(Where::Own, has_own_entries(role))])
}

/// What somebody writes there, new each time.
pub(crate) fn edit_at(place: Where, me: PersonId, schema: &Schema, replica: &Replica, number: u128) -> Edit {
    match place {
        Where::Section(section) => edit_in(schema, section, number),
        Where::Comments(section) => comment(section, number),
        Where::Own => vote(me, replica),
    }
}

/// A comment on the section's item that is there from the beginning.
fn comment(section: SectionId, number: u128) -> Edit {
    let paragraph = ParagraphId(item(number).0);
    Edit::MakeParagraph {
        cell: Cell::paragraph(section, first_item(section), "comments", paragraph),
        text: format!("comment {number}"),
    }
}

pub(crate) fn first_item(section: SectionId) -> ItemId {
    if section.is_single() { ItemId::SINGLE } else { item(1) }
}

/// An edit in a section that anybody who writes there may make, and that is new each time.
pub(crate) fn edit_in(schema: &Schema, section: SectionId, number: u128) -> Edit {
    if !section.is_single() {
        return Edit::MakeItem {
            section,
            item: item(number),
            fields: Vec::new(),
        };
    }
    let fields = &schema.section(section).expect("a section of every plan").fields;
    let line = fields
        .iter()
        .find(|field| field.kind == Kind::Line && !field.own)
        .expect("it has a line");
    Edit::Put {
        cell: Cell::field(section, domain::ItemId::SINGLE, &line.key),
        value: Scalar::from(format!("line {number}").as_str()),
    }
}

/// An entry of one's own in an opportunity: a vote.
pub(crate) fn vote(person: PersonId, replica: &Replica) -> Edit {
    let cell = Cell::own(SectionId::Opportunities, item(1), person, "vote");
    // Another than the one that stands there, so that it is an edit.
    let value = match replica.value(&cell) {
        Some(Scalar::Int(1)) => 2,
        _ => 1,
    };
    Edit::Put {
        cell,
        value: Scalar::Int(value),
    }
}

/// A plan, and a person of each role in it.
pub(crate) struct Team<'a> {
    server: &'a Server,
    pub(crate) plan: PlanId,
    pub(crate) lead: Browser<'a>,
    pub(crate) people: BTreeMap<Role, Browser<'a>>,
}

impl<'a> Team<'a> {
    pub(crate) async fn new(server: &'a Server) -> Self {
        let lead = server.sign_in("ada@example.com").await;
        let plan = plan_of(
            &lead
                .send("POST", "/api/v1/plans", &json!({ "name": "Sonnenberg" }))
                .await,
        );
        let mut people = BTreeMap::new();
        for role in Role::ALL {
            people.insert(role, server.sign_in(&address(role)).await);
        }
        let team = Self {
            server,
            plan,
            lead,
            people,
        };
        for role in Role::ALL {
            team.give(role, role).await;
        }
        let lists = SectionId::ALL.into_iter().filter(|section| !section.is_single());
        let first = lists.map(|section| Edit::MakeItem {
            section,
            item: item(1),
            fields: Vec::new(),
        });
        server.edit(plan, "ada@example.com", first.collect()).await;
        team
    }

    pub(crate) fn person(&self, role: Role) -> PersonId {
        self.server.person(&address(role))
    }

    /// Gives the person who began with one role another.
    pub(crate) async fn give(&self, who: Role, role: Role) {
        let path = format!("/api/v1/plans/{}/members/{}", self.plan, self.person(who));
        let answer = self.lead.send("PUT", &path, &json!({ "role": role.as_str() })).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }

    pub(crate) async fn set_stage(&self, stage: Stage) {
        let path = format!("/api/v1/plans/{}/stage", self.plan);
        let answer = self.lead.send("PUT", &path, &json!({ "stage": stage.as_str() })).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }

    pub(crate) fn entries(&self) -> u64 {
        let head = self.server.app.journal.head(self.plan.into());
        head.map_or(0, |head| head.seq.0)
    }

    pub(crate) fn readers(&self) -> impl Iterator<Item = (Role, &Browser<'a>)> {
        let readers = self.people.iter().filter(|(role, _)| **role != Role::CustomerContact);
        readers.map(|(role, browser)| (*role, browser))
    }
}
