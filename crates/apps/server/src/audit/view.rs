//! From a line of the log to what the console shows.

use chaperone_database::{AuditState, AuditView};
use serde_json::Value;

use super::Action;
use crate::dto;

/// What the walk along the chain found.
pub(super) fn chain_of(state: AuditState) -> dto::AuditChain {
    match state {
        AuditState::Unbroken { lines, head } => dto::AuditChain::Unbroken { lines, head: head.to_string() },
        AuditState::Broken { line } => dto::AuditChain::Broken { line },
    }
}

/// A line with its names.
pub(super) fn line_of(view: AuditView) -> dto::AuditLine {
    let actor = actor_words(&view);
    let AuditView { line, person, secret, device, session, acknowledged, .. } = view;
    dto::AuditLine {
        id: line.line,
        at_ms: line.at_ms,
        actor,
        alarm: Action::alarms().contains(&line.action.as_str()),
        action: line.action,
        acknowledged: acknowledged.map(|seen| dto::AuditAcknowledged { at_ms: seen.at_ms, by: seen.person }),
        person,
        secret,
        device,
        session: session.map(|session| dto::AuditSession {
            id: session.id.to_string(),
            title: session.title,
            user_name: session.person,
        }),
        actor_id: line.actor,
        subject: line.subject,
        detail: facts(&line.detail),
        hash: line.hash.to_string(),
    }
}

/// Who acted, in words; an actor nobody knows any more stands as in the log.
fn actor_words(view: &AuditView) -> String {
    match (&view.actor_device, &view.actor_person, view.line.actor.as_str()) {
        (Some(device), Some(owner), _) => format!("{owner}’s device {device}"),
        (Some(device), None, _) => format!("device {device}"),
        (None, Some(person), _) => person.clone(),
        (None, None, "nobody") => "nobody logged in".to_owned(),
        (None, None, "command-line") => "the server’s command line".to_owned(),
        (None, None, other) => other.to_owned(),
    }
}

fn facts(detail: &str) -> Vec<dto::AuditFact> {
    let fact = |name: String, value: Value| {
        let value = match value {
            Value::String(text) => text,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                value.to_string()
            }
        };
        dto::AuditFact { name, value }
    };
    match serde_json::from_str::<Value>(detail) {
        Ok(Value::Object(facts)) => facts.into_iter().map(|(name, value)| fact(name, value)).collect(),
        // A line that another hand wrote is shown, not hidden.
        Ok(_) | Err(_) => vec![dto::AuditFact { name: "detail".to_owned(), value: detail.to_owned() }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_stand_one_by_one_and_strangers_whole() {
        let pairs = |detail: &str| -> Vec<(String, String)> {
            facts(detail).into_iter().map(|fact| (fact.name, fact.value)).collect()
        };
        let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs("{}"), []);
        assert_eq!(
            pairs(r#"{"epoch":2,"rights":[1],"why":"foreign"}"#),
            [text("epoch", "2"), text("rights", "[1]"), text("why", "foreign")]
        );
        assert_eq!(pairs("not JSON"), [text("detail", "not JSON")]);
    }
}
