//! `landbridge-onboarding`, or `landbridge-onboarding --simulator` to try it without an account. `README.md` has its settings.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::bail;
use landbridge::core::Clock;
use landbridge_onboarding::{Clouds, Service, Settings};
use landbridge_sim::{Simulator, Speed};
use tokio_util::sync::CancellationToken;

/// How much faster than the machine's the simulator's clock goes: a customer takes some seconds.
const SPEED: f64 = 60.0;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let settings = Settings::from_env()?;
    let (_simulator, clouds) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => (None, Clouds::from_env()?),
        ["--simulator"] => {
            let simulator = Simulator::builder()
                .speed(Speed::Scaled(SPEED))
                .start()
                .await?;
            let clock = Arc::new(SimulatedTime(simulator.clone()));
            println!("building the platform on the simulator");
            let clouds = Clouds::simulated(&simulator, clock).await?;
            println!(
                "customers to try: accounts {:?}, role `onboarding`, external ID `try-it`",
                Clouds::SIMULATED_CUSTOMERS
            );
            (Some(simulator), clouds)
        }
        _ => bail!("expected no argument, or `--simulator`"),
    };
    let service = Service::start(settings, clouds).await?;
    println!("listening on {}", service.url());
    stopped().await?.cancelled().await;
    println!("stopping: runs end before their next write");
    service.shut_down().await;
    Ok(())
}

/// A token that SIGINT cancels, and SIGTERM where there is one.
async fn stopped() -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let token = stop.clone();
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::spawn(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
        token.cancel();
    });
    Ok(stop)
}

/// The simulator's time.
#[derive(Debug)]
struct SimulatedTime(Simulator);

#[async_trait::async_trait]
impl Clock for SimulatedTime {
    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn uptime(&self) -> Duration {
        self.0.uptime()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }

    fn chance(&self) -> f64 {
        self.0.chance()
    }
}
