//! Remembers which renderings of a form have made a key or a token, so that sending one again makes no second one.

use model::form::FormErrors;
use model::id::KeyId;
use model::time::DAY;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};

use crate::error::Result;
use crate::store::column::Stored;
use crate::store::entities::form_receipt;
use crate::store::mutation::Mutation;

/// How long a sent form is remembered, in milliseconds.
const RECEIPT_KEPT: i64 = DAY;
/// The longest form identifier that is accepted.
const FORM_ID_MAX: usize = 64;

/// Refuses an identifier that is longer than those that forms get.
pub(super) fn check_form_id(form_id: &str) -> Result<(), FormErrors> {
    if form_id.len() > FORM_ID_MAX {
        return Err(FormErrors::whole(
            "This form did not come from this page. Reload it and try again.",
        ));
    }
    Ok(())
}

/// What was made when this rendering of the form was sent before.
pub(super) async fn find_form_receipt(mutation: &Mutation<'_>, form_id: &str) -> Result<Option<form_receipt::Model>> {
    if form_id.is_empty() {
        return Ok(None);
    }
    Ok(form_receipt::Entity::find_by_id(form_id)
        .one(&mutation.transaction)
        .await?)
}

/// Remembers that this rendering of the form has made something for a key. Receipts that are too old go.
pub(super) async fn insert_form_receipt(mutation: &Mutation<'_>, form_id: &str, id: &KeyId, name: &str) -> Result<()> {
    if form_id.is_empty() {
        return Ok(());
    }
    form_receipt::Entity::delete_many()
        .filter(form_receipt::COLUMN.at.lt(mutation.now.plus(-RECEIPT_KEPT).0))
        .exec(&mutation.transaction)
        .await?;
    let receipt = form_receipt::ActiveModel {
        form_id: Set(form_id.to_owned()),
        key_id: Set(id.into()),
        key_name: Set(name.to_owned()),
        at: Set(Stored(mutation.now)),
    };
    receipt.insert(&mutation.transaction).await?;
    Ok(())
}
