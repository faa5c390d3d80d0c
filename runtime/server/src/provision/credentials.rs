//! Credentials as the admin API and the environment give them, by `type`:
//! `{type: bearer | api_key, token, …}`, `{type: basic, username, password}`,
//! `{type: oauth2_client_credentials | oauth2_authorization_code, client_id, client_secret, scopes?}`.

use serde_json::Value;
use support::Api;
use upstream::account::kinds;
use upstream::{AccountCredentials, ActingUser, OAuthClient};

use crate::fields::{Fields, Patch};
use crate::violation::Violations;

/// Reads the credentials of an account of `api`, which stand at `at`; every violation goes to
/// `violations`, and there are credentials only where there is none.
pub fn read(
    api: &Api,
    given: Value,
    at: &str,
    violations: &mut Violations,
) -> Option<AccountCredentials> {
    let before = violations.count();
    let mut fields = Fields::new(given, at, violations)?;
    // What else is wrong depends on the type.
    let kind = kind(&mut fields, api)?;
    let credentials = match kind {
        "basic" => {
            fields.secret("username").zip(fields.secret("password")).map(|(username, password)| {
                AccountCredentials::Basic { username, password: password.into() }
            })
        }
        "oauth2_client_credentials" => {
            let client = client(&mut fields);
            let acting_user = acting_user(&mut fields, api, Need::ToActForSomebody);
            client.map(|client| AccountCredentials::ClientCredentials { client, acting_user })
        }
        "oauth2_authorization_code" => {
            client(&mut fields).map(|client| AccountCredentials::AuthorizationCode { client })
        }
        _ => {
            let token = fields.secret("token");
            let further = api.further_tokens.iter().filter_map(|token| {
                Some((token.member.to_owned(), fields.secret_if_given(token.member)?.into()))
            });
            let further = further.collect();
            let acting_user = acting_user(&mut fields, api, Need::None);
            token.map(|token| AccountCredentials::Token {
                token: token.into(),
                further,
                acting_user,
                api_key: kind == "api_key",
            })
        }
    };
    fields.finish();
    credentials.filter(|_| violations.count() == before)
}

/// The type, one of those that the API takes.
fn kind(fields: &mut Fields<'_>, api: &Api) -> Option<&'static str> {
    let kinds = kinds(api);
    let given = fields.value("type");
    let known = match &given {
        Patch::Some(Value::String(given)) => kinds.iter().copied().find(|kind| kind == given),
        _ => None,
    };
    if known.is_none() {
        let required = if given.some().is_none() { "is required and " } else { "" };
        fields.violation("type", format!("{required}must be one of {}", kinds.join(", ")));
    }
    known
}

fn client(fields: &mut Fields<'_>) -> Option<OAuthClient> {
    let (id, secret) = (fields.secret("client_id"), fields.secret("client_secret"));
    // As in RFC 6749 section 3.3, or a list.
    let scopes = fields.words("scopes");
    Some(OAuthClient { id: id?, secret: secret?.into(), scopes })
}

/// Whether credentials have to name an acting user, where the API has any.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    ToActForSomebody,
    None,
}

