//! Permissions of every server function, every route and every screen, for every role and without a session. The tests find
//! them in the tables from which the server is built, and fail if one is missing in the tables here.

mod another_person;
mod functions;
mod revoked;
mod routes;
mod screens;

use backend::audit::Actor;
use backend::service_accounts::TokenTerms;
use model::endpoint_form::EndpointForm;
use model::environment::EnvironmentForm;
use model::list::ListQuery;
use model::role::Role;
use model::service_account::{NewServiceToken, ServiceAccountForm};

use crate::api::TestSubjects;
use crate::common::{Key, TestApp, new_key};

pub use functions::{found as function_paths, request as function_request};
pub use routes::fields as form_fields;
pub use screens::screen_addresses;

/// The people who may use something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowedCaller {
    /// Browsers without a session.
    Anybody,
    /// This role and higher ones.
    AtLeast(Role),
}

impl AllowedCaller {
    fn may(self, role: Role) -> bool {
        match self {
            Self::Anybody => true,
            Self::AtLeast(lowest) => role >= lowest,
        }
    }
}

/// One thing of each kind that can be changed.
pub struct TestObjects {
    pub subjects: TestSubjects,
    environment: String,
    endpoint: String,
    person: String,
    service_token: NewServiceToken,
    /// The last change of the key.
    change: i64,
}

impl TestObjects {
    /// New things, so that earlier changes do not matter. The key belongs to the person who is logged in, if that person may
    /// create keys.
    pub async fn create(app: &TestApp, role: Role, number: usize) -> Self {
        let key = if role >= Role::Developer {
            app.create_own_key("Shop").await
        } else {
            app.create(&new_key(model::endpoint::Grant::All)).await
        };
        Self::create_around_key(app, &key, number).await
    }

    async fn create_around_key(app: &TestApp, key: &Key, number: usize) -> Self {
        let by = Actor::command_line();
        let change = app.services.cluster.last_change().await.unwrap();
        let name = format!("thing-{number}");
        let environment = EnvironmentForm {
            name: name.clone(),
            kind: "test".to_owned(),
        };
        app.services.environments.create(&by, &environment).await.unwrap();
        let environments = app
            .services
            .environments
            .list(&Actor::command_line(), &ListQuery::default())
            .await
            .unwrap()
            .environments;
        let endpoint = EndpointForm {
            name: name.clone(),
            title: name.clone(),
            patterns: format!("GET /{name}"),
        };
        app.services.endpoints.create(&by, &endpoint).await.unwrap();
        let account = ServiceAccountForm {
            name: name.clone(),
            role: "viewer".to_owned(),
            ..ServiceAccountForm::default()
        };
        let accounts = &app.services.service_accounts;
        let service_token = accounts.create(&by, &account, &TokenTerms::default()).await.unwrap();
        Self {
            service_token,
            subjects: TestSubjects::create_named(app, key, &name).await,
            environment: environments.last().unwrap().id.to_string(),
            endpoint: name,
            person: app.somebody().await,
            change,
        }
    }
}
