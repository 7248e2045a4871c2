pub enum Tide {
    High,
    Low,
    Slack,
}

pub fn level(tide: Tide) -> u32 {
    match tide {
        Tide::High => 3,
        Tide::Low => 1,
    }
}
