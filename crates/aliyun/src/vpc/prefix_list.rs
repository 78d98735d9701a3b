//! Prefix lists that routes name: other objects than those that rules of security groups name.

use ipnet::IpNet;
use landbridge_core::{PrefixListId, Region, Result};

use crate::document::Doc;
use crate::paging::{Listing, TOKENED};
use crate::request::{Product, Request, in_region};

/// `GetVpcPrefixListEntries`.
pub(crate) fn prefix_list_entries(region: &Region, id: &PrefixListId) -> Listing {
    let params = in_region(region).with("PrefixListId", id);
    let request = Request::new(Product::Vpc, "GetVpcPrefixListEntries", params);
    Listing::new(request, TOKENED, &["PrefixListEntry"])
}

/// An entry of `GetVpcPrefixListEntries`.
pub(crate) fn read_prefix_list_entry(doc: Doc<'_>) -> Result<IpNet> {
    doc.range("Cidr")
}
