//! stub
use super::transaction::Transaction;
/// stub
pub fn narrow(_: &Transaction, now: &Transaction) -> Result<Transaction, String> {
    Ok(now.clone())
}
