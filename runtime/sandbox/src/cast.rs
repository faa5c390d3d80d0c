//! The people of the sandbox's company, the same in both tenants: Ironclad knows the first of them,
//! Torii all. Those whom published prompts name come behind them.

const GIVEN: [&str; 34] = [
    "Maya", "Noah", "Priya", "Lucas", "Aiko", "Omar", "Elena", "Jonas", "Fatima", "Diego",
    "Hannah", "Kofi", "Ingrid", "Mateo", "Leila", "Tomasz", "Grace", "Ravi", "Sofia", "Anders",
    "Chloe", "Bilal", "Nina", "Samuel", "Yara", "Viktor", "Amara", "Felix", "Zoe", "Hugo", "Ines",
    "Marcus", "Tessa", "Oscar",
];
const FAMILY: [&str; 31] = [
    "Cohen",
    "Okafor",
    "Sharma",
    "Lindqvist",
    "Tanaka",
    "Haddad",
    "Petrova",
    "Keller",
    "Rahman",
    "Alvarez",
    "Weiss",
    "Mensah",
    "Dahl",
    "Rossi",
    "Farahani",
    "Nowak",
    "Whitfield",
    "Iyer",
    "Moreau",
    "Holm",
    "Bennett",
    "Aziz",
    "Novak",
    "Adeyemi",
    "Khoury",
    "Ivanov",
    "Diallo",
    "Brandt",
    "Laurent",
    "Castillo",
    "Pires",
];
/// Departments in turn.
pub(crate) const DEPARTMENTS: [&str; 8] = [
    "Legal",
    "Procurement",
    "Sales",
    "Finance",
    "Engineering",
    "Human Resources",
    "IT & Security",
    "Marketing",
];
const TITLES: [&str; 8] = [
    "Counsel",
    "Buyer",
    "Account Executive",
    "Controller",
    "Software Engineer",
    "People Partner",
    "Systems Administrator",
    "Campaign Manager",
];

/// How many people both tenants know.
pub(crate) const SHARED: usize = 48;
/// People who have left the identity source; some still work in the apps.
pub(crate) const LEAVERS: [usize; 9] = [7, 19, 31, 52, 66, 81, 97, 110, 129];
/// Leavers whose life cycle still says active: the ones to offboard.
pub(crate) const FORGOTTEN: [usize; 4] = [7, 19, 31, 66];

/// One person.
pub(crate) struct Person {
    pub(crate) given: &'static str,
    pub(crate) family: &'static str,
    pub(crate) email: String,
    pub(crate) department: &'static str,
    pub(crate) title: &'static str,
}

/// The person with a number; two people with different numbers below 1,054 differ in their mail.
pub(crate) fn person(number: usize) -> Person {
    let given = GIVEN[number % GIVEN.len()];
    let family = FAMILY[number % FAMILY.len()];
    Person {
        given,
        family,
        email: format!("{}.{}@acme.example", given.to_lowercase(), family.to_lowercase()),
        department: DEPARTMENTS[number % DEPARTMENTS.len()],
        title: TITLES[number % TITLES.len()],
    }
}

/// Counsel with open contracts, who leaves in the published prompts; both tenants know her.
pub(crate) fn sarah() -> Person {
    Person {
        given: "Sarah",
        family: "Jenkins",
        email: "sarah.jenkins@acme.example".into(),
        department: "Legal",
        title: "Senior Counsel",
    }
}
