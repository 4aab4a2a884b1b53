//! The server functions. Each one only finds the person, calls the backend, which checks the permission, and maps the error.

pub mod account;
pub mod audit;
#[cfg(feature = "ssr")]
pub mod context;
pub mod customers;
pub mod endpoints;
pub mod environments;
pub mod find;
pub mod frame;
pub mod home;
pub mod keys;
pub mod nodes;
pub mod profiles;
#[cfg(feature = "ssr")]
pub mod reads;
pub mod service_accounts;
pub mod suggest;
pub mod usage;
pub mod users;

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// The application's client sends the ID of the page's person with each request. Its protocol keeps the WASM small.
    #[test]
    fn every_server_function_uses_the_client_and_the_protocol_of_this_application() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server_fns");
        let files = std::fs::read_dir(folder).unwrap();
        let modules: Vec<String> = files
            .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
            .collect();
        let lines = modules.iter().flat_map(|module| module.lines());
        let declared: Vec<&str> = lines.filter(|line| line.starts_with("#[server(")).collect();
        assert!(declared.len() > 50, "{declared:?}");
        for line in declared {
            assert!(line.contains("protocol = JsonPost, client = Client"), "{line}");
        }
    }
}
