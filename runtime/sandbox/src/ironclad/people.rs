//! Users and groups of the company.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::clock::iso;

pub(super) const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(super) const CORE_GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(super) const ENTERPRISE_USER: &str =
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(super) const IRONCLAD_USER: &str = "urn:ietf:params:scim:schemas:extension:ironclad:2.0:User";

/// The company's display name.
pub(super) const COMPANY: &str = "Acme Robotics";

/// A person with an account.
#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "`userName` of SCIM (RFC 7643)")]
pub(crate) struct User {
    pub(crate) id: String,
    pub(super) user_name: String,
    pub(super) given: String,
    pub(super) family: String,
    pub(super) title: String,
    pub(super) department: String,
    pub(super) department_head: Option<String>,
    /// Set only by the data a tenant starts with: whom the API makes inactive leaves the company.
    pub(super) active: bool,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
}

impl User {
    pub(super) fn display(&self) -> String {
        format!("{} {}", self.given, self.family).trim().to_owned()
    }

    pub(super) fn scim(&self) -> Value {
        let mut extension = Map::new();
        if let Some(head) = &self.department_head {
            extension.insert("departmentHead".into(), head.clone().into());
        }
        extension.insert("provider".into(), "saml".into());
        extension.insert("allowProviderConversion".into(), true.into());
        json!({
            "schemas": [CORE_USER, ENTERPRISE_USER, IRONCLAD_USER],
            "id": self.id,
            "userName": self.user_name,
            "name": { "givenName": self.given, "familyName": self.family },
            "title": self.title,
            "emails": [{ "value": self.user_name, "type": "work", "primary": true }],
            "active": self.active,
            ENTERPRISE_USER: { "department": self.department },
            IRONCLAD_USER: extension,
            "meta": {
                "resourceType": "User", "created": iso(self.created), "lastModified": iso(self.modified),
                "location": format!("https://ironcladapp.com/scim/v2/Users/{}", self.id),
            },
        })
    }

    /// How a person appears as the author of something.
    pub(super) fn author(&self) -> Value {
        json!({
            "type": "internalUser", "displayName": self.display(), "email": self.user_name, "userId": self.id,
            "companyName": COMPANY,
        })
    }

    /// How a person appears as the holder of a role.
    pub(super) fn assignee(&self) -> Value {
        json!({ "userName": self.display(), "userId": self.id, "email": self.user_name })
    }
}

/// A group of users.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(super) id: String,
    pub(super) display: String,
    pub(super) external_id: Option<String>,
    pub(super) members: Vec<String>,
}

impl Group {
    pub(super) fn scim(&self) -> Value {
        let members: Vec<Value> =
            self.members.iter().map(|id| json!({ "type": "User", "value": id })).collect();
        let mut group = Map::new();
        group.insert("schemas".into(), json!([CORE_GROUP]));
        group.insert("id".into(), self.id.clone().into());
        group.insert("displayName".into(), self.display.clone().into());
        if let Some(external) = &self.external_id {
            group.insert("externalId".into(), external.clone().into());
        }
        group.insert("members".into(), members.into());
        let location = format!("https://ironcladapp.com/scim/v2/Groups/{}", self.id);
        group.insert("meta".into(), json!({ "resourceType": "Group", "location": location }));
        Value::Object(group)
    }
}
