//! The standard schema of an account plan: one line a field. The method's six sections and what goes beyond them.
//!
//! Long because it is one table: a field is one line, and whoever looks one up should have them all before them.

use crate::place::SectionId as S;
use crate::schema::{Choice, Field, Group, Kind, Schema, Section, Tone, Visibility, Who};
use crate::seal::Seal;
use Group::{Main, Notes, Personality, Qualification, Source, Strategy, Views};
use Tone::{Bad, Good, Info, Plain, Warn};

/// The standard schema.
pub(crate) fn schema() -> Schema {
    Schema {
        sections: vec![
            profile(),
            initiatives(),
            drivers(),
            opportunities(),
            people(),
            actions(),
            landscape(),
            objectives(),
            strategies(),
            validation(),
            calls(),
            workshop(),
            agenda(),
            decisions(),
        ],
    }
}

fn profile() -> Section {
    section(
        S::Profile,
        None,
        "Profile",
        "Profile",
        "The account in one page: what the customer does, wants and lives by.",
        vec![
            f("title", "Account name", Kind::Line).weight(1).shareable(),
            f("industry", "Industry", Kind::Line).weight(1).shareable(),
            f("units", "Business units", Kind::Line)
                .shareable()
                .help("Separate them with commas; other sections refer to them."),
            f("currency", "Currency", Kind::Line).help("Three letters, such as EUR: new amounts start with it."),
            f("fiscal_start", "Fiscal year begins", choice(MONTHS)),
            f("share_of_spend", "Share of spend", percent())
                .internal()
                .weight(1)
                .help("Our share of what the customer spends in our field."),
            f("goal", "Goal", Kind::Prose)
                .weight(2)
                .group(Notes)
                .help("What we want to be for this customer in 18 months."),
            f("value_proposition", "Value proposition", Kind::Prose)
                .weight(2)
                .shareable()
                .group(Notes)
                .help("In the customer's words."),
            f("success_factors", "Critical success factors", Kind::Prose)
                .weight(1)
                .group(Notes),
            f("trends", "Industry trends and environment", Kind::Prose)
                .weight(2)
                .shareable()
                .group(Notes)
                .help("What changes in the customer's industry."),
            f("environment", "Business environment", Kind::Prose)
                .weight(2)
                .shareable()
                .group(Notes)
                .help("The customer's markets, rivals, suppliers, owners."),
        ],
    )
}

fn initiatives() -> Section {
    section(
        S::Initiatives,
        Some(1),
        "Initiatives",
        "Initiative",
        "The customer's own projects and plans, not only technology. What we sell should serve one of them.",
        vec![
            f("title", "Initiative", Kind::Line).weight(1).column().shareable(),
            f("unit", "Unit", Kind::Line).column().shareable(),
            f("owners", "Customer owner", items(&[S::People]))
                .weight(1)
                .column()
                .shareable(),
            f("priority", "Priority", choice(PRIORITY)).weight(1).column(),
            f("funded", "Funded", choice(FUNDED)).weight(1).column(),
            f("start", "Start", Kind::Date).column().shareable(),
            f("end", "End", Kind::Date).column().shareable(),
            f("state", "State", choice(INITIATIVE_STATE)).weight(1).column(),
            f("outcome", "Desired outcome", Kind::Prose)
                .weight(1)
                .shareable()
                .group(Notes)
                .help("How the customer will know that it worked."),
        ],
    )
}

fn drivers() -> Section {
    section(
        S::Drivers,
        Some(2),
        "Drivers",
        "Driver",
        "What forces the customer to change. A driver that forces no initiative is a conversation to open.",
        vec![
            f("title", "Driver", Kind::Line).weight(1).column().shareable(),
            f("kind", "Pressure", choice(DRIVER_KIND))
                .weight(1)
                .column()
                .shareable(),
            f("affected", "Who is affected", Kind::Line).column().shareable(),
            f(
                "strength",
                "Strength",
                Kind::Whole {
                    from: 1,
                    to: 3,
                    unit: "".into(),
                },
            )
            .weight(1)
            .column(),
            f("state", "State", choice(DRIVER_STATE)).weight(1).column(),
            f("forces", "Forces", strengths(&[S::Initiatives]))
                .weight(2)
                .column()
                .help("Which initiatives it forces, and how strongly."),
            f("description", "Description", Kind::Prose).shareable().group(Notes),
        ],
    )
}

