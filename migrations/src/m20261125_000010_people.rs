//! Browser and address of sessions, invitations, and the second factor.

use sea_orm_migration::prelude::*;

use crate::dialect::execute;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Times are Unix milliseconds.
const STATEMENTS: [&str; 14] = [
    "ALTER TABLE sessions ADD COLUMN user_agent varchar NOT NULL DEFAULT ''",
    "ALTER TABLE sessions ADD COLUMN address varchar NOT NULL DEFAULT ''",
    // For invitations: the invited address, the role, the inviting person, and the time.
    "ALTER TABLE one_time_links ADD COLUMN email varchar",
    "ALTER TABLE one_time_links ADD COLUMN role varchar",
    "ALTER TABLE one_time_links ADD COLUMN created_by varchar REFERENCES users (id) ON DELETE CASCADE",
    "ALTER TABLE one_time_links ADD COLUMN created_at bigint NOT NULL DEFAULT 0",
    "ALTER TABLE users ADD COLUMN last_login_at bigint",
    // The second factor (RFC 6238), sealed under the master key: the present one, and one that is being set up.
    "ALTER TABLE users ADD COLUMN totp_sealed blob",
    "ALTER TABLE users ADD COLUMN totp_since bigint",
    "ALTER TABLE users ADD COLUMN totp_pending blob",
    "ALTER TABLE users ADD COLUMN totp_pending_at bigint",
    // The last time step whose code was accepted, so that no code is accepted twice.
    "ALTER TABLE users ADD COLUMN totp_step bigint NOT NULL DEFAULT 0",
    "CREATE TABLE recovery_codes (
        code_hash blob NOT NULL PRIMARY KEY,
        user_id varchar NOT NULL REFERENCES users (id) ON DELETE CASCADE
    )",
    "CREATE INDEX recovery_codes_user ON recovery_codes (user_id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &STATEMENTS).await
    }
}
