//! `interlock serve`: the server, until it is told to stop.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use journal::Journal;
use tokio::net::TcpListener;

use crate::app::App;
use crate::checkpoints::{Webhook, publish};
use crate::clock::{self, Clock};
use crate::config::{Config, ServeArgs, WrongSettings};
use crate::control::ControlFile;
use crate::{files, http, logging, routes};

/// Runs the server.
pub async fn run(args: ServeArgs) -> Result<ExitCode> {
    let mut config = Config::resolve(args)?;
    logging::start(&config).context(WrongSettings)?;
    config.connections_max = files::connections_that_fit(config.connections_max);
    let data = config.data.clone();
    let app = App::open(config, Clock::System).await?;
    warn_of_the_clock(&app);
    let listener = TcpListener::bind(&app.config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", app.config.listen))?;
    let local = listener.local_addr()?;
    app.listens_at(local);
    ControlFile {
        listen: local.to_string(),
        token: app.owner.0.clone(),
    }
    .write(&data)?;

    let stopper = std::sync::Arc::clone(&app);
    let asked = stop_signal();
    tokio::spawn(async move {
        asked.await;
        tracing::info!("stopping");
        stopper.stop();
    });

    tokio::spawn(clock::watch(app.clock.clone(), app.stopping()));
    sign_and_publish(&app);

    // Before anyone is told the address: the routes are made together with the document that describes them, which takes
    // milliseconds.
    let router = routes::router(std::sync::Arc::clone(&app));
    // The one line that programs wait for. If nobody reads it, that is no reason not to serve.
    let _ = writeln!(std::io::stdout(), "listening on http://{local}");
    tracing::info!(%local, address = app.address(), data = %data.display(), "listening");

    http::serve(std::sync::Arc::clone(&app), listener, router).await;
    app.close().await;
    ControlFile::remove(&data);
    tracing::info!("stopped; everything that was taken is on disk");
    Ok(ExitCode::SUCCESS)
}

/// Signs what has happened every so often, and sends it where the settings say.
fn sign_and_publish(app: &App) {
    let checkpoints = &app.checkpoints;
    if let Some(every) = app.config.checkpoint_every {
        tokio::spawn(checkpoints.clone().run(every, app.stopping()));
    }
    if let Some(url) = &app.config.checkpoint_webhook {
        let webhook = Webhook::new(url.clone(), app.directory.clone());
        tokio::spawn(publish::run(checkpoints.clone(), webhook, app.stopping()));
    }
}

/// Entries of a later time than the clock's: of a clock that ran ahead, or this one is behind.
fn warn_of_the_clock(app: &App) {
    let newest = app.journal.streams().into_iter().map(|(_, head)| head.at).max();
    if let Some(why) = newest.and_then(|newest| clock::behind(newest, app.clock.now())) {
        tracing::warn!("{why}");
    }
}

/// Ends when the process is asked to stop. The handlers are there when this returns, before anyone knows the address.
#[cfg(unix)]
fn stop_signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).expect("the system takes signal handlers at start");
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate()), listen(SignalKind::interrupt()));
    async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
async fn stop_signal() {
    // An error here means that no signal will ever come: then there is nothing to wait for but the process's end.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
