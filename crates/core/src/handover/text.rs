//! The document for people, as Markdown.

use std::fmt::{self, Write};

use super::act::Act;
use super::document::{HandOver, Part, Purpose};
use crate::object::rules::list;

impl fmt::Display for HandOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_markdown())
    }
}

impl HandOver {
    /// The document as Markdown.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> fmt::Result {
        let Self { cloud, account, .. } = self;
        let asked_by = list(&self.asked_by);
        writeln!(text, "# For the owner of {cloud} account {account}\n")?;
        match self.purpose {
            Purpose::Join => writeln!(
                text,
                "The owner of account {asked_by} asks you to join networks. Nothing reaches your network before you have \
                 done this, and what reaches it then is still up to your security groups and network ACLs.\n"
            )?,
            Purpose::Leave => writeln!(
                text,
                "The owner of account {asked_by} takes back what joined these networks. What you made for it stays until \
                 you take it away.\n"
            )?,
        }
        self.why(text)?;
        writeln!(text, "## What to do\n")?;
        for (index, part) in self.parts.iter().enumerate() {
            self.part(text, index + 1, part)?;
        }
        self.permissions(text)?;
        self.after(text)
    }

    fn why(&self, text: &mut String) -> fmt::Result {
        writeln!(text, "## Who and why\n")?;
        for interconnect in &self.view.interconnects {
            writeln!(
                text,
                "- Interconnect `{}` of topology `{}`: {} reach each other.",
                interconnect.name,
                self.view.name,
                list(&interconnect.members)
            )?;
        }
        for edge in &self.view.edges {
            writeln!(
                text,
                "- Edge `{}` of topology `{}`: {} reach what is behind private lines.",
                edge.name,
                self.view.name,
                list(&edge.members)
            )?;
        }
        writeln!(text, "\n| network | ID | account | region | CIDR blocks |")?;
        writeln!(text, "| --- | --- | --- | --- | --- |")?;
        for network in &self.view.networks {
            let id = network.id.as_ref().map_or("", |id| id.as_str());
            let account = self.view.account(&network.account);
            let account = account.map_or("", |account| account.id.as_str());
            let ranges = self.ranges.get(&network.name);
            let ranges = list(ranges.into_iter().flatten());
            let (name, region) = (&network.name, &network.region);
            writeln!(text, "| {name} | {id} | {account} | {region} | {ranges} |")?;
        }
        writeln!(text)
    }

    fn part(&self, text: &mut String, number: usize, part: &Part) -> fmt::Result {
        let how = &part.how_to;
        writeln!(text, "### {number}. {}\n", part.act)?;
        if !how.check.is_empty() {
            writeln!(text, "Before: {}\n", how.check)?;
        }
        if !how.commands.is_empty() {
            writeln!(text, "```sh\n{}\n```\n", how.commands.join("\n"))?;
        }
        if !how.console.is_empty() {
            writeln!(text, "In the console: {}\n", how.console)?;
        }
        writeln!(text, "How it is seen: {}\n", seen_by(&part.act))
    }

    fn permissions(&self, text: &mut String) -> fmt::Result {
        if self.policy.is_null() {
            return Ok(());
        }
        writeln!(
            text,
            "## The permissions that this needs\n\n```json\n{:#}\n```\n",
            self.policy
        )
    }

    fn after(&self, text: &mut String) -> fmt::Result {
        if self.purpose == Purpose::Join {
            writeln!(
                text,
                "## Instead of the commands\n\n`landbridge accept FILE.json --account ACCOUNT` shows and does only this, \
                 after it has compared the IDs, accounts and CIDR blocks of the document with the cloud.\n"
            )?;
        }
        if self.more_to_come {
            writeln!(
                text,
                "There is one more thing to do when the asker has answered this: a second document will come with its IDs.\n"
            )?;
        }
        writeln!(text, "Digest: `{}`", self.digest)
    }
}

fn seen_by(act: &Act) -> &'static str {
    match act {
        Act::RequestPeering { .. } => {
            "the request shows in the asker's account; the asker then accepts it."
        }
        Act::AcceptPeering { .. } => "the peering becomes active on both sides.",
        Act::Grant { .. } => "the owner of the hub sees the grant, and then attaches the network.",
        Act::Attach { .. } => "tell the asker the ID of the attachment.",
        Act::AddRoute { .. } | Act::RemoveRoute { .. } => {
            "the asker cannot see your route tables: pings show it."
        }
        Act::DeletePeering { .. } => "the peering disappears on both sides.",
        Act::Revoke { .. } => "the owner of the hub no longer sees the grant.",
    }
}