fn opportunities() -> Section {
    section(
        S::Opportunities,
        Some(3),
        "Opportunities",
        "Opportunity",
        "Every deal the team knows of, and those worth looking for.",
        vec![
            f("title", "Opportunity", Kind::Line).weight(1).column(),
            f("offering", "Offering", Kind::Line).weight(1),
            f("unit", "Customer unit", Kind::Line),
            f("kind", "Kind", choice(OPPORTUNITY_KIND)),
            f("stage", "Stage", choice(STAGE)).weight(1).column(),
            f("amount", "Amount", Kind::Money).internal().weight(2).column(),
            f("close", "Close", Kind::Date).weight(1).column(),
            f("forecast", "Forecast", choice(FORECAST))
                .internal()
                .weight(1)
                .column(),
            f("probability", "Probability", percent()).internal(),
            f("owner", "Owner", Kind::Seller).weight(1).column(),
            f("supports", "Supports", strengths(&[S::Initiatives]))
                .weight(2)
                .column()
                .help("The customer's initiatives that it serves, and how strongly."),
            f("next_step", "Next step", Kind::Line).weight(2).column(),
            f("priority", "Priority", choice(PRIORITY)),
            f("competitor", "Competitor", Kind::Line).internal(),
            f("crm_id", "CRM id", Kind::Line).internal(),
            f("metrics", "Metrics", Kind::Line)
                .group(Qualification)
                .help("What the customer measures the gain by."),
            f("economic_buyer", "Economic buyer", Kind::Item(vec![S::People]))
                .internal()
                .weight(1)
                .group(Qualification),
            f("decision_criteria", "Decision criteria", Kind::Line).group(Qualification),
            f("decision_process", "Decision process", Kind::Line).group(Qualification),
            f("paper_process", "Paper process", Kind::Line).group(Qualification),
            f("pain", "Pain", Kind::Line).group(Qualification),
            f("champion", "Champion", Kind::Item(vec![S::People]))
                .internal()
                .weight(1)
                .group(Qualification),
            f("competition", "Competition", Kind::Line)
                .internal()
                .group(Qualification),
            f(
                "vote",
                "Priority vote",
                Kind::Whole {
                    from: 0,
                    to: 3,
                    unit: "".into(),
                },
            )
            .own()
            .internal()
            .group(Views),
            f("strategy", "Strategy", Kind::Prose).internal().group(Strategy),
            f("strengths", "Our strengths", Kind::Prose).internal().group(Strategy),
            f("risks", "Risks", Kind::Prose).internal().group(Strategy),
            f("call_plan", "Call plan", Kind::Prose).internal().group(Strategy),
        ],
    )
}

fn people() -> Section {
    let section = section(
        S::People,
        Some(5),
        "People & coverage",
        "Person",
        "Who decides, who influences, who stands where, and who of us speaks with whom.",
        [
            vec![
                f("title", "Name", Kind::Line).contact().weight(1).column().shareable(),
                f("position", "Position", Kind::Line)
                    .contact()
                    .weight(1)
                    .column()
                    .shareable(),
                f("unit", "Unit", Kind::Line).contact().column().shareable(),
                f("reports_to", "Reports to", Kind::Item(vec![S::People]))
                    .weight(1)
                    .column()
                    .shareable(),
                f("influences", "Influences", items(&[S::People]))
                    .personality()
                    .internal(),
                f("conflicts", "In conflict with", items(&[S::People]))
                    .personality()
                    .internal(),
                f("roles", "Buying roles", choices(BUYING_ROLE))
                    .internal()
                    .weight(1)
                    .column(),
                f("political", "Political status", choice(POLITICAL))
                    .personality()
                    .internal()
                    .weight(1)
                    .column(),
                f("responsible", "Who covers", Kind::Seller)
                    .internal()
                    .weight(2)
                    .column(),
                f("orientation", "Orientation", choice(ORIENTATION))
                    .personality()
                    .internal()
                    .group(Personality),
                f("adaptability", "Attitude to new technology", choice(ADAPTABILITY))
                    .personality()
                    .internal()
                    .group(Personality),
            ],
            views(),
            vec![
                f("pains", "Pains", Kind::Prose)
                    .personality()
                    .internal()
                    .weight(1)
                    .group(Notes),
                f("personality", "Personality", Kind::Prose)
                    .personality()
                    .internal()
                    .group(Notes)
                    .help("Personal: stays inside the team, never in a customer version."),
            ],
        ]
        .concat(),
    );
    personal(section)
}

