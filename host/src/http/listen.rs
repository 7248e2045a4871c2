//! Connections: how many, how slow, and how they end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing::{debug, warn};

/// Connections at one time; more wait in the kernel's queue. Each costs a file
/// descriptor, of which a process commonly has 1,024.
const MAX_CONNECTIONS: usize = 512;

/// A sender that has not sent its headers by then has none. The same time is
/// granted between two requests of one connection.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);

/// How long requests under way may take once the server is told to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// How long accepting rests after an error (no file descriptors left).
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Serves until `stop` resolves. Not `axum::serve`, which has no time-out for
/// headers and waits for idle connections for ever when it is told to stop.
pub async fn listen(listener: TcpListener, routes: Router, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let place = tokio::select! {
            () = &mut stop => break,
            place = places.clone().acquire_owned() => place,
        };
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let routes = routes.clone();
                connections.spawn(async move {
                    serve(stream, routes).await;
                    drop(place);
                });
            }
            Err(error) => {
                warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
            }
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    // Whoever is still there is idle or too slow; dropping the set ends them.
    let _ = tokio::time::timeout(STOP_TIMEOUT, all).await;
}

async fn serve(stream: TcpStream, routes: Router) {
    let served = Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes))
        .await;
    if let Err(error) = served {
        debug!(%error, "a connection ended early");
    }
}
