//! The generated clients as their users have them, ready to call: against the sandbox.

use futures_util::TryStreamExt as _;
use sandbox::Sandbox;
use support::Error;

#[tokio::test]
async fn the_first_program_runs_against_a_sandbox() {
    use ironclad::{client::Client, operations::GetCompanyInfo};

    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .bearer_token("sandbox-ironclad-token")
        .build()
        .unwrap();
    client.get_company_info(&GetCompanyInfo::new()).await.unwrap();
    let agent = sandbox.requests().remove(0).header("user-agent").unwrap_or_default().to_owned();
    assert!(agent.starts_with("ironclad/"), "{agent}");
}

#[tokio::test]
async fn an_oauth_client_asks_for_one_token_and_acts_for_a_person() {
    use ironclad::{client::Client, operations::ListWorkflows};

    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .client_credentials("sandbox-client", "sandbox-client-secret")
        .acting_as("maya.cohen@acme.example")
        .build()
        .unwrap();
    let call = ListWorkflows::new().status(["active"]).page_size(7);
    let all: Vec<_> = client.list_workflows_all(call).try_collect().await.unwrap();
    assert!(all.len() > 7, "{}", all.len());
    let asked = sandbox.requests();
    let tokens = asked.iter().filter(|request| request.path.ends_with("/oauth/token")).count();
    assert_eq!(tokens, 1);
}

#[tokio::test]
async fn an_error_says_which_operation_failed_and_why() {
    use torii::{client::Client, operations::ListUsers};

    let sandbox = Sandbox::start().await.unwrap();
    let client =
        Client::builder().base_url(sandbox.base_url()).bearer_token("wrong").build().unwrap();
    let error = client.list_users(&ListUsers::new().size(1)).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 401);
    let Error::Api(answer) = &error else { panic!("{error:?}") };
    assert!(error.to_string().starts_with("listUsers answered 401"), "{error}");
    assert!(!answer.message().is_empty() && !answer.is_rate_limited());
}

#[test]
fn the_readme_shows_the_program_that_is_compiled_as_an_example() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let readme = read("README.md");
    let shown = readme.split("```rust\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(shown.lines().filter(|line| !line.trim().is_empty()).count() <= 10, "{shown}");
    let example = read("generated/ironclad/examples/call.rs");
    assert!(example.ends_with(shown), "{example}");
}
