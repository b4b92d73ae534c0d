//! A file that is read together with the inventory, such as a playbook: it may declare what an inventory declares, for
//! one run, and speaks of what the inventory declares. Its places are in the same address space.

use std::path::Path;

use toml::de::DeTable;

use super::problem::{InventoryErrors, Problem};
use super::source::Sources;
use super::{Inventory, read};

/// How such a file is read.
pub(crate) trait Companion {
    /// What is its own, as it stands there.
    type Own;
    /// What it comes to.
    type Whole;

    /// Takes what is its own out of the file's tables, and leaves what is the inventory's.
    fn take<'s>(
        &'s self,
        tables: DeTable<'s>,
        sources: &Sources,
        problems: &mut Vec<Problem>,
    ) -> (Option<Self::Own>, DeTable<'s>);

    /// What it means, now that all names are known; none only where a problem says why.
    fn build(
        &self,
        own: Self::Own,
        inventory: &Inventory,
        sources: &Sources,
        problems: &mut Vec<Problem>,
    ) -> Option<Self::Whole>;
}

impl Inventory {
    /// Loads the inventory in `dir` together with a file of that name and text; `what` it is, for errors. Everything that is
    /// wrong in either comes back at once.
    pub(crate) fn load_with<C: Companion>(
        dir: &Path,
        what: &str,
        name: String,
        text: String,
        companion: &C,
    ) -> Result<(Self, C::Whole), InventoryErrors> {
        let mut problems = Vec::new();
        let mut own = Vec::new();
        let mut beside = Vec::new();
        let mut sources = read::read(dir, &mut problems);
        sources.add(name, text);
        let whole = {
            let table = sources.parse(sources.files.len() - 1, &mut own);
            let (taken, table) =
                table.map_or_else(|| (None, DeTable::new()), |table| companion.take(table, &sources, &mut own));
            let inventory =
                Self::check(dir, &sources, Some(table), &mut problems, &mut beside).filter(|_| problems.is_empty());
            // Of an inventory that is wrong nobody knows which names it has.
            inventory.zip(taken).and_then(|(inventory, taken)| {
                let whole = companion.build(taken, &inventory, &sources, &mut own)?;
                Some((inventory, whole))
            })
        };
        problems.append(&mut own);
        match whole {
            Some(whole) if problems.is_empty() => Ok(whole),
            _ => {
                for (name, text) in beside {
                    sources.add(name, text);
                }
                let subject = format!("{what} and the inventory `{}`", dir.display());
                Err(InventoryErrors::new(dir, sources, problems).of(subject))
            }
        }
    }
}
