//! What a tenant's own metadata says of the values that a tool takes.

/// Where values of a tenant's own fields stand in the arguments of a tool, and where the tenant says
/// what they may be. Names of tools are those of the API; paths into answers are dotted, and `[]` in
/// one stands for every item of a list.
#[derive(Debug, Clone, Copy)]
pub struct TenantValues {
    /// The tool that shows the metadata, without arguments.
    pub tool: &'static str,
    /// Where its answer holds the fields: a list of them, or an object that holds them by name.
    pub fields: &'static str,
    /// The member of a field that is its name; empty where they are held by name.
    pub key: &'static str,
    /// The member of a field that is its type.
    pub kind: &'static str,
    /// The member of a field that people know it by; may be empty.
    pub label: &'static str,
    /// The member of a field that lists its options; may be empty.
    pub options: &'static str,
    /// The member of an option that is sent; empty where options are texts.
    pub option: &'static str,
    /// The member of an option that people know it by; may be empty.
    pub option_label: &'static str,
    /// The arguments whose members are fields; none where the arguments themselves are.
    pub within: &'static [&'static str],
    /// Whether a value stands beside its type: `{"type": …, "value": …}`.
    pub wrapped: bool,
    /// The arguments that list names of fields.
    pub names: &'static [&'static str],
    /// The arguments that name something else that the metadata lists.
    pub choices: &'static [Choice],
    /// Fields that the metadata leaves out, with their types.
    pub further: &'static [(&'static str, &'static str)],
    /// Arguments of the document that hold what a field holds, with its type.
    pub arguments: &'static [(&'static str, &'static str)],
    /// Names that are no fields, and what to give instead.
    pub instead: &'static [(&'static str, &'static str)],
    /// What the types mean.
    pub kinds: &'static ValueKinds,
}

/// An argument that names something that the metadata lists.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    /// The argument: one name or a list of them.
    pub argument: &'static str,
    /// Where the metadata lists what there is: a list, or an object by name.
    pub items: &'static str,
    /// The member of an item that is its name; empty where they are held by name.
    pub key: &'static str,
    /// Members of an item that may be given for its name.
    pub also: &'static [&'static str],
}

/// What the types of a vendor's fields mean.
#[derive(Debug, Clone, Copy)]
pub struct ValueKinds {
    /// Types by name; one that is not here may hold anything.
    pub kinds: &'static [(&'static str, ValueKind)],
    /// How money is written.
    pub money: Money,
    /// Where people are found by their mail address.
    pub people: Option<People>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// Text; one of the options, where there are any.
    Text,
    /// A mail address.
    Email,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A day, as RFC 3339 writes one.
    Date,
    /// A moment, as RFC 3339 writes one.
    DateTime,
    /// A duration, as ISO 8601 writes one: `P1Y6M`.
    Duration,
    /// An amount with its currency.
    Money,
    /// One of the options.
    Option,
    /// A list of options.
    Options,
    /// The id of a person.
    Person,
    /// A list of ids of people.
    People,
    /// A list of texts.
    Texts,
    /// A list of ids.
    Ids,
    /// A JSON object.
    Object,
    /// A postal address: an object that has lines, or text.
    Address,
    /// Anything.
    Any,
}

/// How money is written.
#[derive(Debug, Clone, Copy)]
pub struct Money {
    /// The member that is the amount.
    pub amount: &'static str,
    /// The member that is the currency.
    pub currency: &'static str,
    /// What amounts count, such as `cents`; empty for the currency's own unit.
    pub unit: &'static str,
    /// Whether an amount is a whole number.
    pub whole: bool,
    /// Whether an amount without its currency is taken, too.
    pub bare: bool,
}

/// Where people are found by their mail address.
#[derive(Debug, Clone, Copy)]
pub struct People {
    /// The tool that lists them.
    pub tool: &'static str,
    /// The argument that chooses among them.
    pub argument: &'static str,
    /// What it is given; `{}` stands for the address.
    pub given: &'static str,
    /// Where the answer holds them.
    pub items: &'static str,
    /// The member that is the id.
    pub id: &'static str,
    /// Whether ids are whole numbers.
    pub whole: bool,
    /// The member that is the address.
    pub mail: &'static str,
}

impl ValueKinds {
    /// What the type `name` means.
    #[must_use]
    pub fn of(&self, name: &str) -> ValueKind {
        let known = self.kinds.iter().find(|(known, _)| *known == name);
        known.map_or(ValueKind::Any, |(_, kind)| *kind)
    }
}
