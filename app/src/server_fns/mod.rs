//! The server functions. Each one only checks the permission, calls the backend, and maps the error.

pub mod account;
pub mod audit;
#[cfg(feature = "ssr")]
pub mod context;
pub mod endpoints;
pub mod environments;
pub mod frame;
pub mod keys;
pub mod profiles;
pub mod suggest;
pub mod usage;
pub mod users;

#[cfg(test)]
mod tests {
    /// The client of this application makes each request name the person to whom its page belongs.
    #[test]
    fn every_server_function_is_called_by_the_client_of_this_application() {
        let modules = [
            include_str!("account.rs"),
            include_str!("audit.rs"),
            include_str!("endpoints.rs"),
            include_str!("environments.rs"),
            include_str!("frame.rs"),
            include_str!("keys.rs"),
            include_str!("profiles.rs"),
            include_str!("usage.rs"),
            include_str!("users.rs"),
        ];
        let lines = modules.iter().flat_map(|module| module.lines());
        let declared: Vec<&str> = lines.filter(|line| line.starts_with("#[server(")).collect();
        assert!(declared.len() > 50, "{declared:?}");
        for line in declared {
            assert!(line.contains("client = Client"), "{line}");
        }
    }
}
