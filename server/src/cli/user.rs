//! `latchkey user`: the way in when nobody can log in.

use std::io::{self, BufRead, IsTerminal};

use backend::Settings;
use backend::accounts::{LinkError, NewUser};
use backend::audit::Actor;
use clap::Subcommand;
use model::people::Person;
use model::role::Role;
use secrecy::SecretString;

use super::{Failure, print, print_columns, store};
use crate::config::{Address, Store};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a person; the password is read from standard input
    Add {
        #[command(flatten)]
        store: Store,
        #[arg(long)]
        email: String,
        /// How the person is called on screens
        #[arg(long)]
        name: Option<String>,
        /// viewer, developer, admin or owner
        #[arg(long, value_parser = role)]
        role: Role,
    },
    /// Print a one-time link with which a person chooses a new password
    Reset {
        #[command(flatten)]
        store: Store,
        #[command(flatten)]
        address: Address,
        #[arg(long)]
        email: String,
        /// Also let the person in without a code from now on
        #[arg(long)]
        remove_second_factor: bool,
    },
    /// Print everybody who may log in: ID, role, e-mail address, name, and whether they are active or disabled
    List {
        #[command(flatten)]
        store: Store,
    },
}

pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Add {
            store,
            email,
            name,
            role,
        } => {
            let new = NewUser::new(&email, name.as_deref(), role).map_err(|error| sentence(&error))?;
            let password = password()?;
            let (backend, _) = store::open(&store, Settings::default()).await?;
            let email = new.email.clone();
            backend
                .add_user(&Actor::command_line(), new, password)
                .await
                .map_err(|error| sentence(&error))?;
            print(&format!("added {email} as {}", role.as_str()))?;
            Ok(backend.close().await?)
        }
        Command::Reset {
            store,
            address,
            email,
            remove_second_factor,
        } => {
            let (backend, _) = store::open(&store, Settings::default()).await?;
            let id = backend.user_with_email(&email).await?;
            if remove_second_factor {
                match backend.remove_second_factor_of(&Actor::command_line(), &id).await {
                    // There is none. The link is what is needed.
                    Err(backend::Error::Refused(sentence)) => eprintln!("{sentence}"),
                    outcome => outcome?,
                }
            }
            let link = backend
                .issue_reset_link(&Actor::command_line(), &id, &address.base(None))
                .await?;
            print(&link.url)?;
            eprintln!("Works once, until {}.", link.expires_at.exact());
            Ok(backend.close().await?)
        }
        Command::List { store } => {
            let (backend, _) = store::open(&store, Settings::default()).await?;
            for person in backend.everybody().await? {
                print_person(&person)?;
            }
            Ok(backend.close().await?)
        }
    }
}

fn print_person(person: &Person) -> Result<(), Failure> {
    let state = if person.disabled_at.is_some() {
        "disabled"
    } else {
        "active"
    };
    print_columns(&[
        person.id.as_str(),
        person.role.as_str(),
        &person.email,
        &person.name,
        state,
    ])
}

fn sentence(error: &LinkError) -> Failure {
    Failure(error.to_string())
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "choose viewer, developer, admin or owner".to_owned())
}

/// One line of standard input; typed unseen when a person types it.
fn password() -> Result<SecretString, Failure> {
    let unreadable = |error: io::Error| Failure(format!("cannot read the password from standard input: {error}"));
    if io::stdin().is_terminal() {
        return rpassword::prompt_password("Password: ")
            .map(SecretString::from)
            .map_err(unreadable);
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(unreadable)?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n']).to_owned()))
}
