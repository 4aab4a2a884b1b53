//! `latchkey service-account`. It follows the rules of the console, and it adds the same audit events as the console.

use std::path::{Path, PathBuf};
use std::time::Duration;

use backend::service_accounts::TokenTerms;
use backend::{Actor, Services, Settings};
use clap::{Args, Subcommand};
use model::address::AllowedAddresses;
use model::bounded::Bounded;
use model::form::FormErrors;
use model::id::ServiceTokenId;
use model::service_account::{NewServiceToken, ServiceAccount, ServiceAccountForm};

use super::output::Output;
use super::{Failure, print, print_columns, store};
use crate::config::{StoreArgs, duration, milliseconds};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a service account and print its first token, which is shown only once
    Create {
        #[command(flatten)]
        store: StoreArgs,
        /// Name of the service account
        #[arg(long)]
        name: String,
        /// Role of the service account: viewer, developer or admin
        #[arg(long)]
        role: String,
        /// Environment to which it is kept; may be repeated [default: all environments]
        #[arg(long)]
        environment: Vec<String>,
        #[command(flatten)]
        token: NewToken,
    },
    /// Add a token to a service account and print it; a service account can have two, so that they can be changed without a gap
    Token {
        #[command(flatten)]
        store: StoreArgs,
        /// Name or ID of the service account
        account: String,
        #[command(flatten)]
        token: NewToken,
    },
    /// End a token: it is refused from now on
    EndToken {
        #[command(flatten)]
        store: StoreArgs,
        /// ID of the token: stk_…
        #[arg(value_parser = token_id, value_name = "TOKEN_ID")]
        id: ServiceTokenId,
    },
    /// Refuse the tokens of a service account until it is enabled again; the keys that it created go on working
    Disable(OneAccount),
    /// Accept the tokens of a disabled service account again
    Enable(OneAccount),
    /// Delete a service account and its tokens; the keys that it created go on working
    Delete(OneAccount),
    /// List the service accounts: ID, role, environments, name, whether it is active or disabled, and the IDs of its tokens
    List {
        #[command(flatten)]
        store: StoreArgs,
    },
}

#[derive(Args, Debug)]
pub(super) struct OneAccount {
    #[command(flatten)]
    store: StoreArgs,
    /// Name or ID of the service account
    account: String,
}

#[derive(Args, Debug)]
pub(super) struct NewToken {
    /// Time after which the token expires, like 365d [default: never]
    #[arg(long, value_parser = duration)]
    expires: Option<Duration>,
    /// Network from which the token may be used, like 203.0.113.0/24; may be repeated [default: any address]
    #[arg(long, value_name = "CIDR")]
    allow_address: Vec<String>,
    /// File to which the token is written instead of standard output; only you can read it, and it must not exist
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl NewToken {
    fn terms(&self, services: &Services) -> Result<TokenTerms, Failure> {
        let addresses = AllowedAddresses::read(&self.allow_address.join("\n"));
        Ok(TokenTerms {
            expires_at: self.expires.map(|expires| services.now().plus(milliseconds(expires))),
            addresses: addresses.map_err(Failure)?,
        })
    }
}

pub(super) async fn run(command: Command) -> Result<(), Failure> {
    let actor = Actor::command_line();
    match command {
        Command::Create {
            store,
            name,
            role,
            environment,
            token,
        } => {
            let (services, _) = store::open(&store, Settings::default()).await?;
            let environments =
                Bounded::try_from(environment).map_err(|message: String| FormErrors::at("environments", message))?;
            let form = ServiceAccountForm {
                name,
                role,
                environments,
                ..ServiceAccountForm::default()
            };
            let terms = token.terms(&services)?;
            // The output is opened first, since a token that cannot be written would be lost.
            let output = Output::open(token.output.as_deref())?;
            let new = services.service_accounts.create(&actor, &form, &terms).await?;
            write_token(output, &new, token.output.as_deref())?;
            Ok(services.close().await?)
        }
        Command::Token { store, account, token } => {
            let (services, _) = store::open(&store, Settings::default()).await?;
            let id = services.service_accounts.find_called(&actor, &account).await?;
            let terms = token.terms(&services)?;
            let output = Output::open(token.output.as_deref())?;
            let new = services.service_accounts.add_token(&actor, &id, &terms).await?;
            write_token(output, &new, token.output.as_deref())?;
            Ok(services.close().await?)
        }
        Command::EndToken { store, id } => {
            let (services, _) = store::open(&store, Settings::default()).await?;
            services.service_accounts.end_token(&actor, &id).await?;
            print(&format!("ended {id}"))?;
            Ok(services.close().await?)
        }
        Command::Disable(one) => one.change(Change::Disable).await,
        Command::Enable(one) => one.change(Change::Enable).await,
        Command::Delete(one) => one.change(Change::Delete).await,
        Command::List { store } => {
            let (services, _) = store::open(&store, Settings::default()).await?;
            for account in services.service_accounts.list_all(&actor).await? {
                print_account(&account)?;
            }
            Ok(services.close().await?)
        }
    }
}

/// A change to one service account.
#[derive(Clone, Copy)]
enum Change {
    Disable,
    Enable,
    Delete,
}

impl OneAccount {
    async fn change(self, change: Change) -> Result<(), Failure> {
        let actor = Actor::command_line();
        let (services, _) = store::open(&self.store, Settings::default()).await?;
        let accounts = &services.service_accounts;
        let id = accounts.find_called(&actor, &self.account).await?;
        let done = match change {
            Change::Disable => {
                accounts.disable(&actor, &id).await?;
                "disabled"
            }
            Change::Enable => {
                accounts.enable(&actor, &id).await?;
                "enabled"
            }
            Change::Delete => {
                accounts.delete(&actor, &id).await?;
                "deleted"
            }
        };
        print(&format!("{done} {id}"))?;
        Ok(services.close().await?)
    }
}

fn write_token(mut output: Output, new: &NewServiceToken, file: Option<&Path>) -> Result<(), Failure> {
    output.write_token(&new.token)?;
    output.finish()?;
    let shown = if file.is_some() {
        ""
    } else {
        " The token is shown only once."
    };
    eprintln!(
        "Service account {} ({}), token {}.{shown}",
        new.name, new.account, new.id
    );
    Ok(())
}

fn print_account(account: &ServiceAccount) -> Result<(), Failure> {
    let state = if account.disabled_at.is_some() {
        "disabled"
    } else {
        "active"
    };
    let environments = account
        .environments
        .as_ref()
        .map_or_else(|| "all".to_owned(), |names| names.join(","));
    let tokens: Vec<&str> = account.tokens.iter().map(|token| token.id.as_str()).collect();
    print_columns(&[
        account.id.as_str(),
        account.role.as_str(),
        &environments,
        &account.name,
        state,
        &tokens.join(","),
    ])
}

fn token_id(text: &str) -> Result<ServiceTokenId, String> {
    ServiceTokenId::parse(text)
        .ok_or_else(|| format!("a token ID is {} and ten letters or digits", ServiceTokenId::PREFIX))
}
