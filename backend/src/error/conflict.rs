//! Changes that do not fit the present state.

use model::key_list::Matching;
use model::life::NotAllowed;
use model::number::grouped;
use model::role::Role;

/// Why a change does not fit the present state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// The key's status does not allow the step, or the new end date has passed.
    #[error("{}", step(name, *why))]
    KeyStep { name: String, why: NotAllowed },
    #[error("There is no environment {0:?}.")]
    NoEnvironmentNamed(String),
    #[error("“{0}” is the last environment that is shown. Show another one first.")]
    LastShownEnvironment(String),
    #[error("{}", profile_in_use(name, names, *keys))]
    ProfileInUse {
        name: String,
        /// The names of some of the keys that use it.
        names: Vec<String>,
        /// The number of keys that use it.
        keys: u64,
    },
    #[error("{}", customer_has_keys(name, names, *keys))]
    CustomerHasKeys {
        name: String,
        /// The names of some of its keys.
        names: Vec<String>,
        keys: Matching,
    },
    #[error("“{0}” is the only owner who can log in. Make somebody else an owner first.")]
    LastOwner(String),
    #[error("“{0}” is disabled. Enable them first.")]
    UserDisabled(String),
    #[error("“{0}” has them already.")]
    SameNewOwner(String),
    #[error("“{0}” is disabled. Choose somebody else.")]
    NewOwnerDisabled(String),
    #[error("“{name}” is a {} and cannot have keys. Choose somebody else.", role.title())]
    NewOwnerRole { name: String, role: Role },
    #[error("“{0}” has two tokens already. End one of them first.")]
    TooManyServiceTokens(String),
    #[error("“{0}” is disabled. Enable it first.")]
    ServiceAccountDisabled(String),
    #[error("What this service account may do was changed meanwhile. Send the request again.")]
    ServiceAccountChanged,
    #[error("Your password was changed meanwhile. Log in again.")]
    PasswordChanged,
    #[error("Your session has ended. Log in again.")]
    SessionEnded,
    #[error("Too many attempts. Try again in {seconds} s.")]
    TooManyAttempts { seconds: i64 },
    #[error("Logging in asks for a code already. Remove the second factor to set up another.")]
    SecondFactorExists,
    #[error("This took more than 15 minutes. Start again with a new QR code.")]
    SecondFactorSetupExpired,
    #[error("There is no second factor.")]
    NoSecondFactor,
    #[error("Change {0} is not in force everywhere yet. Its receipt can be had as soon as it is.")]
    ReceiptTooEarly(i64),
    /// The change is older than receipts, or what the nodes reported about it was removed.
    #[error("Change {0} has no receipt: it is too old, and the records of when the nodes applied it are gone.")]
    ReceiptTooLate(i64),
    #[error(
        "The master key was changed while this node was running. Restart it with the new one; until then nothing can be \
         changed here."
    )]
    MasterKeyChanged,
}

fn step(name: &str, why: NotAllowed) -> String {
    match why {
        NotAllowed::Status(status, change) => {
            let status = status.title().to_lowercase();
            format!("“{name}” is {status} and cannot be {}.", change.participle())
        }
        NotAllowed::EndDatePassed => "That day has passed. Choose a later one.".to_owned(),
    }
}

fn customer_has_keys(name: &str, names: &[String], keys: Matching) -> String {
    let (number, shown) = match keys {
        Matching::Exactly(keys) => (keys, grouped(keys)),
        Matching::MoreThan(keys) => (u64::MAX, format!("more than {}", grouped(keys))),
    };
    let mut listed: Vec<String> = names.iter().map(|name| format!("“{name}”")).collect();
    if number > names.len() as u64 {
        listed.push("others".to_owned());
    }
    let keys = if number == 1 { "key" } else { "keys" };
    format!(
        "“{name}” cannot be deleted while it has {shown} {keys}: {}. Delete them, or give them to another customer, first.",
        listed.join(", ")
    )
}

fn profile_in_use(name: &str, names: &[String], keys: u64) -> String {
    let mut listed: Vec<String> = names.iter().map(|name| format!("“{name}”")).collect();
    if keys > names.len() as u64 {
        listed.push("others".to_owned());
    }
    let use_it = match keys {
        1 => "1 key uses it".to_owned(),
        _ => format!("{} keys use it", grouped(keys)),
    };
    format!(
        "“{name}” cannot be deleted while {use_it}: {}. Give them another profile first.",
        listed.join(", ")
    )
}
