//! Which route tables of a network get routes.

use super::found::Found;
use crate::object::ObjectKey;
use crate::topology::{Network, RouteTables, TableName};
use crate::traits::{RouteTableRecord, TableRole};

/// The route tables that a network's entry in the topology chooses.
#[derive(Debug, Default)]
pub(crate) struct Tables<'a> {
    /// Those that get routes.
    pub(crate) chosen: Vec<&'a RouteTableRecord>,
    /// Names in the topology that stand for none.
    pub(crate) unknown: Vec<&'a TableName>,
}

/// The tables that get routes, as far as the network exists.
pub(crate) fn tables_of<'a>(network: &'a Network, found: &'a Found) -> Tables<'a> {
    let at = found.networks.get(&ObjectKey::network(&network.name));
    let there = at.and_then(|at| found.tables.get(&at.record.id));
    let there = || there.into_iter().flatten().filter(|table| !table.gateway);
    let those = |test: &dyn Fn(&RouteTableRecord) -> bool| Tables {
        chosen: there().filter(|table| test(table)).collect(),
        unknown: Vec::new(),
    };
    match &network.route_tables {
        RouteTables::InUse => those(&RouteTableRecord::in_use),
        RouteTables::All => those(&|_| true),
        RouteTables::Main => those(&|table| table.role == TableRole::Main),
        RouteTables::Listed(names) => Tables {
            chosen: there()
                .filter(|table| names.iter().any(|name| stands_for(name, table)))
                .collect(),
            unknown: (names.iter())
                .filter(|name| at.is_some() && !there().any(|table| stands_for(name, table)))
                .collect(),
        },
    }
}

fn stands_for(name: &TableName, table: &RouteTableRecord) -> bool {
    match name {
        TableName::Id(id) => table.id == *id,
        TableName::Tag { key, value } => table.tags.get(key) == Some(value),
    }
}
