//! Every use of a type in an API, one after the other.

use super::{Api, BodyArguments, Extra, Node, Operation, ResponseBody, Shape, TypeRef};

impl Api {
    /// Visits every node, outer ones before those inside them.
    pub fn each_node_mut(&mut self, visit: &mut dyn FnMut(&mut Node)) {
        for ty in &mut self.types {
            ty.shape.each_node_mut(visit);
        }
        for alternatives in self.alternatives.values_mut() {
            for branch in alternatives.branches.iter_mut().chain(&mut alternatives.base) {
                branch.node.each_mut(visit);
            }
        }
        for operation in &mut self.operations {
            operation.each_node_mut(visit);
        }
    }
}

impl Operation {
    /// Visits every node of the operation itself, outer ones before those inside them.
    pub fn each_node_mut(&mut self, visit: &mut dyn FnMut(&mut Node)) {
        for parameter in &mut self.parameters {
            parameter.node.each_mut(visit);
        }
        if let Some(body) = &mut self.body {
            body.node.each_mut(visit);
            if let BodyArguments::Members { fields, .. } = &mut body.arguments {
                for field in fields {
                    field.node.each_mut(visit);
                }
            }
        }
        for answer in self.success.iter_mut().chain(&mut self.failure) {
            if let ResponseBody::Json(node) | ResponseBody::TypedText(node) = &mut answer.body {
                node.each_mut(visit);
            }
        }
    }
}

impl Shape {
    /// Visits every node of the shape, outer ones before those inside them.
    pub fn each_node_mut(&mut self, visit: &mut dyn FnMut(&mut Node)) {
        match self {
            Self::Struct { fields, extra } => {
                for field in fields {
                    field.node.each_mut(visit);
                }
                if let Extra::Keep(node) = extra {
                    node.each_mut(visit);
                }
            }
            Self::StringEnum(_) => {}
            Self::Union(union) => {
                union.variants_mut().for_each(|variant| variant.node.each_mut(visit));
            }
            Self::Alias(node) => node.each_mut(visit),
        }
    }

    /// Visits every node of the shape, outer ones before those inside them.
    pub fn each_node(&self, visit: &mut dyn FnMut(&Node)) {
        match self {
            Self::Struct { fields, extra } => {
                for field in fields {
                    field.node.each(visit);
                }
                if let Extra::Keep(node) = extra {
                    node.each(visit);
                }
            }
            Self::StringEnum(_) => {}
            Self::Union(union) => union.variants().for_each(|variant| variant.node.each(visit)),
            Self::Alias(node) => node.each(visit),
        }
    }
}

impl Node {
    /// Visits this node and those inside it.
    pub fn each_mut(&mut self, visit: &mut dyn FnMut(&mut Self)) {
        visit(self);
        if let TypeRef::List(inner) | TypeRef::Map(inner) = &mut self.ty {
            inner.each_mut(visit);
        }
    }

    /// Visits this node and those inside it.
    pub fn each(&self, visit: &mut dyn FnMut(&Self)) {
        visit(self);
        if let TypeRef::List(inner) | TypeRef::Map(inner) = &self.ty {
            inner.each(visit);
        }
    }
}
