//! An official client as a second opinion on the same URL.

use rmcp::ServiceExt as _;
use rmcp::service::{RoleClient, RunningService};
use rmcp::transport::StreamableHttpClientTransport;

use crate::mcp::Mcp;

/// Shakes hands through `rmcp`.
pub(crate) async fn connect(mcp: &Mcp) -> RunningService<RoleClient, ()> {
    let transport = StreamableHttpClientTransport::from_uri(mcp.url.clone());
    ().serve(transport).await.expect("rmcp shakes hands")
}
