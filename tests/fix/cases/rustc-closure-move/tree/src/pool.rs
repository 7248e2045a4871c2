use std::thread;

pub fn spawn_sum(values: Vec<i64>) -> thread::JoinHandle<i64> {
    thread::spawn(|| values.iter().sum())
}
