//! `/manage/v1`: environments, endpoints, bias profiles, people, service accounts, the audit log, nodes, changes.

mod status_200;
mod status_201;
mod status_409;
mod status_412;
mod status_503;
