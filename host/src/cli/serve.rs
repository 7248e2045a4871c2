//! `sentinel serve --config sentinel.toml`

use std::future::Future;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::info;

use super::render::line;
use super::{Place, compose};
use crate::config::Config;
use crate::forge::github::GitHub;
use crate::http::{Intake, listen, router};
use crate::pipeline::{Pipeline, close_abandoned, poll, recover, schedule, work};
use crate::store::{ServerLock, Store};

#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    place: Place,
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let (config, directory) = options.place.load()?;
    let lock = ServerLock::take(&directory)?;
    let store = compose::store(&directory).await?;
    let server = Server::start(&config, store, &directory, &lock).await?;
    line(&format!("listening on http://{}", server.address()));
    server.until(stop_signal()).await?;
    Ok(ExitCode::SUCCESS)
}

/// SIGINT or SIGTERM.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// A running server: routes, workers, and who asks GitHub.
pub(super) struct Server {
    listener: TcpListener,
    intake: Arc<Intake>,
    pipeline: Arc<Pipeline>,
    workers: usize,
    github: Option<(Arc<GitHub>, crate::config::GitHub)>,
}

impl Server {
    /// Binds, loads the agents, and takes back what a server that died was
    /// working on.
    pub async fn start(
        config: &Config,
        store: Store,
        directory: &Path,
        lock: &ServerLock,
    ) -> anyhow::Result<Server> {
        let listen = config.server.listen;
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen} (server.listen)"))?;
        let intake = Arc::new(compose::intake(config, store.clone())?);
        let agents = Arc::new(compose::serving(config, &store, directory).await?);
        agents
            .warm()
            .await
            .context("an embedded agent does not load")?;
        let composed = compose::pipeline(config, store.clone(), agents)?;
        let released = store.take_over(lock).await?;
        schedule(&composed.pipeline).await?;
        close_abandoned(&store, lock, compose::now()).await?;
        if released > 0 {
            info!(
                released,
                "stages of a server that stopped are taken up again"
            );
        }
        let github = composed.github.zip(config.github.clone());
        Ok(Server {
            listener,
            intake,
            pipeline: Arc::new(composed.pipeline),
            workers: config.server.workers,
            github,
        })
    }

    pub fn address(&self) -> String {
        self.listener
            .local_addr()
            .map_or_else(|_| "?".into(), |address| address.to_string())
    }

    /// Serves until `stop` resolves, then lets stages under way finish.
    pub async fn until(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let (stopping, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for _ in 0..self.workers {
            tasks.spawn(work(self.pipeline.clone(), wait(stopped.clone())));
        }
        if let Some((github, settings)) = self.github {
            ask_github(&mut tasks, &self.pipeline, &github, &settings, &stopped);
        }
        let serve = listen(self.listener, router(self.intake), wait(stopped));
        let stop = async {
            stop.await;
            // Nobody listens any more only when all have stopped.
            let _ = stopping.send(true);
        };
        tokio::join!(serve, stop);
        while tasks.join_next().await.is_some() {}
        Ok(())
    }
}

/// What is asked of GitHub beside what it tells: failed runs where no webhook
/// can come in, and deliveries that did not arrive.
fn ask_github(
    tasks: &mut JoinSet<()>,
    pipeline: &Arc<Pipeline>,
    github: &Arc<GitHub>,
    settings: &crate::config::GitHub,
    stopped: &watch::Receiver<bool>,
) {
    if !settings.poll.is_empty() {
        tasks.spawn(poll(
            pipeline.clone(),
            github.clone(),
            settings.poll.clone(),
            settings.poll_interval(),
            wait(stopped.clone()),
        ));
    }
    if let Some(every) = settings.recover_interval() {
        tasks.spawn(recover(
            pipeline.clone(),
            github.clone(),
            settings.poll.clone(),
            every,
            wait(stopped.clone()),
        ));
    }
}

async fn wait(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
