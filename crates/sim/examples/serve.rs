//! Runs the simulator as a process of its own, for clients in other languages.
//!
//! `cargo run -p landbridge-sim --example serve -- 127.0.0.1:9180 60` listens on port 9180, sixty times faster than life.

use std::error::Error;

use landbridge_sim::{Simulator, Speed};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments
        .next()
        .unwrap_or_else(|| "127.0.0.1:9180".to_owned())
        .parse()?;
    let factor = arguments
        .next()
        .unwrap_or_else(|| "60".to_owned())
        .parse()?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let builder = Simulator::builder()
                .listen(address)
                .speed(Speed::Scaled(factor));
            let simulator = builder.start().await?;
            println!(
                "simulator at {}, control interface under /_sim/",
                simulator.url()
            );
            std::future::pending::<()>().await;
            Ok(())
        })
}
