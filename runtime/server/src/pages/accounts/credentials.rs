//! The part of a form that asks for credentials, made from what an API declares: its security
//! schemes, regions, acting users and further tokens.

use serde_json::{Map, Value, json};
use support::Api;
use upstream::account::kinds;

use crate::pages::exposure::{counted, sentence};
use crate::pages::form::Form;
use crate::pages::inputs::{Faults, Input, member};

/// What stands for the address that is typed instead of chosen.
const OWN: &str = "own";

/// One kind of credentials, with its fields.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) key: &'static str,
    pub(super) title: String,
    pub(super) hint: String,
    pub(super) chosen: bool,
    pub(super) inputs: Vec<Input>,
}

/// A place where the vendor can be.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) key: String,
    pub(super) title: String,
    pub(super) hint: String,
    pub(super) chosen: bool,
}

/// What an account acts with, and where.
#[derive(Debug)]
pub(super) struct Credentials {
    pub(super) kinds: Vec<Kind>,
    /// What is wrong with the choice itself.
    pub(super) kind_error: Option<String>,
    pub(super) places: Vec<Place>,
    pub(super) place_error: Option<String>,
    pub(super) own: Input,
    /// Where the vendor sends browsers back to.
    pub(super) redirect: String,
}

impl Credentials {
    /// The part for `api`, with what was typed and what is wrong with it.
    pub(super) fn of(
        api: &'static Api,
        form: &Form,
        faults: &mut Faults<'_>,
        redirect: String,
    ) -> Self {
        let known = kinds(api);
        let chosen = chosen_kind(&known, form);
        let kinds = known.iter().map(|key| kind(api, key, *key == chosen, form, faults)).collect();
        let place = form.given("place").map(str::to_owned);
        let place = place
            .unwrap_or_else(|| api.origins.first().map_or(OWN, |origin| origin.region).to_owned());
        let mut places: Vec<Place> = api
            .origins
            .iter()
            .map(|origin| Place {
                key: origin.region.to_owned(),
                title: if origin.region.is_empty() { api.title } else { origin.region }.to_owned(),
                hint: host(origin.url).to_owned(),
                chosen: origin.region == place,
            })
            .collect();
        places.push(Place {
            key: OWN.to_owned(),
            title: "Another address".to_owned(),
            hint: "a host of your own, or a test system".to_owned(),
            chosen: place == OWN,
        });
        Self {
            kinds,
            kind_error: faults.take("/credentials/type", "The kind"),
            place_error: faults.take("/region", "The place"),
            places,
            own: Input::new("base_url", "Address")
                .hint(format!(
                    "Such as https://api.example.com. A host that is not {}'s own must be listed in the setting upstream-hosts.",
                    api.title
                ))
                .typed(form)
                .faults(faults, "/base_url"),
            redirect,
        }
    }
}

/// What was typed, as the admin API takes it: `credentials`, `region` and `base_url`. Fields of
/// kinds that are not chosen are left alone.
pub(super) fn given(api: &'static Api, form: &Form) -> Map<String, Value> {
    let known = kinds(api);
    let key = chosen_kind(&known, form);
    let mut credentials = Map::from_iter([("type".to_owned(), json!(key))]);
    for (name, _) in members(api, key) {
        // A secret is taken as it is: what is around it may be a part of it.
        let text = form.text(&field(key, name));
        if !text.is_empty() {
            credentials.insert(name.to_owned(), text.into());
        }
    }
    let (region, base_url) = match form.text("place") {
        OWN => (Value::Null, form.text("base_url").trim().into()),
        "" => (Value::Null, Value::Null),
        region => (region.into(), Value::Null),
    };
    Map::from_iter([
        ("credentials".to_owned(), credentials.into()),
        ("region".to_owned(), region),
        ("base_url".to_owned(), base_url),
    ])
}

/// What the account itself says of a form: name, owner and purpose.
pub(super) fn about(form: &Form) -> Map<String, Value> {
    let members = ["name", "owner", "purpose"];
    members.into_iter().map(|name| (name.to_owned(), member(form, name))).collect()
}

