//! The parts of addresses, said once.

use utoipa::IntoParams;
use uuid::Uuid;

/// A plan.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PlanPath {
    /// The plan's id.
    #[param(example = "019ab0c2-6f00-7000-8000-000000000001")]
    pub plan: Uuid,
}

/// A section of a plan.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SectionPath {
    /// The plan's id.
    #[param(example = "019ab0c2-6f00-7000-8000-000000000001")]
    pub plan: Uuid,
    /// The section's key.
    #[param(example = "opportunities")]
    pub section: String,
}

/// An item of a section.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ItemPath {
    /// The plan's id.
    #[param(example = "019ab0c2-6f00-7000-8000-000000000001")]
    pub plan: Uuid,
    /// The section's key.
    #[param(example = "opportunities")]
    pub section: String,
    /// The item's id.
    #[param(example = "019ab0c2-6f00-7000-8000-000000000002")]
    pub item: Uuid,
}

/// A field of an item.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct FieldPath {
    /// The plan's id.
    #[param(example = "019ab0c2-6f00-7000-8000-000000000001")]
    pub plan: Uuid,
    /// The section's key.
    #[param(example = "opportunities")]
    pub section: String,
    /// The item's id.
    #[param(example = "019ab0c2-6f00-7000-8000-000000000002")]
    pub item: Uuid,
    /// The field's key.
    #[param(example = "amount")]
    pub field: String,
}

/// A person in a plan.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct MemberPath {
    /// The plan's id.
    #[param(example = "019ab0c2-6f00-7000-8000-000000000001")]
    pub plan: Uuid,
    /// The person's id.
    #[param(example = "019ab0c2-6f00-7000-8000-00000000000b")]
    pub person: Uuid,
}

/// A person.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PersonPath {
    /// The person's id.
    #[param(example = "019ab0c2-6f00-7000-8000-00000000000b")]
    pub person: Uuid,
}

/// A team.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TeamPath {
    /// The team's id.
    #[param(example = "019ab0c2-6f00-7000-8000-0000000000aa")]
    pub team: Uuid,
}

/// A person in a team.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TeamMemberPath {
    /// The team's id.
    #[param(example = "019ab0c2-6f00-7000-8000-0000000000aa")]
    pub team: Uuid,
    /// The person's id.
    #[param(example = "019ab0c2-6f00-7000-8000-00000000000b")]
    pub person: Uuid,
}

/// A token.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TokenPath {
    /// The token's id: the digest of its secret in hexadecimal digits.
    #[param(
        example = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        max_length = 64
    )]
    pub token: String,
}