/// What each of us thinks of a person.
fn views() -> Vec<Field> {
    vec![
        f("stance", "Stance", choice(STANCE))
            .personality()
            .own()
            .internal()
            .weight(2)
            .column()
            .group(Views)
            .help("As you see it. Two of us may differ: both views stay."),
        f("contact", "Contact depth", choice(CONTACT))
            .personality()
            .own()
            .internal()
            .column()
            .group(Views),
        f("level_now", "Level now", choice(LEVEL))
            .personality()
            .own()
            .internal()
            .group(Views),
        f("level_goal", "Level wanted", choice(LEVEL))
            .personality()
            .own()
            .internal()
            .group(Views),
        f("last_contact", "Last contact", Kind::Date)
            .personality()
            .own()
            .internal()
            .group(Views),
    ]
}

fn actions() -> Section {
    section(
        S::Actions,
        Some(6),
        "Action plan",
        "Action",
        "Who does what until when: what the session is for.",
        vec![
            f("title", "Action", Kind::Line).weight(1).column(),
            f("owner", "Owner", Kind::Seller).weight(2).column(),
            f("due", "Due", Kind::Date).weight(2).column(),
            f("status", "Status", choice(ACTION_STATUS)).weight(1).column(),
            f("kind", "Kind", choice(ACTION_KIND)).column(),
            f(
                "targets",
                "For",
                items(&[S::Opportunities, S::People, S::Initiatives, S::Drivers]),
            )
            .weight(1)
            .column(),
            f("result", "Result", Kind::Line).column(),
            f("joint", "With the customer", Kind::Flag),
            f("agreed_at", "Agreed at", Kind::Item(vec![S::Agenda, S::Calls]))
                .help("The agenda item or call where it was agreed."),
            f("commitment", "Commitment", Kind::Line)
                .own()
                .group(Views)
                .help("The owner's yes to this owner and this date; a change of either asks again."),
        ],
    )
}

fn landscape() -> Section {
    section(
        S::Landscape,
        None,
        "IT landscape",
        "System",
        "What runs where at the customer, from whom, and until when.",
        vec![
            f("title", "System", Kind::Line).weight(1).column().shareable(),
            f("layer", "Layer", choice(LAYER)).weight(1).column().shareable(),
            f("unit", "Unit", Kind::Line).weight(1).column().shareable(),
            f("offering", "Offering", Kind::Line).column(),
            f("vendor", "Vendor", Kind::Line).weight(1).column().shareable(),
            f("status", "Status", choice(SYSTEM_STATUS)).weight(1).column(),
            f("owner", "Customer owner", Kind::Item(vec![S::People])).shareable(),
            f("contract_end", "Contract ends", Kind::Date).weight(1).column(),
            f("spend", "Yearly spend", Kind::Money).internal().column(),
            f(
                "satisfaction",
                "Satisfaction",
                Kind::Whole {
                    from: 1,
                    to: 5,
                    unit: "of 5".into(),
                },
            )
            .internal()
            .column(),
            f("initiatives", "Initiatives", items(&[S::Initiatives])),
        ],
    )
}

