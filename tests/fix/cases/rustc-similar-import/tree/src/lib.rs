pub mod account;
pub mod report;
