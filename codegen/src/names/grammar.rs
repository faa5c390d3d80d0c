//! As much English as names need: singular, plural, verbs.

/// Words whose plural is irregular or that only look like plurals: word, singular.
const SINGULARS: [(&str, &str); 23] = [
    ("ids", "id"),
    ("people", "person"),
    ("children", "child"),
    ("men", "man"),
    ("women", "woman"),
    ("indices", "index"),
    ("matrices", "matrix"),
    ("vertices", "vertex"),
    ("statuses", "status"),
    ("aliases", "alias"),
    ("buses", "bus"),
    ("analyses", "analysis"),
    ("databases", "database"),
    ("leases", "lease"),
    ("releases", "release"),
    ("purchases", "purchase"),
    ("caches", "cache"),
    ("movies", "movie"),
    ("cookies", "cookie"),
    ("series", "series"),
    ("news", "news"),
    ("lenses", "lens"),
    ("quizzes", "quiz"),
];

/// The singular of an English word in lower case.
#[must_use]
pub fn singular(word: &str) -> String {
    if let Some((_, singular)) = SINGULARS.iter().find(|(plural, _)| *plural == word) {
        return (*singular).to_owned();
    }
    let keeps = ["ss", "us", "is", "as", "os"].iter().any(|end| word.ends_with(end));
    if word.len() < 4 || keeps || !word.ends_with('s') {
        return word.to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for end in ["sses", "shes", "ches", "xes", "zzes"] {
        if let Some(stem) = word.strip_suffix(end) {
            return format!("{stem}{}", &end[..end.len() - 2]);
        }
    }
    word[..word.len() - 1].to_owned()
}

/// The plural of an English word in lower case.
#[must_use]
pub fn plural(word: &str) -> String {
    if let Some((plural, _)) = SINGULARS.iter().find(|(_, singular)| *singular == word) {
        return (*plural).to_owned();
    }
    if singular(word) != word {
        return word.to_owned();
    }
    if let Some(stem) = word.strip_suffix('y')
        && !stem.ends_with(['a', 'e', 'i', 'o', 'u'])
    {
        return format!("{stem}ies");
    }
    if ["s", "x", "z", "ch", "sh"].iter().any(|end| word.ends_with(end)) {
        format!("{word}es")
    } else {
        format!("{word}s")
    }
}

/// A name's last word in the singular: what one item of a list is called. `item` is added where
/// that changes nothing.
#[must_use]
pub fn singular_phrase(name: &str) -> String {
    let trimmed = name.trim_end();
    let start = trimmed
        .char_indices()
        .rev()
        .find(|(at, c)| {
            !c.is_ascii_alphabetic()
                || (c.is_ascii_uppercase()
                    && trimmed[..*at].ends_with(|before: char| before.is_ascii_lowercase()))
        })
        .map_or(0, |(at, c)| if c.is_ascii_alphabetic() { at } else { at + c.len_utf8() });
    let last = &trimmed[start..];
    let lower = last.to_ascii_lowercase();
    let one = singular(&lower);
    if one == lower {
        return format!("{trimmed} item");
    }
    let cased = if last.starts_with(|c: char| c.is_ascii_uppercase()) {
        one[..1].to_ascii_uppercase() + &one[1..]
    } else {
        one
    };
    format!("{}{cased}", &trimmed[..start])
}

/// Verbs that begin the last segment of an action's path or an operation's id. Sorted.
const VERBS: &[&str] = &[
    "accept",
    "acknowledge",
    "activate",
    "add",
    "allow",
    "analyze",
    "append",
    "apply",
    "approve",
    "archive",
    "assign",
    "attach",
    "authenticate",
    "authorize",
    "ban",
    "batch",
    "begin",
    "block",
    "bulk",
    "calculate",
    "call",
    "cancel",
    "capture",
    "change",
    "charge",
    "check",
    "claim",
    "clear",
    "clone",
    "close",
    "complete",
    "compute",
    "confirm",
    "connect",
    "convert",
    "copy",
    "count",
    "create",
    "deactivate",
    "decline",
    "decrypt",
    "delete",
    "deny",
    "deploy",
    "detach",
    "detect",
    "disable",
    "disconnect",
    "dismiss",
    "download",
    "duplicate",
    "edit",
    "enable",
    "encrypt",
    "end",
    "estimate",
    "evaluate",
    "execute",
    "expire",
    "export",
    "extend",
    "fetch",
    "finalize",
    "find",
    "finish",
    "flush",
    "follow",
    "force",
    "forward",
    "generate",
    "get",
    "grant",
    "ignore",
    "import",
    "init",
    "insert",
    "install",
    "invite",
    "invoke",
    "issue",
    "join",
    "launch",
    "leave",
    "like",
    "link",
    "list",
    "load",
    "lock",
    "login",
    "logout",
    "lookup",
    "mark",
    "match",
    "merge",
    "move",
    "mute",
    "notify",
    "open",
    "parse",
    "patch",
    "pause",
    "pay",
    "pin",
    "post",
    "preview",
    "process",
    "promote",
    "publish",
    "purge",
    "put",
    "query",
    "read",
    "rebuild",
    "recover",
    "refresh",
    "refund",
    "register",
    "reject",
    "release",
    "reload",
    "remind",
    "remove",
    "rename",
    "render",
    "reopen",
    "replace",
    "reply",
    "request",
    "resend",
    "reset",
    "resolve",
    "restart",
    "restore",
    "resume",
    "retrieve",
    "retry",
    "revert",
    "revoke",
    "rotate",
    "run",
];

/// More verbs, from S on. Sorted.
const MORE_VERBS: &[&str] = &[
    "save",
    "scan",
    "search",
    "select",
    "send",
    "set",
    "share",
    "sign",
    "simulate",
    "sort",
    "split",
    "star",
    "start",
    "stop",
    "store",
    "stream",
    "submit",
    "subscribe",
    "suggest",
    "suspend",
    "switch",
    "sync",
    "synchronize",
    "tag",
    "terminate",
    "test",
    "toggle",
    "track",
    "transfer",
    "transform",
    "translate",
    "trigger",
    "truncate",
    "unarchive",
    "unassign",
    "unban",
    "unblock",
    "undelete",
    "undo",
    "unfollow",
    "uninstall",
    "unlink",
    "unlock",
    "unmute",
    "unpin",
    "unpublish",
    "unregister",
    "unshare",
    "unstar",
    "unsubscribe",
    "unsuspend",
    "update",
    "upgrade",
    "upload",
    "upsert",
    "use",
    "validate",
    "verify",
    "view",
    "void",
    "vote",
    "watch",
    "withdraw",
    "write",
];

/// Whether a word in lower case is a verb that names actions.
#[must_use]
pub fn is_verb(word: &str) -> bool {
    VERBS.binary_search(&word).is_ok() || MORE_VERBS.binary_search(&word).is_ok()
}
