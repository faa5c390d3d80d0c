//! What vendors do in a way of their own that no data describes: a room an API, behind the traits of
//! `tools`.

pub mod ironclad;
#[cfg(test)]
#[cfg(feature = "sandbox")]
mod testing;
#[cfg(test)]
#[cfg(feature = "sandbox")]
mod torii;

use support::Api;

use crate::tools::{Catalogue, Catalogues, FormDialect};

/// The dialects of launch forms beside JSON Schema, by the name that overlays give.
static DIALECTS: &[(&str, &dyn FormDialect)] = &[("ironclad", &ironclad::FORMS)];

/// The catalogue of an API, with the dialect of its forms.
#[must_use]
pub fn catalogue(api: &'static Api) -> Catalogue {
    let catalogue = Catalogue::new(api);
    let dialect = api.launch.as_ref().map_or("json_schema", |launch| launch.dialect);
    match DIALECTS.iter().find(|(name, _)| *name == dialect) {
        Some((_, found)) => catalogue.with_dialect(*found),
        None if dialect == "json_schema" => catalogue,
        None => {
            tracing::error!(api = api.slug, dialect, "forms cannot be read: no such dialect");
            catalogue
        }
    }
}

/// The catalogues of these APIs.
#[must_use]
pub fn catalogues(apis: &[&'static Api]) -> Catalogues {
    apis.iter().map(|api| catalogue(api)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_that_an_overlay_names_is_there() {
        for api in crate::apis::apis() {
            if let Some(launch) = &api.launch {
                let known = launch.dialect == "json_schema"
                    || DIALECTS.iter().any(|(name, _)| *name == launch.dialect);
                assert!(known, "{}: {}", api.slug, launch.dialect);
            }
        }
    }
}