fn objectives() -> Section {
    section(
        S::Objectives,
        None,
        "Objectives",
        "Objective",
        "What we want to reach with this account, in figures and until when.",
        vec![
            f("title", "Objective", Kind::Line).weight(1).column().internal(),
            f("kind", "Kind", choice(OBJECTIVE_KIND)).weight(1).column().internal(),
            f("measure", "Measure", Kind::Line).weight(1).column().internal(),
            f("target", "Target", Kind::Money)
                .weight(1)
                .column()
                .internal()
                .help("An amount; where the measure is no amount, write it into the measure."),
            f("current", "Current", Kind::Money).column().internal(),
            f("period", "Period", Kind::Line)
                .weight(1)
                .column()
                .internal()
                .help("A quarter, such as 2027-Q1."),
            f("owner", "Owner", Kind::Seller).weight(1).column().internal(),
            f("state", "State", choice(OBJECTIVE_STATE))
                .weight(1)
                .column()
                .internal(),
            f("opportunities", "Opportunities", items(&[S::Opportunities])).internal(),
            f("actions", "Actions", items(&[S::Actions])).internal(),
        ],
    )
}

fn strategies() -> Section {
    section(
        S::Strategies,
        None,
        "Strategies",
        "Strategy",
        "How an objective is to be reached.",
        vec![
            f("title", "Strategy", Kind::Line).weight(1).column().internal(),
            f("objective", "Objective", Kind::Item(vec![S::Objectives]))
                .weight(1)
                .column()
                .internal(),
            f("owner", "Owner", Kind::Seller).column().internal(),
            f("activities", "Activities", items(&[S::Actions]))
                .weight(1)
                .column()
                .internal(),
        ],
    )
}

fn validation() -> Section {
    section(
        S::Validation,
        None,
        "Validation",
        "Validation",
        "What we believe, taken to the customer: confirmed, corrected or rejected.",
        vec![
            f("title", "To validate", Kind::Line).weight(1).column(),
            f(
                "items",
                "Items",
                items(&[S::Initiatives, S::Drivers, S::Opportunities, S::People, S::Landscape]),
            )
            .weight(1)
            .column(),
            f("person", "With", Kind::Item(vec![S::People])).weight(1).column(),
            f("owner", "By", Kind::Seller).weight(1).column(),
            f("due", "When", Kind::Date).weight(1).column(),
            f("result", "Result", choice(VALIDATION_RESULT)).weight(1).column(),
            f("words", "The customer's words", Kind::Prose).group(Notes),
        ],
    )
}

fn calls() -> Section {
    section(
        S::Calls,
        None,
        "Pre-work calls",
        "Call",
        "The calls that test the pre-work, with what was found.",
        vec![
            f("title", "Call", Kind::Line).column().internal(),
            f("date", "Date", Kind::Date).column().internal(),
            f("with", "With", Kind::Sellers).column().internal(),
            f("findings", "Findings", Kind::Prose).internal().group(Notes),
        ],
    )
}

fn workshop() -> Section {
    section(
        S::Workshop,
        None,
        "Workshop",
        "Workshop",
        "The planning session: when, where, with whom.",
        vec![
            f("title", "Title", Kind::Line),
            f("begins", "Begins", Kind::Date).weight(1),
            f("ends", "Ends", Kind::Date).weight(1),
            f("venue", "Venue", Kind::Line).weight(1),
            f("shape", "Shape", choice(SHAPE)),
            f("invited", "Invited", Kind::Sellers).weight(1),
            f("current", "Current agenda item", Kind::Item(vec![S::Agenda])).leads(),
            f("reply", "Reply", choice(REPLY)).own().group(Views),
            f("logistics", "Logistics", Kind::Prose).group(Notes),
        ],
    )
}

