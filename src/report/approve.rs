//! A plan that somebody has approved, and who is still missing: the result of `approve`.

use schemars::JsonSchema;
use serde::Serialize;

use super::Report;
use super::canvas::{Canvas, Cell, DIM, GREEN, PLAIN, Page, YELLOW};
use super::text::number_of;
use crate::approval::policy::RuleStanding;

/// What `fleet schema approve` describes.
pub(super) const SCHEMA: &str = "fleet/approve/v1";

/// An approval that was given, and how the plan stands with it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ApproveReport {
    schema: &'static str,
    /// SHA-256 of the plan, in hexadecimal.
    pub plan: String,
    /// The file of the approval.
    pub file: String,
    /// Who has approved, as `allowed_signers` names them.
    pub principal: String,
    /// The key, as `ssh-keygen -l` shows it.
    pub key: String,
    /// Every rule that the plan touches.
    pub rules: Vec<RuleStanding>,
    /// Approvals beside the plan that do not count, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedApproval>,
    /// Whether nobody is missing.
    pub complete: bool,
    /// The command to type next.
    pub next: String,
}

/// An approval that does not count.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RefusedApproval {
    /// Its file.
    pub file: String,
    /// A stable word in kebab-case, such as `unknown-key`.
    pub code: String,
    /// Why.
    pub message: String,
}

impl ApproveReport {
    /// The approval in a file, by a principal with a key; `next`: the command to type next.
    pub fn new(
        plan: String,
        file: String,
        signed: (String, String),
        rules: Vec<RuleStanding>,
        refused: Vec<RefusedApproval>,
        next: String,
    ) -> Self {
        let (principal, key) = signed;
        let complete = rules.iter().all(|rule| rule.missing == 0);
        Self { schema: SCHEMA, plan, file, principal, key, rules, refused, complete, next }
    }
}

impl Report for ApproveReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        page.heading(GREEN, "approved: ", &format!("plan {}", self.plan));
        page.paragraph(2, &Cell::new(DIM, "by "), &Cell::long(PLAIN, &format!("{} with {}", self.principal, self.key)));
        page.paragraph(2, &Cell::new(DIM, "in "), &Cell::long(PLAIN, &self.file));
        for rule in &self.rules {
            show_rule(&mut page, rule);
        }
        for refused in &self.refused {
            page.heading(YELLOW, "does not count: ", &refused.file);
            page.paragraph(2, &Cell::plain(""), &Cell::long(PLAIN, &refused.message));
        }
        page.next(&self.next);
        page.finish()
    }
}

fn show_rule(page: &mut Page, rule: &RuleStanding) {
    let (style, word) = if rule.missing == 0 { (GREEN, "complete: ") } else { (YELLOW, "waiting: ") };
    let of = format!("{} of {}", rule.approved.len(), number_of(rule.needed as usize, "approval"));
    page.heading(style, word, &format!("rule {}, {of}", rule.rule));
    if !rule.approved.is_empty() {
        page.paragraph(2, &Cell::new(DIM, "approved by "), &Cell::long(PLAIN, &rule.approved.join(", ")));
    }
    if rule.missing > 0 {
        page.paragraph(2, &Cell::new(DIM, "missing: "), &Cell::long(PLAIN, &missing(rule)));
    }
    for note in &rule.notes {
        page.paragraph(2, &Cell::new(DIM, "note: "), &Cell::long(PLAIN, note));
    }
}

/// Who is missing: `2 of bob@…, carol@…`.
pub fn missing(rule: &RuleStanding) -> String {
    match rule.may.as_slice() {
        [] => format!("{}, and there is nobody left who may", rule.missing),
        [only] if rule.missing == 1 => only.clone(),
        may => format!("{} of {}", rule.missing, may.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_who_is_missing() {
        let rule = |name: &str, approved: &[&str], missing, may: &[&str]| RuleStanding {
            rule: name.to_owned(),
            needed: 2,
            approved: approved.iter().map(ToString::to_string).collect(),
            missing,
            may: may.iter().map(ToString::to_string).collect(),
            notes: Vec::new(),
        };
        let rules = vec![
            rule("edges", &["alice@example.org"], 1, &["bob@example.org", "carol@example.org"]),
            rule("web", &["alice@example.org", "bob@example.org"], 0, &[]),
        ];
        let signed = ("alice@example.org".to_owned(), "SHA256:x".to_owned());
        let report = ApproveReport::new(
            "9f3a".to_owned(),
            "plan.json.approvals/alice.json".to_owned(),
            signed,
            rules,
            Vec::new(),
            "fleet apply plan.json".to_owned(),
        );
        assert!(!report.complete);
        let text = report.table(&Canvas { width: 100, color: false });
        assert!(text.contains("missing: 1 of bob@example.org, carol@example.org"), "{text}");
        assert!(text.contains("complete: rule web, 2 of 2 approvals"), "{text}");
    }
}
