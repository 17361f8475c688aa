//! A cluster that was asked whether anybody needs what a deletion takes, as it is written down with the deletion: whoever goes on
//! with it asks the same ones. No secret is among it.

use serde::{Deserialize, Serialize};

use super::cluster::Cluster;
use super::text::{scrub, shell_quote};

/// A cluster that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedCluster {
    /// What it was called then, as [`Cluster::name`]; not yet safe to show.
    pub name: String,
    /// Where its REST API was; not yet safe to show either.
    pub url: String,
}

impl AskedCluster {
    /// One as it is to be written down.
    pub fn of(cluster: &Cluster) -> Self {
        Self {
            name: cluster.name.clone(),
            url: cluster.url.clone(),
        }
    }

    /// Whether it is this one: it has the same address, or the same name in the configuration, where it may have moved.
    pub fn is(&self, cluster: &Cluster) -> bool {
        let named = Self::of(cluster);
        let is_configured = self.context().is_some() && named.context().is_some();
        self.url == named.url || is_configured && self.name == named.name
    }

    /// The flag that has it asked from a shell, after a space: how it is reached may stand in the configuration, as well.
    pub fn flag(&self) -> String {
        match self.context() {
            Some(context) => format!(" --context {}", shell_quote(&scrub(context))),
            None => format!(" --flink {}", shell_quote(&scrub(&self.url))),
        }
    }

    /// The same for several, each once.
    pub fn flags<'a>(those: impl IntoIterator<Item = &'a Self>) -> String {
        let mut flags: Vec<String> = Vec::new();
        for flag in those.into_iter().map(Self::flag) {
            if !flags.contains(&flag) {
                flags.push(flag);
            }
        }
        flags.concat()
    }

    /// The context that named it; none where it is called by its address. Of several in one context each has its address
    /// behind the name of that.
    fn context(&self) -> Option<&str> {
        let address = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let address = address.split('/').next().unwrap_or_default();
        let before = self.name.strip_suffix(address);
        let context = before.map_or(self.name.as_str(), str::trim_end);
        (!context.is_empty()).then_some(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str, url: &str) -> AskedCluster {
        AskedCluster {
            name: name.to_owned(),
            url: url.to_owned(),
        }
    }

    #[test]
    fn it_is_asked_again_by_the_flag_that_named_it() {
        for (name, url, flag) in [
            ("jm:8081", "http://jm:8081", " --flink http://jm:8081"),
            ("jm:8081", "https://jm:8081/a", " --flink https://jm:8081/a"),
            ("prod", "http://jm:8081", " --context prod"),
            ("prod jm:8081", "http://jm:8081/a", " --context prod"),
            ("two words", "http://jm:8081", " --context 'two words'"),
        ] {
            assert_eq!(asked(name, url).flag(), flag, "{name} {url}");
        }
        let several = [
            asked("prod one:1", "http://one:1"),
            asked("prod two:2", "http://two:2"),
        ];
        assert_eq!(AskedCluster::flags(&several), " --context prod");
    }
}
