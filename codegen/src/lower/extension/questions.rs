//! Questions of tools, as a search can use them.

use super::{Context, Operation};
use crate::pointer::Trail;

/// The most questions of one tool.
const QUESTIONS: usize = 128;
/// The most characters of one.
const LONGEST_QUESTION: usize = 120;

impl Operation {
    /// Leaves out the questions that a search could not use; each is a fault.
    pub(in crate::lower) fn keep_searchable(&mut self, cx: &mut Context<'_>, trail: &Trail<'_>) {
        let trail = trail.key("questions");
        let mut kept: Vec<String> = Vec::new();
        for (number, question) in std::mem::take(&mut self.questions).into_iter().enumerate() {
            let length = question.chars().count();
            let reason = if !question.contains(char::is_alphanumeric) {
                "a question has words".to_owned()
            } else if length > LONGEST_QUESTION {
                format!("a question has at most {LONGEST_QUESTION} characters, this one {length}")
            } else if kept.contains(&question) {
                format!("`{question}` stands twice")
            } else if kept.len() == QUESTIONS {
                format!("a tool has at most {QUESTIONS} questions")
            } else {
                kept.push(question);
                continue;
            };
            cx.fault("questions", &trail.index(number), reason);
        }
        self.questions = kept;
    }
}
