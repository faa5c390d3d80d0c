//! Tables of routes and how a path finds its row.

use http::Method;
use percent_encoding::percent_decode_str;

use crate::call::Call;
use crate::reply::Answer;

/// One operation of a tenant.
pub(crate) struct Route<T> {
    pub(crate) method: Method,
    /// Below the table's prefix, parameters in braces.
    pub(crate) path: &'static str,
    pub(crate) limit: Limit,
    /// Scope that an OAuth token needs; empty where none is named. Several are joined by a space.
    pub(crate) scope: &'static str,
    pub(crate) run: fn(&mut T, &Call) -> Answer,
}

/// A counter shared by some operations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// Name of the counter; empty: the operation has its own.
    pub(crate) bucket: &'static str,
    pub(crate) per_minute: u32,
}

/// What a lookup found.
pub(crate) enum Found<'a, T> {
    Route(&'a Route<T>, Vec<(&'static str, String)>),
    OtherMethod,
    Nothing,
}

/// Finds the row for a path below the table's prefix. Literal segments win over parameters.
pub(crate) fn find<'a, T>(table: &'a [Route<T>], method: &Method, path: &str) -> Found<'a, T> {
    let mut best: Option<(&Route<T>, usize)> = None;
    let mut other_method = false;
    for route in table {
        let Some(literal) = fit(route.path, path) else { continue };
        if route.method != *method {
            other_method = true;
            continue;
        }
        if best.is_none_or(|(_, so_far)| literal > so_far) {
            best = Some((route, literal));
        }
    }
    match best {
        Some((route, _)) => Found::Route(route, params(route.path, path)),
        None if other_method => Found::OtherMethod,
        None => Found::Nothing,
    }
}

/// How many literal segments a template shares with a path, weighted to the left; `None` when it
/// does not fit.
fn fit(template: &str, path: &str) -> Option<usize> {
    let mut wanted = template.split('/');
    let mut given = path.split('/');
    let mut score = 0;
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(score),
            (Some(want), Some(have)) => {
                score *= 2;
                if want.starts_with('{') {
                    if have.is_empty() {
                        return None;
                    }
                } else if want == have {
                    score += 1;
                } else {
                    return None;
                }
            }
            _ => return None,
        }
    }
}

fn params(template: &'static str, path: &str) -> Vec<(&'static str, String)> {
    template
        .split('/')
        .zip(path.split('/'))
        .filter_map(|(want, have)| {
            let name = want.strip_prefix('{')?.strip_suffix('}')?;
            Some((name, percent_decode_str(have).decode_utf8_lossy().into_owned()))
        })
        .collect()
}

pub(crate) const fn get<T>(
    path: &'static str,
    limit: Limit,
    scope: &'static str,
    run: fn(&mut T, &Call) -> Answer,
) -> Route<T> {
    Route { method: Method::GET, path, limit, scope, run }
}

pub(crate) const fn post<T>(
    path: &'static str,
    limit: Limit,
    scope: &'static str,
    run: fn(&mut T, &Call) -> Answer,
) -> Route<T> {
    Route { method: Method::POST, path, limit, scope, run }
}

pub(crate) const fn put<T>(
    path: &'static str,
    limit: Limit,
    scope: &'static str,
    run: fn(&mut T, &Call) -> Answer,
) -> Route<T> {
    Route { method: Method::PUT, path, limit, scope, run }
}

pub(crate) const fn patch<T>(
    path: &'static str,
    limit: Limit,
    scope: &'static str,
    run: fn(&mut T, &Call) -> Answer,
) -> Route<T> {
    Route { method: Method::PATCH, path, limit, scope, run }
}

pub(crate) const fn delete<T>(
    path: &'static str,
    limit: Limit,
    scope: &'static str,
    run: fn(&mut T, &Call) -> Answer,
) -> Route<T> {
    Route { method: Method::DELETE, path, limit, scope, run }
}
