use crate::account::Acount;

pub fn total(accounts: &[Acount]) -> i64 {
    accounts.iter().map(|a| a.cents).sum()
}
