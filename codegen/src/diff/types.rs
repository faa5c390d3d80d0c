//! What became of the types: for Rust by their names and members, for tools by what is sent and
//! received.

use super::nodes::{Pair, Side, Verdict};
use super::{Change, Changes, facts};
use crate::ir::{EnumValue, Extra, Field, Shape, Type, Union, Usage, Variant};

/// Compares every type that is used.
pub(super) fn compare(pair: &Pair<'_>, changes: &mut Changes) {
    for (index, was) in
        pair.old.types.iter().enumerate().filter(|(_, ty)| ty.usage != Usage::default())
    {
        match pair.same.get(&crate::ir::TypeId(index)) {
            None => changes.breaking_for_rust(format!("type {} is gone", was.ident)),
            Some(now) => shapes(pair, was, &pair.new.types[now.0], changes),
        }
    }
}

fn shapes(pair: &Pair<'_>, was: &Type, is: &Type, changes: &mut Changes) {
    let name = &is.ident;
    if was.ident != is.ident {
        changes.breaking_for_rust(format!("type {} is now {}", was.ident, is.ident));
    }
    if was.doc != is.doc {
        changes.compatible(format!("type {name} is described otherwise"));
    }
    match (&was.shape, &is.shape) {
        (
            Shape::Struct { fields: before, extra },
            Shape::Struct { fields: after, extra: beyond },
        ) => {
            members(pair, (was, before), (is, after), changes);
            extras(name, is.usage, (extra, beyond), changes);
        }
        (Shape::StringEnum(before), Shape::StringEnum(after)) => values(is, before, after, changes),
        (Shape::Union(before), Shape::Union(after)) => {
            variants(pair, is, before, after, changes);
        }
        (Shape::Alias(before), Shape::Alias(after)) => {
            let (from, to) = (pair.text(Side::Old, before), pair.text(Side::New, after));
            if from != to {
                changes.breaking(format!("{name} was {from}, is {to}"));
            }
        }
        _ => changes.breaking(format!("{name} is of another kind")),
    }
}

fn members(
    pair: &Pair<'_>,
    (was, before): (&Type, &[Field]),
    (is, after): (&Type, &[Field]),
    changes: &mut Changes,
) {
    let find = |fields: &'_ [Field], wire: &str| fields.iter().position(|field| field.wire == wire);
    let name = &is.ident;
    for field in before {
        let Some(now) = find(after, &field.wire).map(|at| &after[at]) else {
            changes.breaking(format!("{name}: member {} is gone", field.wire));
            continue;
        };
        let wire = &field.wire;
        match (field.required, now.required) {
            (false, true) if is.usage.request && !now.read_only => {
                changes.breaking(format!("{name}: member {wire} is required now"));
            }
            (false, true) => {
                changes.breaking_for_rust(format!("{name}: member {wire} is always there now"));
            }
            (true, false) => {
                changes.breaking_for_rust(format!("{name}: member {wire} may be absent now"));
            }
            _ => {}
        }
        if field.ident != now.ident {
            changes.breaking_for_rust(format!(
                "{name}: member {wire} was the field {}, is {}",
                field.ident, now.ident
            ));
        }
        let sent = if is.usage.request && !now.read_only {
            pair.sent(&field.node, &now.node, 0)
        } else {
            Verdict::Same
        };
        let received = if is.usage.response {
            pair.received(&field.node, &now.node, 0)
        } else {
            Verdict::Same
        };
        let (from, to) = (pair.text(Side::Old, &field.node), pair.text(Side::New, &now.node));
        super::told(
            changes,
            &format!("{name}: member {wire}"),
            (&from, &to),
            sent.breaks() || received.breaks(),
            sent,
        );
        facts(changes, &format!("{name}: member {wire}"), &field.node, &now.node);
    }
    // Without a constructor and without defaults, values are written out member by member.
    let written_out =
        is.usage.request && !before.is_empty() && before.iter().all(|field| field.required);
    for field in after.iter().filter(|field| find(before, &field.wire).is_none()) {
        let what = format!("{name}: member {} is new", field.wire);
        if field.required && is.usage.request && !field.read_only {
            changes.breaking(format!("{what} and required"));
        } else if written_out && was.usage.request {
            changes.breaking_for_rust(what);
        } else {
            changes.compatible(what);
        }
    }
}

fn extras(name: &str, usage: Usage, (old, new): (&Extra, &Extra), changes: &mut Changes) {
    match (old, new) {
        (Extra::Keep(_), Extra::Ignore | Extra::Refuse) => changes.0.push(Change {
            breaking_for_tools: usage.request,
            breaking_for_rust: true,
            what: format!("{name} has declared members only now"),
        }),
        (Extra::Ignore | Extra::Refuse, Extra::Keep(_)) => {
            changes.compatible(format!("{name} may have any members now"));
        }
        (Extra::Keep(one), Extra::Keep(other))
            if one.ty != other.ty && format!("{:?}", one.ty) != format!("{:?}", other.ty) =>
        {
            changes.breaking(format!("{name}: further members are of another type"));
        }
        _ => {}
    }
}

fn values(is: &Type, before: &[EnumValue], after: &[EnumValue], changes: &mut Changes) {
    let known = |list: &[EnumValue], wire: &str| {
        list.iter().find(|value| value.wire == wire).map(|value| value.ident.clone())
    };
    let name = &is.ident;
    for value in before {
        match known(after, &value.wire) {
            None if is.usage.request => {
                changes.breaking(format!("{name}: value {} is gone", value.wire));
            }
            None => changes.breaking_for_rust(format!("{name}: value {} is gone", value.wire)),
            Some(ident) if ident != value.ident => {
                changes.breaking_for_rust(format!(
                    "{name}: value {} was the variant {}, is {ident}",
                    value.wire, value.ident
                ));
            }
            Some(_) => {}
        }
    }
    for value in after.iter().filter(|value| known(before, &value.wire).is_none()) {
        changes.compatible(format!("{name}: value {} is new", value.wire));
    }
}

fn variants(pair: &Pair<'_>, is: &Type, before: &Union, after: &Union, changes: &mut Changes) {
    let name = &is.ident;
    for variant in before.variants() {
        let fits = |other: &Variant| !pair.sent(&variant.node, &other.node, 0).breaks();
        match after.variants().find(|other| other.ident == variant.ident) {
            Some(now) => {
                let (from, to) =
                    (pair.text(Side::Old, &variant.node), pair.text(Side::New, &now.node));
                if from != to {
                    changes.0.push(Change {
                        breaking_for_tools: is.usage.request && !fits(now),
                        breaking_for_rust: true,
                        what: format!("{name}: variant {} was {from}, is {to}", variant.ident),
                    });
                }
            }
            None => changes.0.push(Change {
                breaking_for_tools: is.usage.request && !after.variants().any(fits),
                breaking_for_rust: true,
                what: format!("{name}: variant {} is gone", variant.ident),
            }),
        }
    }
    let known = |ident: &str| before.variants().any(|known| known.ident == ident);
    for variant in after.variants().filter(|variant| !known(&variant.ident)) {
        changes.compatible(format!("{name}: variant {} is new", variant.ident));
    }
}
