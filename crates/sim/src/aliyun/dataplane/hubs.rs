//! Over transit routers, from attachment to attachment.

use std::net::IpAddr;

use super::{Hop, Walk};
use crate::aliyun::cbn::{Attachment, Link, Standing, associated_table, lookup};
use crate::verdict::{Lost, lost};

/// Routers pass a packet on at most this often.
const TIME_TO_LIVE: usize = 16;

impl<'a> Walk<'a> {
    /// From a VPC over its attachment through transit routers to another VPC.
    pub(super) fn enter_hub(
        &mut self,
        attachment: &str,
        destination: IpAddr,
    ) -> Result<String, Lost> {
        let mut attachment = self.attachment(attachment)?;
        let mut router = attachment.router.as_str();
        self.hops.push(Hop::new("attachment", &attachment.base.id));
        for _ in 0..TIME_TO_LIVE {
            attachment = self.pass_router(attachment, router, destination)?;
            match &attachment.link {
                Link::Vpc { vpc, .. } => {
                    self.hops.push(Hop::new("attachment", &attachment.base.id));
                    return self.leave_hub(vpc, destination);
                }
                Link::Peer { .. } => {
                    self.hops.push(Hop::new("peer", &attachment.base.id));
                    router = attachment.other_router(router).unwrap_or_default();
                }
            }
        }
        lost(router, "the packet went in circles")
    }

    fn attachment(&self, id: &str) -> Result<&'a Attachment, Lost> {
        match self.state.cbn.attachments.get(id) {
            Some(attachment) if attachment.carries(self.now) => Ok(attachment),
            Some(_) => lost(id, "the attachment is not attached"),
            None => lost(id, "the attachment does not exist (black hole)"),
        }
    }

    /// What a router does with a packet that came in over an attachment.
    fn pass_router(
        &mut self,
        came: &Attachment,
        router: &str,
        destination: IpAddr,
    ) -> Result<&'a Attachment, Lost> {
        let Some(table) = associated_table(self.state, &came.base.id, router, self.now) else {
            return lost(
                &came.base.id,
                format!("the attachment is not associated with a route table of {router}"),
            );
        };
        self.hops
            .push(Hop::new("transit-router", router).with_table(&table));
        match lookup(self.state, &table, destination, self.now) {
            None => lost(
                &table,
                format!("no route to {destination} in the transit router's table"),
            ),
            Some(route) if route.standing == Standing::Creating => lost(
                &table,
                format!("the route to {} is still being created", route.destination),
            ),
            Some(route) => match route.hop {
                None => lost(&table, format!("{} is a black hole", route.destination)),
                Some(hop) if hop == came.base.id => {
                    lost(&table, "the route leads back where the packet came from")
                }
                Some(hop) => self.attachment(&hop),
            },
        }
    }

    /// The VPC takes the packet if one of its vSwitches has the address.
    pub(super) fn leave_hub(&mut self, vpc: &str, destination: IpAddr) -> Result<String, Lost> {
        let mut vswitches = self
            .state
            .vpc
            .vswitches
            .iter()
            .filter(|vswitch| vswitch.vpc == vpc);
        match vswitches.find(|vswitch| vswitch.contains(destination)) {
            Some(vswitch) => {
                self.hops.push(Hop::new("vswitch", &vswitch.base.id));
                Ok(vpc.to_owned())
            }
            None => lost(
                format!("vpc {vpc}"),
                format!("no vSwitch has {destination}"),
            ),
        }
    }
}
