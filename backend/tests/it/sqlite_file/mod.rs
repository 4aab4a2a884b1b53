//! The files of a SQLite database. These tests run on SQLite only, since there is no such file on PostgreSQL.

mod full_disk;
mod old_versions;
mod restore;
