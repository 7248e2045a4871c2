//! A plain HTTP client, for requests as they come.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// Posts a body; the answer's status and text.
pub async fn post(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> (u16, String) {
    let mut request = http::Request::post(format!("http://{address}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request.body(Full::new(Bytes::from(body))).unwrap()).await
}

pub async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let request = http::Request::get(format!("http://{address}{path}"));
    send(request.body(Full::default()).unwrap()).await
}

async fn send(request: http::Request<Full<Bytes>>) -> (u16, String) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await.expect("the server answers");
    let status = answer.status().as_u16();
    let body = answer
        .into_body()
        .collect()
        .await
        .expect("the answer ends")
        .to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}
