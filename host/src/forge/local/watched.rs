//! A change's record as it stands, and what is done to it.

use super::git::Git;
use super::{RECORDS, Record, observed, recorded, resolve, write_record};
use crate::change::{ChangeEdit, ChangeState, IGNORE_LABEL, Standing};
use crate::forge::{ForgeError, Result};
use crate::ids::Branch;

pub(super) async fn standing(git: &Git, branch: &Branch) -> Result<Standing> {
    let (record, _) = known(git, branch).await?;
    let state = match record.state {
        ChangeState::Open => observed(git, &record).await?,
        state => state,
    };
    Ok(Standing {
        state,
        ignored: record.labels.iter().any(|label| label == IGNORE_LABEL),
        draft: record.draft,
        head: resolve(git, &format!("refs/heads/{branch}")).await?,
        // Who merges here merges our commit itself.
        landed: (state == ChangeState::Merged).then_some(record.commit),
        // Said by the files alone: git's own merge runs drivers that the
        // repository names.
        applies: None,
    })
}

pub(super) async fn set(git: &Git, branch: &Branch, edit: &ChangeEdit) -> Result<()> {
    let (mut record, blob) = known(git, branch).await?;
    let state = match record.state {
        ChangeState::Open => observed(git, &record).await?,
        state => state,
    };
    if state != ChangeState::Open {
        return Ok(());
    }
    match edit {
        ChangeEdit::ReadyForReview { .. } if !record.draft => return Ok(()),
        ChangeEdit::ReadyForReview { remark } => {
            record.draft = false;
            record.remarks.push(remark.text.clone());
        }
        ChangeEdit::Close { remark } => {
            record.state = ChangeState::Closed;
            record.remarks.push(remark.text.clone());
        }
    }
    let name = format!("{RECORDS}{branch}");
    write_record(git, &name, &record, blob.as_str()).await
}

async fn known(git: &Git, branch: &Branch) -> Result<(Record, crate::ids::ObjectId)> {
    recorded(git, branch)
        .await?
        .ok_or_else(|| ForgeError::NotFound {
            what: format!("the record of {branch}"),
        })
}
