//! Circles in the dependencies between the files of a crate.
//!
//! A file depends on the files that *define* the names it uses. Re-exports are followed: if the
//! parent only re-exports `Name`, `use super::Name` leads to the sibling that defines it. A
//! parent's `mod child;` and its re-exports are not dependencies.

use std::collections::{BTreeMap, BTreeSet};

use crate::lexer::Token;
use crate::modules::{Module, modules};

/// The names that a file uses from another, by both files.
type Arrows = BTreeMap<(String, String), BTreeSet<String>>;

/// Describes each circle of a crate's files with the names that form it. Files are given by their
/// path below `src`.
pub fn circles(files: &BTreeMap<String, String>) -> Vec<String> {
    let arrows = arrows(files);
    let describe = |members: BTreeSet<&str>| {
        let mut text = format!("a circle of {} files", members.len());
        for ((from, to), names) in &arrows {
            if members.contains(from.as_str()) && members.contains(to.as_str()) {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                text += &format!("\n    {from} -> {to}: {}", names.join(", "));
            }
        }
        text
    };
    components(&arrows).into_iter().map(describe).collect()
}

/// Finds every dependency between two files of a crate.
fn arrows(files: &BTreeMap<String, String>) -> Arrows {
    let modules = Modules(modules(files));
    let mut arrows = Arrows::new();
    for (index, module) in modules.0.iter().enumerate() {
        for (file, name) in modules.named(index) {
            if file != module.file {
                arrows.entry((module.file.clone(), file)).or_default().insert(name);
            }
        }
    }
    arrows
}

/// The meaning of a path.
#[derive(Clone, PartialEq)]
enum Target {
    /// An item of another crate or of the language.
    Outside,
    Module(usize),
    /// An item that this module defines.
    Item(usize),
}

struct Modules(Vec<Module>);

impl Modules {
    /// The files that define the names in module `index`, with those names.
    fn named(&self, index: usize) -> Vec<(String, String)> {
        let module = &self.0[index];
        let words: BTreeSet<&str> = module.code.iter().filter_map(Token::word).collect();
        let mut found = Vec::new();
        let mut push = |target: Target, name: &str| {
            if let Target::Item(definer) = target {
                found.push((self.0[definer].file.clone(), name.to_owned()));
            }
        };
        for import in &module.uses {
            match &import.name {
                Some(name) if !import.public || words.contains(name.as_str()) => {
                    push(
                        self.resolve(index, &import.path, false, 0),
                        import.path.last().unwrap_or(name),
                    );
                }
                Some(_) => {}
                None => {
                    let Target::Module(inside) = self.resolve(index, &import.path, true, 0) else {
                        continue;
                    };
                    for word in words.iter().filter(|word| !self.binds(index, word)) {
                        push(self.lookup(inside, word, false, 0).unwrap_or(Target::Outside), word);
                    }
                }
            }
        }
        for path in paths(&module.code) {
            push(self.resolve(index, &path, false, 0), path.last().map_or("", String::as_str));
        }
        found
    }

    /// Whether a module itself defines or imports `name`.
    fn binds(&self, index: usize, name: &str) -> bool {
        let module = &self.0[index];
        let imported = module.uses.iter().any(|import| import.name.as_deref() == Some(name));
        imported || module.items.contains(name) || module.children.contains_key(name)
    }

    /// Follows a path from a module. A last segment that names both a module and an item is the
    /// module if `module_first`.
    fn resolve(&self, index: usize, path: &[String], module_first: bool, depth: usize) -> Target {
        let Some((first, rest)) = path.split_first() else { return Target::Outside };
        let mut target = match first.as_str() {
            "crate" => Target::Module(self.0[index].root),
            "self" => Target::Module(index),
            "super" => Target::Module(self.0[index].parent),
            name => match self.lookup(index, name, module_first || !rest.is_empty(), depth) {
                Some(target) => target,
                None => return Target::Outside,
            },
        };
        for (place, segment) in rest.iter().enumerate() {
            let Target::Module(inside) = target else { return target };
            let last = place + 1 == rest.len();
            target = match segment.as_str() {
                "super" => Target::Module(self.0[inside].parent),
                "self" => Target::Module(inside),
                // A macro may define the name.
                name => self
                    .lookup(inside, name, module_first || !last, depth)
                    .unwrap_or(Target::Item(inside)),
            };
        }
        target
    }

    /// The meaning of a name within a module.
    fn lookup(&self, index: usize, name: &str, module_first: bool, depth: usize) -> Option<Target> {
        if depth > 32 {
            return None; // imports in a circle
        }
        let module = &self.0[index];
        let child = module.children.get(name).map(|child| Target::Module(*child));
        if module_first && child.is_some() {
            return child;
        }
        if module.items.contains(name) {
            return Some(Target::Item(index));
        }
        let bound = |import: &&crate::modules::Use| import.name.as_deref() == Some(name);
        // A function may be re-exported under its module's name: `pub use kid::kid`.
        let import = module.uses.iter().filter(bound).find(|import| import.path != [name]);
        if let Some(import) = import {
            return Some(self.resolve(index, &import.path, module_first, depth + 1));
        }
        if child.is_some() {
            return child;
        }
        // A glob whose first segment has no meaning here is of another crate: looking the segment up
        // among all globs again would take time exponential in their number.
        let here = |import: &&crate::modules::Use| {
            import.path.first().is_some_and(|first| {
                matches!(first.as_str(), "crate" | "self" | "super") || self.binds(index, first)
            })
        };
        let globs = module.uses.iter().filter(|import| import.name.is_none()).filter(here);
        globs
            .filter_map(|glob| match self.resolve(index, &glob.path, true, depth + 1) {
                Target::Module(inside) if inside != index => {
                    self.lookup(inside, name, module_first, depth + 1)
                }
                _ => None,
            })
            .find(|target| *target != Target::Outside)
    }
}

/// Paths of two segments or more.
fn paths(code: &[Token]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let continues = at > 0 && matches!(code[at - 1], Token::Colons | Token::Mark('.'));
        let mut path: Vec<String> = code[at].word().map(str::to_owned).into_iter().collect();
        at += 1;
        if path.is_empty() || continues {
            continue;
        }
        while let [Token::Colons, Token::Word(word), ..] = &code[at..] {
            path.push(word.clone());
            at += 2;
        }
        if path.len() > 1 {
            paths.push(path);
        }
    }
    paths
}

/// Sets of files that all depend on each other.
fn components(arrows: &Arrows) -> Vec<BTreeSet<&str>> {
    let reach = |from: &str| {
        let mut reached = BTreeSet::new();
        let mut waiting = vec![from];
        while let Some(file) = waiting.pop() {
            for (_, to) in arrows.keys().filter(|(from, _)| from == file) {
                if reached.insert(to.as_str()) {
                    waiting.push(to);
                }
            }
        }
        reached
    };
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        arrows.keys().map(|(from, _)| (from.as_str(), reach(from))).collect();
    let mut found = BTreeSet::new();
    for (from, to) in &reached {
        if to.contains(from) {
            let back =
                |file: &&&str| reached.get(**file).is_some_and(|reached| reached.contains(from));
            found.insert(to.iter().filter(back).copied().collect::<BTreeSet<&str>>());
        }
    }
    found.into_iter().collect()
}
