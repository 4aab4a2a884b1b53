//! `latchkey user`. It also helps when nobody can log in to the console.

use std::io::{self, BufRead, IsTerminal};

use backend::Settings;
use backend::accounts::NewUser;
use backend::audit::Actor;
use clap::Subcommand;
use model::people::Person;
use model::role::Role;
use secrecy::SecretString;

use super::{Failure, print, print_columns, store};
use crate::config::{AddressArgs, StoreArgs};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a person; the password is read from standard input
    Add {
        #[command(flatten)]
        store: StoreArgs,
        /// E-mail address by which the person logs in
        #[arg(long)]
        email: String,
        /// Name of the person on screens
        #[arg(long)]
        name: Option<String>,
        /// Role of the person: viewer, developer, admin or owner
        #[arg(long, value_parser = parse_role)]
        role: Role,
    },
    /// Print a one-time link by which a person chooses a new password
    Reset {
        #[command(flatten)]
        store: StoreArgs,
        #[command(flatten)]
        address: AddressArgs,
        /// E-mail address of the person
        #[arg(long)]
        email: String,
        /// Also remove the person's second factor, so that no code is asked for
        #[arg(long)]
        remove_second_factor: bool,
    },
    /// List all people: ID, role, e-mail address, name, and whether the person is active or disabled
    List {
        #[command(flatten)]
        store: StoreArgs,
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
            let new = NewUser::new(&email, name.as_deref(), role)?;
            let password = read_password()?;
            let (services, _) = store::open(&store, Settings::default()).await?;
            let email = new.email.clone();
            services.accounts.create(&Actor::command_line(), new, password).await?;
            print(&format!("added {email} as {}", role.as_str()))?;
            Ok(services.close().await?)
        }
        Command::Reset {
            store,
            address,
            email,
            remove_second_factor,
        } => {
            let (services, _) = store::open(&store, Settings::default()).await?;
            let id = services.accounts.find_by_email(&Actor::command_line(), &email).await?;
            if remove_second_factor {
                match services.accounts.reset_second_factor(&Actor::command_line(), &id).await {
                    // The person has no second factor. The link is still needed.
                    Err(error @ backend::Error::Conflict(_)) => eprintln!("{error}"),
                    outcome => outcome?,
                }
            }
            let link = services
                .accounts
                .issue_reset_link(&Actor::command_line(), &id, &address.base_url(None))
                .await?;
            print(&link.url)?;
            eprintln!("The link works once, until {}.", link.expires_at.exact());
            Ok(services.close().await?)
        }
        Command::List { store } => {
            let (services, _) = store::open(&store, Settings::default()).await?;
            for person in services.accounts.list_all(&Actor::command_line()).await? {
                print_person(&person)?;
            }
            Ok(services.close().await?)
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

fn parse_role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "choose viewer, developer, admin or owner".to_owned())
}

/// Reads one line of standard input. A terminal does not show what is typed.
fn read_password() -> Result<SecretString, Failure> {
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
