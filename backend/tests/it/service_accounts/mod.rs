//! Service accounts: their tokens, and what they may do.

mod environments;
mod life;
mod tokens;

use std::net::IpAddr;

use backend::Services;
use backend::audit::Actor;
use backend::service_accounts::TokenTerms;
use model::bounded::Bounded;
use model::service_account::{NewServiceToken, ServiceAccountForm};

use crate::common::TestBackend;

/// The address from which programs ask.
const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

fn form(name: &str, role: &str, environments: &[&str]) -> ServiceAccountForm {
    ServiceAccountForm {
        name: name.to_owned(),
        role: role.to_owned(),
        environments: environments
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Bounded<_, 100>>(),
        ..ServiceAccountForm::default()
    }
}

/// Creates a service account from the command line.
async fn add(test: &TestBackend, name: &str, role: &str, environments: &[&str]) -> NewServiceToken {
    let by = Actor::command_line();
    let form = form(name, role, environments);
    let accounts = &test.services.service_accounts;
    accounts.create(&by, &form, &TokenTerms::default()).await.unwrap()
}

/// The actor of a request with this token.
async fn actor(services: &Services, token: &str) -> Option<Actor> {
    services
        .service_accounts
        .authenticate(token, Some(ADDRESS))
        .await
        .unwrap()
}
