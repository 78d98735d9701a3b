//! Who hears runs and calls: the log, and OpenTelemetry where it is built in and wanted.

use std::sync::Arc;

use landbridge_core::backend::Tap;
use landbridge_fleet::clouds::CloudEngines;
use landbridge_fleet::{Orders, Watch};

use super::args::TelemetryArgs;
use super::exit::Outcome;
#[cfg(feature = "otel")]
use super::telemetry::Telemetry;
use super::watch::Heard;

#[derive(Debug)]
pub(crate) struct Hearing {
    #[cfg(feature = "otel")]
    telemetry: Option<Telemetry>,
}

// Without the feature there is nothing to hand on.
#[cfg_attr(not(feature = "otel"), allow(clippy::unused_self))]
impl Hearing {
    #[cfg_attr(
        not(feature = "otel"),
        allow(unused_variables, clippy::unnecessary_wraps)
    )]
    pub(crate) fn start(args: &TelemetryArgs) -> Outcome<Self> {
        Ok(Self {
            #[cfg(feature = "otel")]
            telemetry: Telemetry::start(args)?,
        })
    }

    /// What hears the calls to clouds.
    pub(crate) fn tap(&self) -> Option<Arc<dyn Tap>> {
        #[cfg(feature = "otel")]
        return self.telemetry.as_ref().map(Telemetry::tap);
        #[cfg(not(feature = "otel"))]
        None
    }

    /// What hears the runs.
    pub(crate) fn watch(&self) -> Arc<dyn Watch> {
        let heard = Heard::default();
        #[cfg(feature = "otel")]
        let heard = match &self.telemetry {
            Some(telemetry) => heard.and(telemetry.watch()),
            None => heard,
        };
        Arc::new(heard)
    }

    /// Counts how often the clouds asked to slow down.
    #[cfg_attr(not(feature = "otel"), allow(unused_variables))]
    pub(crate) fn count_throttles(&self, engines: &Arc<CloudEngines>) {
        #[cfg(feature = "otel")]
        if let Some(telemetry) = &self.telemetry {
            telemetry.count_throttles(Arc::clone(engines));
        }
    }

    /// Counts how topologies stand.
    #[cfg_attr(not(feature = "otel"), allow(unused_variables))]
    pub(crate) fn count_topologies(&mut self, orders: impl FnOnce() -> Arc<dyn Orders>) {
        #[cfg(feature = "otel")]
        if let Some(telemetry) = &mut self.telemetry {
            telemetry.count_topologies(orders());
        }
    }

    /// Sends what is left, within a few seconds.
    pub(crate) async fn end(self) {
        #[cfg(feature = "otel")]
        if let Some(telemetry) = self.telemetry {
            telemetry.end().await;
        }
    }
}
