//! The command line of `cargo xtask bench`.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};

use super::numbers::grouped;
use super::{console, customers, list, nodes, pages, verifier};

/// The number of steps: building, building the floor, and each of the parts.
const STEPS: [usize; 9] = [4, 1, 3, 7, 4, 1, 4, 6, 5];
const PARTS: [&str; 7] = ["list", "verifier", "console", "api", "customers", "nodes", "pages"];

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Arguments {
    /// The two numbers of keys with which the list is measured.
    pub(crate) list: Option<[u32; 2]>,
    pub(crate) verifier: Option<verifier::Size>,
    /// The number of keys of the console's server.
    pub(crate) console: Option<u32>,
    pub(crate) api: bool,
    /// The number of keys of customers whose memory is measured.
    pub(crate) customers: Option<u32>,
    /// The number of keys with which one of the nodes is started.
    pub(crate) nodes: Option<u32>,
    /// The number of keys in which the command palette searches.
    pub(crate) pages: Option<u32>,
    /// Programs that are already built.
    pub(crate) programs: Option<Programs>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Programs {
    pub(crate) latchkey: PathBuf,
    /// The floor, if the verifier is measured.
    pub(crate) floor: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn read(arguments: &[String]) -> Result<Arguments> {
        let (part, mut options) = match arguments {
            [part, rest @ ..] if PARTS.contains(&part.as_str()) => (Some(part.as_str()), rest),
            all => (None, all),
        };
        let is_selected = |name| part.is_none_or(|part| part == name);
        let mut arguments = Arguments {
            list: is_selected("list").then_some(list::SIZES),
            verifier: is_selected("verifier").then_some(verifier::SIZE),
            console: is_selected("console").then_some(console::KEYS),
            api: is_selected("api"),
            customers: is_selected("customers").then_some(customers::KEYS),
            nodes: is_selected("nodes").then_some(nodes::KEYS),
            pages: is_selected("pages").then_some(pages::KEYS),
            programs: None,
        };
        let (mut latchkey, mut floor) = (None, None);
        while let [option, rest @ ..] = options {
            options = match (option.as_str(), rest, part) {
                ("--keys", [keys, rest @ ..], Some("console")) => {
                    let keys = number(keys)?;
                    ensure!(
                        keys >= console::MIN_KEYS,
                        "the console is measured with {} keys or more",
                        console::MIN_KEYS
                    );
                    arguments.console = Some(keys);
                    rest
                }
                ("--keys", [keys, rest @ ..], Some("customers")) => {
                    let keys = number(keys)?;
                    ensure!(
                        keys >= customers::MIN_KEYS,
                        "customers are measured with {} keys or more",
                        grouped(customers::MIN_KEYS.into())
                    );
                    arguments.customers = Some(keys);
                    rest
                }
                ("--keys", [keys, rest @ ..], Some("nodes")) => {
                    let keys = number(keys)?;
                    ensure!(
                        keys >= nodes::MIN_KEYS,
                        "a node is started with {} keys or more",
                        grouped(nodes::MIN_KEYS.into())
                    );
                    arguments.nodes = Some(keys);
                    rest
                }
                ("--keys", [keys, rest @ ..], Some("pages")) => {
                    let keys = number(keys)?;
                    ensure!(
                        keys >= list::MIN_KEYS,
                        "the palette searches in {} keys or more",
                        grouped(list::MIN_KEYS.into())
                    );
                    arguments.pages = Some(keys);
                    rest
                }
                ("--keys", [few, many, rest @ ..], Some(part @ ("list" | "verifier"))) => {
                    arguments.set_sizes(part, [number(few)?, number(many)?])?;
                    rest
                }
                ("--seconds", [seconds, rest @ ..], Some("verifier")) => {
                    arguments.set_seconds(number(seconds)?)?;
                    rest
                }
                ("--program", [path, rest @ ..], _) => {
                    latchkey = Some(PathBuf::from(path));
                    rest
                }
                ("--floor", [path, rest @ ..], _) => {
                    floor = Some(PathBuf::from(path));
                    rest
                }
                _ => bail!("`{option}` is not understood here; `cargo xtask help` lists what bench takes"),
            };
        }
        arguments.programs = match (latchkey, floor) {
            (Some(latchkey), floor) => Some(Programs { latchkey, floor }),
            (None, None) => None,
            (None, Some(_)) => bail!("--floor goes with --program"),
        };
        let no_floor = arguments.programs.as_ref().is_some_and(|ready| ready.floor.is_none());
        ensure!(
            arguments.verifier.is_none() || !no_floor,
            "the verifier is measured beside a floor: say --floor as well"
        );
        Ok(arguments)
    }

    /// The number of steps.
    pub(crate) fn steps(&self) -> usize {
        let [build, floor, list, verifier, console, api, customers, nodes, pages] = STEPS;
        let building = match (&self.programs, &self.verifier) {
            (Some(_), _) => 0,
            (None, Some(_)) => build + floor,
            (None, None) => build,
        };
        building
            + self.list.map_or(0, |_| list)
            + self.verifier.map_or(0, |_| verifier)
            + self.console.map_or(0, |_| console)
            + if self.api { api } else { 0 }
            + self.customers.map_or(0, |_| customers)
            + self.nodes.map_or(0, |_| nodes)
            + self.pages.map_or(0, |_| pages)
    }

    fn set_sizes(&mut self, part: &str, sizes: [u32; 2]) -> Result<()> {
        let fewest = if part == "list" {
            list::MIN_KEYS
        } else {
            verifier::MIN_KEYS
        };
        ensure!(
            sizes.iter().all(|size| *size >= fewest),
            "the {part} is measured with {} keys or more",
            grouped(fewest.into())
        );
        match &mut self.verifier {
            Some(verifier) => verifier.keys = sizes,
            None => self.list = Some(sizes),
        }
        Ok(())
    }

    fn set_seconds(&mut self, seconds: u32) -> Result<()> {
        ensure!(seconds > 0, "a row takes a second or more");
        if let Some(verifier) = &mut self.verifier {
            verifier.seconds = seconds;
        }
        Ok(())
    }
}

fn number(text: &str) -> Result<u32> {
    text.parse().with_context(|| format!("`{text}` is not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Arguments> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Arguments::read(&arguments)
    }

    #[test]
    fn nothing_means_all_parts() {
        let arguments = read("").unwrap();
        assert_eq!(
            (arguments.list, arguments.verifier),
            (Some(list::SIZES), Some(verifier::SIZE))
        );
        assert_eq!(arguments.console, Some(console::KEYS));
        assert_eq!(arguments.nodes, Some(nodes::KEYS));
        assert_eq!(arguments.pages, Some(pages::KEYS));
        assert_eq!((arguments.api, arguments.customers), (true, Some(customers::KEYS)));
        assert_eq!(arguments.steps(), 35);
    }

    #[test]
    fn each_part_has_its_own_options() {
        let arguments = read("list --keys 2000 3000").unwrap();
        assert_eq!((arguments.list, arguments.verifier), (Some([2_000, 3_000]), None));
        let arguments = read("verifier --seconds 30 --keys 10000 20000").unwrap();
        let size = verifier::Size {
            keys: [10_000, 20_000],
            seconds: 30,
        };
        assert_eq!((arguments.list, arguments.verifier), (None, Some(size)));
        let arguments = read("console --keys 1000 --program a/latchkey").unwrap();
        assert_eq!(
            (arguments.list, arguments.verifier, arguments.console),
            (None, None, Some(1_000))
        );
        assert_eq!(arguments.steps(), 4);
        let arguments = read("api --program a/latchkey").unwrap();
        assert_eq!((arguments.api, arguments.customers, arguments.steps()), (true, None, 1));
        let arguments = read("customers --keys 20000 --program a/latchkey").unwrap();
        assert_eq!(
            (arguments.api, arguments.customers, arguments.steps()),
            (false, Some(20_000), 4)
        );
        let arguments = read("nodes --keys 2000 --program a/latchkey").unwrap();
        assert_eq!((arguments.console, arguments.nodes), (None, Some(2_000)));
        assert_eq!(arguments.steps(), 6);
        let arguments = read("pages --keys 3000 --program a/latchkey").unwrap();
        assert_eq!((arguments.nodes, arguments.pages), (None, Some(3_000)));
        assert_eq!(arguments.steps(), 5);
    }

    #[test]
    fn programs_that_exist_are_not_built() {
        let arguments = read("verifier --program a/latchkey --floor a/floor").unwrap();
        assert_eq!(arguments.steps(), 7);
        assert_eq!(
            arguments.programs,
            Some(Programs {
                latchkey: "a/latchkey".into(),
                floor: Some("a/floor".into()),
            })
        );
        assert_eq!(read("list --program a/latchkey").unwrap().steps(), 3);
    }

    #[test]
    fn arguments_that_make_no_sense_are_refused() {
        for line in [
            "--keys 1000 2000",
            "list --seconds 3",
            "list --keys 1000",
            "list --keys 10 2000",
            "console --keys 10",
            "console --seconds 3",
            "api --keys 10 20",
            "customers --keys 10",
            "nodes --keys 10",
            "nodes --seconds 3",
            "pages --keys 10",
            "pages --keys 1000 2000",
            "verifier --keys 1 ten",
            "verifier --seconds 0",
            "verifier --program latchkey",
            "verifier --floor floor",
            "quickly",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
