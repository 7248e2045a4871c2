use crate::account::Account;

pub fn total(accounts: &[Account]) -> i64 {
    accounts.iter().map(|a| a.cents).sum()
}
