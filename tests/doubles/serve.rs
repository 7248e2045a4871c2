//! A double's server: a thread and a runtime of its own, so that a test may
//! block.

use axum::Router;
use tokio::sync::oneshot;

/// Ends the server when it is dropped.
pub struct Serving {
    pub url: String,
    _stop: oneshot::Sender<()>,
}

pub fn serve(app: Router) -> Serving {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a socket");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (stop, stopped) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            tokio::select! {
                _ = axum::serve(listener, app).into_future() => {}
                _ = stopped => {}
            }
        });
        runtime.shutdown_background();
    });
    Serving { url, _stop: stop }
}
