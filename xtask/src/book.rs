//! The book in `docs/` and the other Markdown pages: every link leads somewhere.
//!
//! mdBook itself does not check links, so this is done with and without it.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use crate::markdown::{anchors, links};
use crate::project::{Project, is_installed, run};
use crate::report::Outcome;

/// Checks all links, then builds the book if `mdbook` is there.
pub(crate) fn check(project: &Project) -> Outcome {
    let pages = match Pages::read(project.root()) {
        Ok(pages) => pages,
        Err(error) => return Outcome::failed(error.to_string()),
    };
    let mut faults = pages.broken_links();
    faults.extend(pages.not_in_summary());
    for fault in &faults {
        println!("{fault}");
    }
    if !faults.is_empty() {
        return Outcome::failed(format!("{} faults in {} pages", faults.len(), pages.texts.len()));
    }
    let links_hold = format!("links of {} pages hold", pages.texts.len());
    let mut version = project.program("mdbook");
    version.arg("--version");
    if !is_installed(version) {
        return Outcome::passed(format!("{links_hold}; not rendered, as mdbook is not installed"));
    }
    let mut mdbook = project.program("mdbook");
    mdbook.args(["build", "docs"]);
    match run(mdbook) {
        Outcome::Passed(_) => Outcome::passed(format!("{links_hold}; rendered")),
        other => other,
    }
}

/// Where the book's pages are.
const BOOK: &str = "docs/src";

/// All Markdown pages of the project, by their path below its root.
struct Pages {
    root: PathBuf,
    texts: BTreeMap<PathBuf, String>,
}

impl Pages {
    fn read(root: &Path) -> io::Result<Self> {
        let mut pages = Self { root: root.to_owned(), texts: BTreeMap::new() };
        pages.read_folder(Path::new(""))?;
        Ok(pages)
    }

    fn read_folder(&mut self, folder: &Path) -> io::Result<()> {
        for entry in fs::read_dir(self.root.join(folder))? {
            let entry = entry?;
            let name = entry.file_name();
            let path = folder.join(&name);
            let hidden_or_built = name.to_string_lossy().starts_with('.') || name == "target";
            if entry.file_type()?.is_dir() && !hidden_or_built {
                self.read_folder(&path)?;
            } else if path.extension().is_some_and(|extension| extension == "md") {
                self.texts.insert(path.clone(), fs::read_to_string(self.root.join(&path))?);
            }
        }
        Ok(())
    }

    /// One line for each link that leads nowhere.
    fn broken_links(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (path, text) in &self.texts {
            for link in links(text) {
                if let Err(why) = self.follow(path, &link.target) {
                    faults.push(format!("{}:{}: {:?} {why}", path.display(), link.line, link.target));
                }
            }
        }
        faults
    }

    fn follow(&self, from: &Path, target: &str) -> Result<(), &'static str> {
        if target.is_empty() {
            return Err("is no link");
        }
        if target.contains("://") || target.starts_with("mailto:") {
            return Ok(());
        }
        let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
        let path = beside(from, file).ok_or("leads out of the project")?;
        if from.starts_with(BOOK) && !path.starts_with(BOOK) {
            return Err("leads out of the book: readers of the rendered book cannot follow");
        }
        let Some(text) = self.texts.get(&path) else {
            // A picture, a folder, a source file: it need only be there.
            return if self.root.join(&path).exists() { Ok(()) } else { Err("is not there") };
        };
        if anchor.is_empty() || anchors(text).iter().any(|a| a == anchor) {
            Ok(())
        } else {
            Err("names no heading")
        }
    }

    /// Pages of the book that its table of contents does not name: nobody would find them.
    fn not_in_summary(&self) -> Vec<String> {
        let summary = Path::new(BOOK).join("SUMMARY.md");
        let Some(text) = self.texts.get(&summary) else {
            return vec![format!("{}: is not there", summary.display())];
        };
        let named: Vec<PathBuf> =
            links(text).iter().filter_map(|link| beside(&summary, &link.target)).collect();
        let book = self.texts.keys().filter(|path| path.starts_with(BOOK) && **path != summary);
        book.filter(|path| !named.contains(path))
            .map(|path| format!("{}: not in SUMMARY.md", path.display()))
            .collect()
    }
}

/// The path that a page's relative link means; `None` if it climbs out of the project.
fn beside(page: &Path, link: &str) -> Option<PathBuf> {
    if link.is_empty() {
        return Some(page.to_owned());
    }
    let mut path = page.parent()?.to_owned();
    for part in Path::new(link).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::Normal(name) => path.push(name),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(texts: &[(&str, &str)]) -> Pages {
        let texts = texts.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
        Pages { root: PathBuf::from("no-such-folder"), texts }
    }

    #[test]
    fn links_that_lead_somewhere() {
        let pages = pages(&[
            ("README.md", "[a](docs/src/a.md#one) [b](https://example.org) [c](#top)\n# Top"),
            ("docs/src/SUMMARY.md", "- [A](a.md)\n- [B](b/b.md)"),
            ("docs/src/a.md", "# One\n[b](b/b.md)"),
            ("docs/src/b/b.md", "[a](../a.md#one)"),
        ]);
        assert_eq!(pages.broken_links(), [""; 0]);
        assert_eq!(pages.not_in_summary(), [""; 0]);
    }

    #[test]
    fn links_that_lead_nowhere() {
        for (target, why) in [
            ("gone.md", "is not there"),
            ("a.md#two", "names no heading"),
            ("../../README.md", "leads out of the book"),
            ("../../../README.md", "leads out of the project"),
            ("", "is no link"),
        ] {
            let from = format!("text\n[x]({target})");
            let pages = pages(&[("README.md", ""), ("docs/src/a.md", "# One"), ("docs/src/b.md", &from)]);
            let faults = pages.broken_links();
            assert_eq!(faults.len(), 1, "{target}");
            assert!(faults[0].contains("b.md:2: ") && faults[0].contains(why), "{faults:?}");
        }
    }

    #[test]
    fn a_page_that_nobody_would_find() {
        let pages = pages(&[("docs/src/SUMMARY.md", ""), ("docs/src/a.md", "")]);
        let faults = pages.not_in_summary();
        assert!(faults.len() == 1 && faults[0].contains("not in SUMMARY.md"), "{faults:?}");
    }
}