/// The kind that a form chose, or else the first.
fn chosen_kind(known: &[&'static str], form: &Form) -> &'static str {
    let given = form.text("type");
    let found = known.iter().find(|key| **key == given).or(known.first());
    found.copied().unwrap_or("bearer")
}

/// The name of a field: kinds may have members of the same name.
fn field(kind: &str, member: &str) -> String {
    format!("{kind}.{member}")
}

/// What a kind of credentials is called.
pub(super) fn kind_title(key: &str, api_title: &str) -> String {
    match key {
        "basic" => "User name and password".to_owned(),
        "api_key" => "API key".to_owned(),
        "bearer" => "API token".to_owned(),
        "oauth2_client_credentials" => "OAuth client".to_owned(),
        "oauth2_authorization_code" => format!("Sign in at {api_title}"),
        other => other.to_owned(),
    }
}

fn kind(
    api: &'static Api,
    key: &'static str,
    chosen: bool,
    form: &Form,
    faults: &mut Faults<'_>,
) -> Kind {
    let mut inputs: Vec<Input> =
        members(api, key).into_iter().map(|(_, input)| input.typed(form)).collect();
    if chosen {
        let labels: Vec<(&str, String)> =
            members(api, key).into_iter().map(|(name, input)| (name, input.label)).collect();
        for input in &mut inputs {
            let member = input.name.rsplit('.').next().unwrap_or_default();
            let pointer = format!("/credentials/{member}");
            *input = input.clone().faults(faults, &pointer);
            input.error = input.error.take().map(|error| as_labelled(error, &labels));
        }
    }
    let hint = match key {
        "basic" => "of a user for programs".to_owned(),
        "oauth2_client_credentials" => "a client that asks for its own tokens".to_owned(),
        "oauth2_authorization_code" => "a person lets us in, in the browser".to_owned(),
        _ => format!("made in the settings of {}", api.title),
    };
    Kind { key, title: kind_title(key, api.title), hint, chosen, inputs }
}

/// A fault that names members by what their fields are called. A member's name that is one word is
/// one of the language too, and stays.
fn as_labelled(error: String, labels: &[(&str, String)]) -> String {
    let names = labels.iter().filter(|(name, _)| name.contains('_'));
    names.fold(error, |error, (name, label)| error.replace(name, &format!("“{label}”")))
}

/// The members of a kind of credentials, with their fields.
fn members(api: &'static Api, key: &str) -> Vec<(&'static str, Input)> {
    let input = |name: &'static str, label: &str| (name, Input::new(field(key, name), label));
    let secret =
        |name: &'static str, label: &str| (name, Input::new(field(key, name), label).secret());
    match key {
        "basic" => vec![input("username", "User name"), secret("password", "Password")],
        "oauth2_client_credentials" => {
            let mut members = client(key);
            members.extend(acting_user(api, key, false));
            members
        }
        "oauth2_authorization_code" => client(key),
        _ => {
            let label = if key == "api_key" { "API key" } else { "API token" };
            let mut members = vec![secret("token", label)];
            members.extend(api.further_tokens.iter().map(|token| {
                let (name, input) =
                    secret(token.member, &format!("{} (optional)", label_of(token.member)));
                (name, input.hint(needed_by(api, token.scheme)))
            }));
            members.extend(acting_user(api, key, true));
            members
        }
    }
}

fn client(key: &str) -> Vec<(&'static str, Input)> {
    let scopes = "Separated by spaces. Leave it empty for what the client is registered for.";
    vec![
        ("client_id", Input::new(field(key, "client_id"), "Client ID")),
        ("client_secret", Input::new(field(key, "client_secret"), "Client secret").secret()),
        ("scopes", Input::new(field(key, "scopes"), "Scopes (optional)").hint(scopes)),
    ]
}

/// The ways in which an API has the user named for whom calls are made.
fn acting_user(api: &'static Api, key: &str, optional: bool) -> Vec<(&'static str, Input)> {
    let Some(headers) = api.acting_user else { return Vec::new() };
    let both = headers.email.is_some() && headers.id.is_some();
    let note = match (both, optional) {
        (true, true) => {
            "Calls are made in the name of this user. Optional; give the mail address or the id."
        }
        (true, false) => {
            "Calls are made in the name of this user. Give the mail address or the id."
        }
        (false, true) => "Calls are made in the name of this user. Optional.",
        (false, false) => "Calls are made in the name of this user.",
    };
    let ways = [
        headers.email.map(|_| ("as_user_email", "Acts for the user with the mail address")),
        headers.id.map(|_| ("as_user_id", "Acts for the user with the id")),
    ];
    let ways = ways.into_iter().flatten().enumerate();
    let inputs = ways.map(|(index, (name, label))| {
        let input = Input::new(field(key, name), label);
        (name, if index == 0 { input.hint(note) } else { input })
    });
    inputs.collect()
}

/// How many tools need a token of its own.
fn needed_by(api: &'static Api, scheme: &str) -> String {
    let needs = |tool: &&support::Tool| {
        let ways = tool.operation.security;
        !ways.is_empty() && ways.iter().all(|all| all.contains(&scheme))
    };
    let count = api.tools.iter().filter(needs).count();
    let tools = counted(count, "tool needs", "tools need");
    format!("{tools} it, of {}. They fail without it.", api.tools.len())
}

/// A member's name as a label: `people_token` is a `People token`.
fn label_of(member: &str) -> String {
    let words = member.split('_').map(|word| match word {
        "api" | "id" | "scim" | "url" => word.to_uppercase(),
        other => other.to_owned(),
    });
    sentence(&words.collect::<Vec<_>>().join(" "))
}

fn host(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, host)| host)
}