fn agenda() -> Section {
    section(
        S::Agenda,
        None,
        "Agenda",
        "Agenda item",
        "What the session talks about, in which order, for how long.",
        vec![
            f("title", "Topic", Kind::Line).column(),
            f(
                "day",
                "Day",
                Kind::Whole {
                    from: 1,
                    to: 5,
                    unit: "".into(),
                },
            )
            .column(),
            f(
                "minutes",
                "Minutes",
                Kind::Whole {
                    from: 0,
                    to: 1_440,
                    unit: "min".into(),
                },
            )
            .column(),
            f("lead", "Led by", Kind::Seller).column(),
            f(
                "items",
                "About",
                items(&[S::Initiatives, S::Drivers, S::Opportunities, S::People]),
            )
            .column(),
        ],
    )
}

fn decisions() -> Section {
    section(
        S::Decisions,
        None,
        "Decisions",
        "Decision",
        "What was decided, and what was parked for later.",
        vec![
            f("title", "Decision", Kind::Line).column(),
            f("kind", "Kind", choice(DECISION_KIND)).column(),
            f("agreed_at", "Agenda item", Kind::Item(vec![S::Agenda])).column(),
            f(
                "items",
                "About",
                items(&[S::Initiatives, S::Drivers, S::Opportunities, S::People]),
            ),
        ],
    )
}

/// What every item has.
fn common() -> Vec<Field> {
    vec![
        f("source", "Source", Kind::Line)
            .group(Source)
            .internal()
            .help("Who told us."),
        f("confidence", "Confidence", choice(CONFIDENCE)).group(Source),
        f("confirmed_on", "Confirmed on", Kind::Date).group(Source),
        f("confirmed_by", "Confirmed by", Kind::Line).group(Source),
        f("visibility", "Visible to", choice(VISIBILITY)).group(Source),
        f("notes", "Notes", Kind::Prose).group(Notes).internal(),
        f("comments", "Comments", Kind::Prose)
            .group(Notes)
            .internal()
            .commenters(),
        f("rank", "Rank", Kind::Rank).group(Group::Hidden).internal(),
        f("deleted", "Deleted", Kind::Flag).group(Group::Hidden).internal(),
    ]
}

/// What every item has is personal too, where the item is a person.
const PERSONAL: &[(&str, Seal)] = &[
    ("source", Seal::Contact),
    ("confirmed_by", Seal::Contact),
    ("notes", Seal::Personality),
    ("comments", Seal::Personality),
];

fn personal(mut section: Section) -> Section {
    for field in &mut section.fields {
        let common = PERSONAL.iter().find(|(key, _)| *key == field.key);
        field.sealed = field.sealed.or(common.map(|(_, seal)| *seal));
    }
    section
}

fn section(
    id: S,
    number: Option<u8>,
    title: &'static str,
    one: &'static str,
    purpose: &'static str,
    own: Vec<Field>,
) -> Section {
    let fields = own.into_iter().chain(common()).collect();
    Section {
        id,
        number,
        title: title.into(),
        one: one.into(),
        purpose: purpose.into(),
        fields,
    }
}

fn f(key: &'static str, label: &'static str, kind: Kind) -> Field {
    Field {
        key: key.into(),
        label: label.into(),
        kind,
        own: false,
        who: Who::Team,
        sealed: None,
        visibility: Visibility::Team,
        weight: 0,
        group: Main,
        column: false,
        help: "".into(),
    }
}

impl Field {
    const fn weight(mut self, weight: u8) -> Self {
        self.weight = weight;
        self
    }

    const fn column(mut self) -> Self {
        self.column = true;
        self
    }

    const fn own(mut self) -> Self {
        self.own = true;
        self
    }

    const fn leads(mut self) -> Self {
        self.who = Who::Leads;
        self
    }

    const fn commenters(mut self) -> Self {
        self.who = Who::Commenters;
        self
    }

    const fn internal(mut self) -> Self {
        self.visibility = Visibility::Internal;
        self
    }

    /// Says who somebody is.
    const fn contact(mut self) -> Self {
        self.sealed = Some(Seal::Contact);
        self
    }

    /// Says what we think of somebody.
    const fn personality(mut self) -> Self {
        self.sealed = Some(Seal::Personality);
        self
    }

    const fn shareable(mut self) -> Self {
        self.visibility = Visibility::Shareable;
        self
    }

    const fn group(mut self, group: Group) -> Self {
        self.group = group;
        self
    }

