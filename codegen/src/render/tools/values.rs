//! What tenants say of the values that tools take, as members of rows.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::super::rust;
use crate::ir::{Api, Choice, Money, People, TenantValues, ValueKinds};

/// What types of fields mean, for every row; `None` where no row needs it.
pub(super) fn kinds(api: &Api) -> Option<TokenStream> {
    let tools = api.operations.iter().filter_map(|operation| operation.tool.as_ref());
    if !tools.into_iter().any(|tool| tool.tenant_values.is_some()) {
        return None;
    }
    let nothing = ValueKinds {
        kinds: BTreeMap::new(),
        money: Money {
            amount: String::new(),
            currency: String::new(),
            unit: String::new(),
            whole: false,
            bare: false,
        },
        people: None,
    };
    let ValueKinds { kinds, money, people } = api.value_kinds.as_ref().unwrap_or(&nothing);
    let kinds = kinds.iter().map(|(name, kind)| {
        let kind = rust::ident(kind);
        quote!((#name, ValueKind::#kind))
    });
    let Money { amount, currency, unit, whole, bare } = money;
    let people = people.as_ref().map(|People { tool, argument, given, items, id, whole, mail }| {
        quote!(People {
            tool: #tool,
            argument: #argument,
            given: #given,
            items: #items,
            id: #id,
            whole: #whole,
            mail: #mail,
        })
    });
    let people = rust::optional(people);
    Some(quote! {
        /// What the types of tenants' own fields mean.
        static VALUES: ValueKinds = ValueKinds {
            kinds: &[#(#kinds),*],
            money: Money {
                amount: #amount,
                currency: #currency,
                unit: #unit,
                whole: #whole,
                bare: #bare,
            },
            people: #people,
        };
    })
}

/// A row's member.
pub(super) fn of(values: &TenantValues) -> TokenStream {
    let TenantValues {
        tool,
        fields,
        key,
        kind,
        label,
        options,
        option,
        option_label,
        within,
        wrapped,
        names,
        choices,
        further,
        arguments,
        instead,
    } = values;
    let choices = choices.iter().map(|Choice { argument, items, key, also }| {
        quote!(Choice { argument: #argument, items: #items, key: #key, also: &[#(#also),*] })
    });
    let [further, arguments, instead] = [further, arguments, instead].map(pairs);
    quote!(Some(TenantValues {
        tool: #tool,
        fields: #fields,
        key: #key,
        kind: #kind,
        label: #label,
        options: #options,
        option: #option,
        option_label: #option_label,
        within: &[#(#within),*],
        wrapped: #wrapped,
        names: &[#(#names),*],
        choices: &[#(#choices),*],
        further: #further,
        arguments: #arguments,
        instead: #instead,
        kinds: &VALUES,
    }))
}

fn pairs(pairs: &BTreeMap<String, String>) -> TokenStream {
    let pairs = pairs.iter().map(|(name, value)| quote!((#name, #value)));
    quote!(&[#(#pairs),*])
}