/// The acting user, in the ways in which the API has one named.
fn acting_user(fields: &mut Fields<'_>, api: &Api, need: Need) -> Option<ActingUser> {
    const MAIL: &str = "as_user_email";
    const ID: &str = "as_user_id";
    let headers = api.acting_user?;
    let before = fields.violations().count();
    let mail = headers.email.and_then(|_| fields.secret_if_given(MAIL));
    let id = headers.id.and_then(|_| fields.secret_if_given(ID));
    match (mail, id) {
        (Some(_), Some(_)) => fields.violation(ID, "cannot stand beside as_user_email: name one"),
        (Some(mail), None) => return Some(ActingUser::Email(mail)),
        (None, Some(id)) => return Some(ActingUser::Id(id)),
        (None, None) if need == Need::ToActForSomebody && fields.violations().count() == before => {
            let (member, what) = match (headers.email, headers.id) {
                (Some(_), Some(_)) => (MAIL, "the mail address of a user, or as_user_id the id"),
                (Some(_), None) => (MAIL, "the mail address of a user"),
                (None, _) => (ID, "the id of a user"),
            };
            fields.violation(
                member,
                format!("is required and must be {what}: client credentials act for a user"),
            );
        }
        (None, None) => {}
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use support::api::{ActingUserHeaders, FurtherToken};
    use support::security::{NamedScheme, SecurityScheme};

    use super::*;

    const SCHEMES: &[NamedScheme] = &[
        NamedScheme { name: "bearer", scheme: SecurityScheme::Bearer },
        NamedScheme { name: "people", scheme: SecurityScheme::Bearer },
        NamedScheme { name: "key", scheme: SecurityScheme::ApiKeyHeader("x-key") },
        NamedScheme { name: "user", scheme: SecurityScheme::Basic },
        NamedScheme {
            name: "oauth2",
            scheme: SecurityScheme::OAuth2 {
                authorization_url: Some("https://a/x"),
                token_url: Some("https://a/y"),
                scopes: &[],
            },
        },
    ];
    /// An API with a further token and without acting users.
    const ACME: Api = Api {
        schemes: SCHEMES,
        further_tokens: &[FurtherToken { member: "people_token", scheme: "people" }],
        ..Api::EMPTY
    };

    /// The same, but it lets accounts act for a person.
    fn acting(email: Option<&'static str>, id: Option<&'static str>) -> Api {
        Api { acting_user: Some(ActingUserHeaders { email, id }), ..ACME }
    }

    fn both() -> Api {
        acting(Some("x-as-email"), Some("x-as-id"))
    }

    /// Every violation, as people read it.
    fn wrong(api: &Api, given: Value) -> Vec<String> {
        let mut violations = Violations::default();
        let read = read(api, given, "/credentials", &mut violations);
        assert!(read.is_none());
        let told = violations.named().iter();
        told.map(|violation| format!("{} {}", violation.pointer, violation.expected)).collect()
    }

    #[test]
    fn everything_wrong_is_named_with_its_place_and_what_is_right() {
        const USABLE: &str = "must be a text of 1 to 16384 bytes, not all blank, without control characters such as a line break";
        let kinds = "bearer, api_key, basic, oauth2_client_credentials, oauth2_authorization_code";
        let client = |member: &str, value: Value| {
            let mut client = json!({"type": "oauth2_client_credentials", "client_id": "i", "client_secret": "s", "as_user_id": "7"});
            client[member] = value;
            client
        };
        for (given, told) in [
            (json!(7), vec![" must be an object, not a number".to_owned()]),
            (json!({"token": "x"}), vec![format!("/type is required and must be one of {kinds}")]),
            (json!({"type": "magic"}), vec![format!("/type must be one of {kinds}")]),
            (json!({"type": 7}), vec![format!("/type must be one of {kinds}")]),
            (
                json!({"type": "bearer", "tokn": "x"}),
                vec![
                    "/token is required and must be a text".to_owned(),
                    "/tokn is not known here; known: type, token, people_token, as_user_email, as_user_id".to_owned(),
                ],
            ),
            (json!({"type": "bearer", "token": "a\nb"}), vec![format!("/token {USABLE}")]),
            (
                json!({"type": "api_key", "token": "t", "people_token": 7}),
                vec!["/people_token must be a text, not a number".to_owned()],
            ),
            (
                json!({"type": "basic", "password": " "}),
                vec![
                    "/username is required and must be a text".to_owned(),
                    format!("/password {USABLE}"),
                ],
            ),
            (
                client("as_user_email", "a@b.c".into()),
                vec!["/as_user_id cannot stand beside as_user_email: name one".to_owned()],
            ),
            (
                client("as_user_id", 7.into()),
                vec!["/as_user_id must be a text, not a number".to_owned()],
            ),
            (
                client("scopes", json!(["a", "b c", 7])),
                vec![
                    "/scopes/2 must be a text, not a number".to_owned(),
                    "/scopes/1 must be one word, without spaces and control characters".to_owned(),
                ],
            ),
        ] {
            let told: Vec<String> =
                told.into_iter().map(|told| format!("/credentials{told}")).collect();
            assert_eq!(wrong(&both(), given.clone()), told, "{given}");
        }
    }

    #[test]
    fn an_acting_user_is_asked_for_as_the_api_takes_it() {
        let client = |id: Value| json!({"type": "oauth2_client_credentials", "client_id": id, "client_secret": "s"});
        let mail_only = || acting(Some("x-mail"), None);
        for (api, told) in [
            (
                both(),
                "as_user_email is required and must be the mail address of a user, or as_user_id the id",
            ),
            (mail_only(), "as_user_email is required and must be the mail address of a user"),
            (acting(None, Some("x-id")), "as_user_id is required and must be the id of a user"),
        ] {
            assert_eq!(
                wrong(&api, client(7.into())),
                [
                    "/credentials/client_id must be a text, not a number".to_owned(),
                    format!("/credentials/{told}: client credentials act for a user"),
                ]
            );
        }
        let mut violations = Violations::default();
        assert!(read(&ACME, client("i".into()), "", &mut violations).is_some());
        for (api, member, known) in [
            (ACME, "as_user_id", "type, token, people_token"),
            (mail_only(), "as_user_id", "type, token, people_token, as_user_email"),
        ] {
            assert_eq!(
                wrong(&api, json!({"type": "bearer", "token": "t", member: "7"})),
                [format!("/credentials/{member} is not known here; known: {known}")]
            );
        }
    }

    #[test]
    fn what_is_given_is_stored_whole() {
        let client = json!({"id": "i", "secret": "s", "scopes": ["a", "b"]});
        for (given, stored) in [
            (
                json!({"type": "bearer", "token": "t", "people_token": "p", "as_user_email": "a@b.c"}),
                json!({"version": 1, "kind": "token", "token": "t", "further": {"people_token": "p"}, "acting_user": {"email": "a@b.c"}, "is_api_key": false}),
            ),
            (
                json!({"type": "api_key", "token": "t", "people_token": null, "as_user_id": null}),
                json!({"version": 1, "kind": "token", "token": "t", "is_api_key": true}),
            ),
            (
                json!({"type": "basic", "username": "u", "password": "p"}),
                json!({"version": 1, "kind": "basic", "username": "u", "password": "p"}),
            ),
            (
                json!({"type": "oauth2_client_credentials", "client_id": "i", "client_secret": "s", "as_user_id": "7", "scopes": ["a", "b"]}),
                json!({"version": 1, "kind": "client_credentials", "client": client, "acting_user": {"id": "7"}}),
            ),
            (
                json!({"type": "oauth2_authorization_code", "client_id": "i", "client_secret": "s", "scopes": "a b"}),
                json!({"version": 1, "kind": "authorization_code", "client": client}),
            ),
        ] {
            let mut violations = Violations::default();
            let credentials = read(&both(), given.clone(), "", &mut violations).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&credentials.to_stored()).unwrap(), stored);
            assert_eq!(credentials.kind(), given["type"]);
            assert_eq!(credentials.misfit(&both()), None);
        }
    }
}
