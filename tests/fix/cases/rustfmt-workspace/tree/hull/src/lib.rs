pub mod plank;
pub fn planks( n:usize )->Vec<plank::Plank>{ (0..n).map(|i|plank::Plank{ number:i }).collect() }