    fn help(mut self, help: &'static str) -> Self {
        self.help = help.into();
        self
    }
}

/// A choice as the tables below spell it: key, label, tone.
type Row = (&'static str, &'static str, Tone);

fn rows(rows: &[Row]) -> Vec<Choice> {
    rows.iter()
        .map(|&(key, label, tone)| Choice {
            key: key.into(),
            label: label.into(),
            tone,
        })
        .collect()
}

fn choice(table: &[Row]) -> Kind {
    Kind::Choice(rows(table))
}

fn choices(table: &[Row]) -> Kind {
    Kind::Choices(rows(table))
}

fn items(to: &[S]) -> Kind {
    Kind::Items {
        to: to.to_vec(),
        strength: false,
    }
}

fn strengths(to: &[S]) -> Kind {
    Kind::Items {
        to: to.to_vec(),
        strength: true,
    }
}

fn percent() -> Kind {
    Kind::Whole {
        from: 0,
        to: 100,
        unit: "%".into(),
    }
}

const PRIORITY: &[Row] = &[
    ("low", "Low", Plain),
    ("medium", "Medium", Info),
    ("high", "High", Good),
];
const FUNDED: &[Row] = &[
    ("yes", "Funded", Good),
    ("no", "Not funded", Bad),
    ("unknown", "Unknown", Warn),
];
const INITIATIVE_STATE: &[Row] = &[
    ("unconfirmed", "Unconfirmed", Warn),
    ("confirmed", "Confirmed", Good),
    ("completed", "Completed", Plain),
];
const DRIVER_KIND: &[Row] = &[("internal", "Internal", Plain), ("external", "External", Info)];
const DRIVER_STATE: &[Row] = &[
    ("unconfirmed", "Unconfirmed", Warn),
    ("confirmed", "Confirmed", Good),
    ("resolved", "Resolved", Plain),
];
const OPPORTUNITY_KIND: &[Row] = &[
    ("existing", "Existing business", Plain),
    ("follow_on", "Follow-on", Info),
    ("new", "New", Good),
];
#[rustfmt::skip]
const STAGE: &[Row] = &[
    ("identify", "Identify", Info), ("qualify", "Qualify", Info), ("propose", "Propose", Good), ("negotiate", "Negotiate", Warn),
    ("won", "Won", Good), ("lost", "Lost", Bad), ("deferred", "Deferred", Plain),
];
#[rustfmt::skip]
const FORECAST: &[Row] = &[
    ("pipeline", "Pipeline", Plain), ("best_case", "Best case", Info), ("commit", "Commit", Good), ("closed", "Closed", Good),
    ("omitted", "Omitted", Plain),
];
#[rustfmt::skip]
const STANCE: &[Row] = &[
    ("champion", "Champion", Good), ("supporter", "Supporter", Good), ("neutral", "Neutral", Plain), ("sceptic", "Sceptic", Warn),
    ("blocker", "Blocker", Bad), ("unknown", "Unknown", Plain),
];
#[rustfmt::skip]
const POLITICAL: &[Row] = &[
    ("inner", "Inner circle", Good), ("structure", "Political structure", Info), ("outside", "Outside", Plain),
];
#[rustfmt::skip]
const BUYING_ROLE: &[Row] = &[
    ("economic_buyer", "Economic buyer", Good), ("decision_maker", "Decision maker", Good), ("champion", "Champion", Good),
    ("coach", "Coach", Info), ("technical_buyer", "Technical buyer", Info), ("influencer", "Influencer", Info),
    ("end_user", "End user", Plain), ("procurement", "Procurement", Plain), ("legal", "Legal", Plain),
];
#[rustfmt::skip]
const ORIENTATION: &[Row] = &[
    ("financial", "Financial", Plain), ("technical", "Technical", Plain), ("relationship", "Relationship", Plain),
    ("business", "Business", Plain),
];
#[rustfmt::skip]
const ADAPTABILITY: &[Row] = &[
    ("innovator", "Innovator", Good), ("visionary", "Visionary", Good), ("pragmatist", "Pragmatist", Info),
    ("conservative", "Conservative", Warn), ("laggard", "Laggard", Bad),
];
#[rustfmt::skip]
const CONTACT: &[Row] = &[
    ("none", "None", Bad), ("brief", "Brief", Warn), ("several", "Several", Info), ("in_depth", "In depth", Good),
];
#[rustfmt::skip]
const LEVEL: &[Row] = &[
    ("vendor", "Vendor", Plain), ("credible", "Credible source", Info), ("solver", "Problem solver", Good),
    ("advisor", "Trusted advisor", Good),
];
#[rustfmt::skip]
const ACTION_STATUS: &[Row] = &[
    ("not_started", "Not started", Plain), ("in_progress", "In progress", Info), ("done", "Done", Good),
    ("deferred", "Deferred", Warn), ("cancelled", "Cancelled", Plain),
];
#[rustfmt::skip]
const ACTION_KIND: &[Row] = &[
    ("advance", "Advance opportunity", Plain), ("relationship", "Build relationship", Plain), ("open_door", "Open door", Plain),
    ("cross_sell", "Cross-sell", Plain), ("up_sell", "Up-sell", Plain), ("validate", "Validate with customer", Plain),
    ("internal", "Internal", Plain),
];
#[rustfmt::skip]
const LAYER: &[Row] = &[
    ("business", "Business process", Plain), ("application", "Application", Plain), ("data", "Data", Plain),
    ("integration", "Integration", Plain), ("infrastructure", "Infrastructure", Plain), ("workplace", "Workplace", Plain),
    ("security", "Security", Plain), ("services", "Services", Plain),
];
#[rustfmt::skip]
const SYSTEM_STATUS: &[Row] = &[
    ("ours", "Ours", Good), ("competitor", "Competitor", Bad), ("evaluation", "In evaluation", Warn), ("planned", "Planned", Info),
    ("retiring", "Retiring", Plain),
];
#[rustfmt::skip]
const OBJECTIVE_KIND: &[Row] = &[
    ("revenue", "Revenue", Plain), ("growth", "Growth in existing business", Plain), ("share", "Share of spend", Plain),
    ("pipeline", "Pipeline growth", Plain), ("net_new", "Net new", Plain), ("high_profile", "High-profile win", Plain),
    ("relationship", "Relationship", Plain), ("success", "Customer success", Plain),
];
#[rustfmt::skip]
const OBJECTIVE_STATE: &[Row] = &[
    ("not_started", "Not started", Plain), ("in_progress", "In progress", Info), ("achieved", "Achieved", Good),
    ("at_risk", "At risk", Bad), ("dropped", "Dropped", Plain),
];
const VALIDATION_RESULT: &[Row] = &[
    ("confirmed", "Confirmed", Good),
    ("corrected", "Corrected", Warn),
    ("rejected", "Rejected", Bad),
];
const SHAPE: &[Row] = &[("integrated", "Integrated", Plain), ("clustered", "Clustered", Plain)];
const REPLY: &[Row] = &[
    ("yes", "Coming", Good),
    ("no", "Not coming", Bad),
    ("maybe", "Not sure", Warn),
];
const DECISION_KIND: &[Row] = &[("decision", "Decision", Good), ("parked", "Parked", Warn)];
const CONFIDENCE: &[Row] = &[("assumed", "Assumed", Warn), ("confirmed", "Confirmed", Good)];
const VISIBILITY: &[Row] = &[
    ("internal", "Internal", Plain),
    ("team", "Team", Info),
    ("shareable", "Shareable", Good),
];
#[rustfmt::skip]
const MONTHS: &[Row] = &[
    ("01", "January", Plain), ("02", "February", Plain), ("03", "March", Plain), ("04", "April", Plain), ("05", "May", Plain),
    ("06", "June", Plain), ("07", "July", Plain), ("08", "August", Plain), ("09", "September", Plain), ("10", "October", Plain),
    ("11", "November", Plain), ("12", "December", Plain),
];
