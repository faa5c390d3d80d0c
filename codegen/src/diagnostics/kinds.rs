//! Every kind of finding: its code, what it means, and what it costs.

/// What a kind of finding does to what is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing is made until it is mended.
    Refused,
    /// What is made is looser than the document, or lacks something of it.
    Looser,
    /// What is made means what the document means, which is only said otherwise or was guessed.
    Kept,
}

/// A kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The code that findings of this kind carry.
    pub code: &'static str,
    /// What the kind means, in one sentence: what was found and what becomes of it.
    pub meaning: &'static str,
    /// What it does to what is generated.
    pub effect: Effect,
}

/// The kind that a code stands for.
#[must_use]
pub fn kind(code: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.code == code)
}

const fn refused(code: &'static str, meaning: &'static str) -> Kind {
    Kind { code, meaning, effect: Effect::Refused }
}

const fn looser(code: &'static str, meaning: &'static str) -> Kind {
    Kind { code, meaning, effect: Effect::Looser }
}

const fn kept(code: &'static str, meaning: &'static str) -> Kind {
    Kind { code, meaning, effect: Effect::Kept }
}

/// The kinds, room by room.
pub static KINDS: &[Kind] = &[
    // Documents and their files.
    refused("unreadable-document", "the document cannot be opened or read"),
    refused("syntax", "the document is neither JSON nor YAML"),
    refused("not-an-object", "the document is no object"),
    refused("too-large", "the document is larger, or nested deeper, than documents may be"),
    refused("swagger", "a document of Swagger 2.0 stands where one of OpenAPI 3 is expected"),
    refused("not-openapi", "the document has none of the members that make it one of OpenAPI"),
    refused("unsupported-version", "the document is of an OpenAPI other than 3"),
    kept("openapi-version", "the version is not stated as 3.0 or 3.1; the nearest one is taken"),
    looser("duplicate-key", "a key stands more than once in one object; the last one counts"),
    looser("not-a-number", "a number that JSON does not have; it is read as null"),
    looser(
        "file-outside",
        "a reference leads to a file outside of the document's folder, which is not read",
    ),
    looser("unreadable-file", "a reference leads to a file that cannot be read"),
    // Overlays, prompts and what else stands beside a document.
    refused("overlay", "the overlay lacks what an overlay consists of"),
    refused("overlay-version", "the overlay is not of version 1"),
    refused(
        "overlay-action",
        "an action of the overlay says neither what it is for nor what it does",
    ),
    refused("overlay-target", "the target of an action is no JSONPath, or may not be removed"),
    refused("overlay-no-match", "the target of an action is not in the document"),
    refused("overlay-update", "an action would merge into what is neither an object nor an array"),
    refused("overlay-key", "a key of the overlay is not one that overlays have"),
    refused("prompt", "a prompt names what is not there, or is not written as prompts are"),
    refused("tools-lock", "a tool would be called otherwise than callers know it"),
    refused("token-budget", "the tool list costs more tokens than the overlay allows"),
    // `x-drawbridge`.
    looser(
        "extension",
        "something under `x-drawbridge` is not known there, or not of its type; it is left out",
    ),
    looser(
        "pagination",
        "the paging that `x-drawbridge` states does not fit its operation; the list is not paged by it",
    ),
    looser(
        "argument-alias",
        "an alias under `x-drawbridge` leads to no argument, or has the name of one; it is left out",
    ),
    looser(
        "header-name",
        "a header under `x-drawbridge` has a name that HTTP does not allow; it is left out",
    ),
    looser("acting-user", "`acting_user` names no header; it is left out"),
    looser(
        "further-token",
        "an entry of `further_tokens` names no scheme or no member that could hold a token; it is left out",
    ),
    looser(
        "environment",
        "an entry of `environment` names no variable or no member of credentials; it is left out",
    ),
    looser("questions", "an example question that a search cannot use; it is left out"),
    looser("synonyms", "synonyms that a search cannot use; they are left out"),
    looser("proper-nouns", "a proper noun that a search cannot use; it is left out"),
    looser(
        "tool-name",
        "a tool's name is malformed, too long or taken; it is kept, or numbered where it is taken",
    ),
    looser(
        "tool-reference",
        "the overlay says something of a tool that its operation does not have; it is kept as it stands",
    ),
    looser(
        "launch",
        "`launch` names a tool, an argument or a member that is not there; it is kept as it stands",
    ),
    looser(
        "example",
        "the first example names a tool or an argument that is not there; it is kept as it stands",
    ),
    looser(
        "preset",
        "a preset names what is not there, exposes no tool, or cannot be told from another; it is left out",
    ),
    // References.
    looser(
        "dangling-reference",
        "a reference leads nowhere; a schema there is any value, all else is left out",
    ),
    looser(
        "reference-cycle",
        "a component only leads back to itself; the reference that closes the circle is cut",
    ),
    kept("bare-reference", "text stands where a reference is meant; it is read as one"),
    kept(
        "reference-inlined",
        "a copy of what is referred to is put where no reference may stand, or where something stands beside it",
    ),
    kept(
        "reference-siblings",
        "what stands beside the reference of a schema holds together with it, in an `allOf`",
    ),
    looser("lost-siblings", "what stands beside a reference has no effect there; it is left out"),
    // The shape of objects.
    looser("unknown-keyword", "a member that OpenAPI does not give to its object; it is left out"),
    kept(
        "keyword-of-3.1",
        "a keyword of OpenAPI 3.1 in a document of 3.0; it is read as 3.1 means it",
    ),
    looser(
        "wrong-type",
        "a value is not of the type that OpenAPI gives it; it is converted where that is plain, else left out",
    ),
    kept("null-member", "null stands for a member; it is read as absent or empty"),
    looser("too-deep", "an object is nested deeper than objects may be; it is left out"),
    looser("not-modelled", "something that has no part in what is generated; it is left out"),
    looser(
        "unreadable-object",
        "an object has a member that is not of its type; the object is left out",
    ),
    looser(
        "missing-member",
        "a member that OpenAPI requires is missing; it is read as empty, or as the first value allowed",
    ),
    looser(
        "incomplete-item",
        "an item of a list lacks the member that makes it one; it is left out",
    ),
    // Paths and operations.
    kept("relative-path", "a path does not begin with a slash; one is put in front"),
    looser("long-path", "a path is longer than servers take; its operations are left out"),
    looser("unbalanced-path", "the braces of a path do not match; its operations are left out"),
    kept(
        "query-in-path",
        "a path holds a query; its pairs are sent with every request, its variables are parameters",
    ),
    kept(
        "fragment-in-path",
        "a path holds a fragment, which only keeps it apart from its like and is not sent",
    ),
    kept("constant-parameter", "a pair of a path's query is sent with every request"),
    kept("missing-operation-id", "an operation has no id; one is made of its method and path"),
    kept(
        "duplicate-operation-id",
        "an id belongs to several operations; all but the first are called otherwise",
    ),
    looser("skipped-operation", "an operation cannot be read; it is left out"),
    // Parameters.
    looser("unreadable-parameter", "a parameter cannot be read; it is left out"),
    looser(
        "incomplete-parameter",
        "a parameter has no name, or stands in no part of a request; it is left out",
    ),
    looser(
        "untyped-parameter",
        "a parameter has neither `schema` nor `content`; it is read as text",
    ),
    looser("schema-and-content", "a parameter has both `schema` and `content`; the schema counts"),
    looser("duplicate-parameter", "a parameter is declared twice; the first one counts"),
    kept(
        "media-type-header",
        "a parameter is a header that follows from the media types; it is no argument",
    ),
    kept(
        "renamed-path-parameter",
        "the only parameter of a path has another name in its template; that one counts",
    ),
    looser("path-template", "an operator of a path template; slashes are encoded all the same"),
    kept("header-parameter", "a header that is set elsewhere; it is no argument"),
    looser("unused-path-parameter", "a path parameter is not part of its path; it is left out"),
    looser(
        "undeclared-path-parameter",
        "a part of a path is not declared as a parameter; it is added as text",
    ),
    kept("optional-path-parameter", "a path parameter is not said to be required; it always is"),
    looser(
        "style",
        "a style that there is not for this kind of parameter; the default one is taken",
    ),
    // Bodies and answers.
    looser("empty-body", "a request body without content; it is left out"),
    kept(
        "swagger-body",
        "a body parameter as Swagger 2.0 wrote it; it is read as the request body",
    ),
    looser("second-body", "a body parameter beside a request body; it is left out"),
    looser(
        "body-media-type",
        "a request body is offered in several media types; it is sent in one of them",
    ),
    looser(
        "multipart-subtype",
        "a body of several parts is not `multipart/form-data`; it is sent as that",
    ),
    looser("part-style", "parts have styles from OpenAPI 3.1 on; the style is left out"),
    looser("text-schema", "a text has a schema of what lies in it; it is text all the same"),
    looser("answer-headers", "the headers of an answer have no types; they are had as they come"),
    looser("answer-media-type", "an answer comes in several media types; one of them is decoded"),
    kept("bodiless-answer", "a body is declared where HTTP has none; it is left out"),
    kept("interim-answer", "an answer that is not the last one; it is left out"),
    looser("part-headers", "the headers of single parts; they are not sent"),
    looser(
        "no-responses",
        "an operation declares no answers; the typed client reads them as empty",
    ),
    looser("unknown-status", "an answer is for what is no status of HTTP; it is left out"),
    kept(
        "status-spelling",
        "a status is not spelled as OpenAPI spells it; it is read as the one that is meant",
    ),
    looser("duplicate-status", "a status has several answers; the first one counts"),
    // Servers and security.
    looser("server-base-path", "a server has another base path than the first one; it is left out"),
    looser("further-server", "an operation has servers beside its first one; they are left out"),
    looser("server-variable", "a server's address has a variable without a value; it is left out"),
    looser(
        "server-default",
        "a variable of a server has several values; the default is always taken",
    ),
    looser("security-scheme", "a security scheme lacks what its type consists of; it is left out"),
    kept(
        "swagger-security",
        "a security scheme as Swagger 2.0 wrote it; it is read as OpenAPI 3 writes it",
    ),
    kept(
        "client-certificate",
        "a security scheme asks for a client certificate, which the connection brings",
    ),
    looser(
        "unknown-security-scheme",
        "a requirement names no security scheme; that alternative is left out",
    ),
    kept(
        "derived-pagination",
        "a list is read as paged because its parameters and its answer look so",
    ),
    // Schemas.
    kept("boolean-schema", "a schema is true or false; it is rewritten as an object"),
    kept(
        "type-list",
        "null as a type, or several types; they are rewritten in the keywords of OpenAPI 3.0",
    ),
    kept("const", "`const` is rewritten as an enum of one value"),
    kept("null-in-enum", "null among the values of an enum is rewritten as `nullable`"),
    kept("null-alternative", "null among alternatives is rewritten as `nullable`"),
    kept("exclusive-limit", "an exclusive bound is rewritten as an inclusive one and a flag"),
    kept("inferred-type", "a schema without a type has the keywords of one; that is its type"),
    looser("tuple", "the places of a tuple are read as a list whose items are any of them"),
    looser("pattern-properties", "members by pattern are read as further members of any name"),
    looser("unknown-type", "a type that JSON Schema does not have; the nearest one is taken"),
    looser(
        "contradicting-type",
        "a type that the other keywords contradict; the one they are for counts",
    ),
    looser(
        "foreign-keyword",
        "a keyword says nothing about values of its schema's type; it is left out",
    ),
    looser("no-bound", "a bound bounds nothing, or cannot be held; it is left out"),
    kept("null-default", "the default is null, which is the same as none"),
    looser(
        "default-type",
        "a default is not of its schema's type; it is converted where that is plain, else left out",
    ),
    looser("empty-enum", "an enum without values; it is left out"),
    looser(
        "enum-type",
        "values of an enum are not of its schema's type; they are converted where that is plain, else left out",
    ),
    looser(
        "enum-of-array",
        "an enum of whole lists; it is read as one of their items, or left out",
    ),
    kept("duplicate-value", "a value or a name stands twice in a list; once is meant"),
    looser("empty-composition", "an empty list of schemas; it is left out"),
    looser("discriminator", "a discriminator without `propertyName`; it is left out"),
    looser("nested", "parts of a schema are nested deeper than they may be; they are left out"),
    looser(
        "unreadable-schema",
        "a schema cannot be read; it is any value, or left out where it is a part",
    ),
    looser("contradicting-parts", "parts of a schema say different types; it is any value"),
    looser(
        "several-unions",
        "a schema has more than one list of alternatives; members of some are kept as they are",
    ),
    looser(
        "long-enum",
        "an enum has more values than a type can list; it is read as its plain type",
    ),
    looser(
        "cut-schema",
        "a schema lies in itself, or is too deep or too large to be spelled out; the rest is not checked",
    ),
    looser(
        "one-of",
        "alternatives of which more than one may fit; that only one does is not checked",
    ),
    looser(
        "member-count",
        "arguments stand beside the members of a body, whose number is not checked",
    ),
    kept("closed-object", "an object lists its members; as an argument it takes no others"),
    kept(
        "closed-part",
        "a part of an object admits no further members; the whole object is read as admitting none",
    ),
    looser("circular-alias", "a schema stands for itself; it is any value"),
    looser("deep-alias", "a list of lists without end; it is any value"),
    looser("untyped", "a schema has no type that could be generated; it is any value"),
];

#[cfg(test)]
mod tests;
