//! Values of a tenant's own fields, brought into the form that its metadata asks for.

use std::sync::Arc;

use serde_json::{Map, Value};
use support::Tool;
use support::tool::{BodyArguments, People, TenantValues};

use super::{CallContext, Freshness, TenantMetadata, key};
use crate::json::member;
use crate::tools::values::{Fit, Found, TenantFields};
use crate::violation::Violations;
use crate::work;

impl TenantMetadata {
    /// The arguments with the values of the tenant's own fields in the form of these, and what is
    /// wrong with them. A tenant that cannot be asked refuses no field.
    pub(crate) async fn fit(
        &self,
        context: &CallContext<'_>,
        tool: &'static Tool,
        mut arguments: Map<String, Value>,
    ) -> (Map<String, Value>, Violations) {
        let Some(source) = tool.tenant_values.filter(|source| concerns(source, tool, &arguments))
        else {
            return (arguments, Violations::default());
        };
        let mut violations = Violations::default();
        for freshness in [Freshness::Cached, Freshness::Refresh] {
            let Some(shown_by) = context.toolset.catalogue.tool(source.tool) else { break };
            // What the document says of its own arguments holds without the tenant, too.
            let (answer, fresh) = match self.read(context, shown_by.tool, "", freshness).await {
                Ok((kept, fresh)) => (Arc::clone(&kept.answer), fresh),
                Err(_) => (Arc::default(), true),
            };
            (arguments, violations) = self.held(context, tool, source, answer, arguments).await;
            // What is kept may be out of date: the tenant has the last word.
            if violations.is_empty() || fresh {
                break;
            }
        }
        (arguments, violations)
    }

    /// The arguments held against one answer.
    async fn held(
        &self,
        context: &CallContext<'_>,
        tool: &'static Tool,
        source: TenantValues,
        answer: Arc<Value>,
        mut arguments: Map<String, Value>,
    ) -> (Map<String, Value>, Violations) {
        let shown_by = context.toolset.get(source.tool).map(|served| served.tool.name);
        let mut found = Found::new();
        // Each time somebody more is found, and only so many are looked for.
        loop {
            let (answer, known) = (Arc::clone(&answer), found.clone());
            let weight = work::weight(&arguments) + work::weight_of(&answer);
            let fitting = move || {
                let fields = TenantFields::read(source, &answer);
                let mut fit = Fit::new(source.kinds, &known);
                fields.fit(tool, shown_by, &mut arguments, &mut fit);
                (fit.wanted, fit.violations, arguments)
            };
            let (wanted, violations, fitted) = work::over(weight, fitting).await;
            arguments = fitted;
            let Some(people) = source.kinds.people.filter(|_| !wanted.is_empty()) else {
                return (arguments, violations);
            };
            for mail in wanted {
                let id = self.person(context, people, &mail).await;
                found.insert(mail, id);
            }
        }
    }

    /// The id of the person with this mail address, `Null` when there is none; `None` when there is
    /// more than one, or people cannot be asked for.
    async fn person(&self, context: &CallContext<'_>, people: People, mail: &str) -> Option<Value> {
        let tool = context.toolset.catalogue.tool(people.tool)?.tool;
        let given = people.given.replace("{}", mail);
        let arguments = Map::from_iter([(people.argument.to_owned(), given.into())]);
        let key = key(context, tool, mail);
        let kept = match self.0.get(&key).await {
            Some(kept) => kept,
            None => self.ask(context, tool, arguments, key).await.ok()?.0,
        };
        let rows = member(&kept.answer, people.items)?.as_array()?;
        // Who was asked for, and nobody whom an API shows that does not choose.
        let mut same = rows.iter().filter(|row| {
            let found = member(row, people.mail).and_then(Value::as_str);
            found.is_some_and(|found| found.to_lowercase() == mail)
        });
        let Some(person) = same.next() else { return Some(Value::Null) };
        let id = member(person, people.id)?.clone();
        same.next().is_none().then_some(id)
    }
}

/// Whether any argument is one of which the tenant says something.
fn concerns(source: &TenantValues, tool: &Tool, arguments: &Map<String, Value>) -> bool {
    let choices = source.choices.iter().map(|choice| choice.argument);
    let named = source.within.iter().chain(source.names).copied().chain(choices);
    let mut named = named.chain(source.arguments.iter().map(|(name, _)| *name));
    let beside = source.within.is_empty()
        && matches!(tool.body, BodyArguments::Members { .. })
        && arguments
            .keys()
            .any(|name| tool.argument(name).is_none_or(|argument| !argument.target.is_parameter()));
    beside || named.any(|name| arguments.contains_key(name))
}
