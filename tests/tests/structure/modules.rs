//! The modules of a crate: what each defines, imports and names.

use std::collections::{BTreeMap, BTreeSet};

use crate::lexer::{Token, tokens};

/// One module, in a file of its own or inline.
#[derive(Debug)]
pub struct Module {
    /// Path of its file.
    pub file: String,
    /// Index of the module around it; a root is its own.
    pub parent: usize,
    /// Index of the crate root above it.
    pub root: usize,
    /// Modules in it, by name.
    pub children: BTreeMap<String, usize>,
    /// Names of the items it defines.
    pub items: BTreeSet<String>,
    /// Its imports and re-exports.
    pub uses: Vec<Use>,
    /// Everything else.
    pub code: Vec<Token>,
}

/// One name, or one `*`, of a `use` declaration.
#[derive(Debug)]
pub struct Use {
    /// Segments as written.
    pub path: Vec<String>,
    /// The name it binds; `None` for `*`.
    pub name: Option<String>,
    /// Whether it re-exports, at any visibility.
    pub public: bool,
}

/// Reads the modules of a crate from its files, given as path below `src` and content. Test code is
/// skipped.
pub fn modules(files: &BTreeMap<String, String>) -> Vec<Module> {
    let mut reader = Reader { files, modules: Vec::new() };
    for root in ["lib.rs", "main.rs"] {
        if files.contains_key(root) {
            let index = reader.modules.len();
            reader.add(root, index, index);
            reader.read(root, "", index);
        }
    }
    reader.modules
}

struct Reader<'a> {
    files: &'a BTreeMap<String, String>,
    modules: Vec<Module>,
}

impl Reader<'_> {
    fn add(&mut self, file: &str, parent: usize, root: usize) -> usize {
        self.modules.push(Module {
            file: file.to_owned(),
            parent,
            root,
            children: BTreeMap::new(),
            items: BTreeSet::new(),
            uses: Vec::new(),
            code: Vec::new(),
        });
        self.modules.len() - 1
    }

    /// Reads a module's own file; files of its children are in `folder`.
    fn read(&mut self, file: &str, folder: &str, index: usize) {
        self.body(&tokens(&self.files[file]), folder, index);
    }

    fn body(&mut self, tokens: &[Token], folder: &str, index: usize) {
        let word = |at: usize| tokens.get(at).and_then(Token::word);
        let mut at = 0;
        let mut depth = 0;
        let mut public = false;
        while at < tokens.len() {
            let token = &tokens[at];
            if *token == Token::Mark('#') {
                let end = attribute_end(tokens, at);
                at = if end > at && is_test(&tokens[at..end]) {
                    item_end(tokens, end)
                } else {
                    end.max(at + 1)
                };
                continue;
            }
            match token.word() {
                Some("pub") => {
                    public = true;
                    at += 1;
                    if tokens.get(at) == Some(&Token::Mark('(')) && restricts(word(at + 1)) {
                        at = group_end(tokens, at);
                    }
                    continue;
                }
                Some("use") if tokens.get(at + 1) != Some(&Token::Mark('<')) => {
                    let end = statement_end(tokens, at);
                    self.modules[index].uses.extend(use_tree(&tokens[at + 1..end - 1], public));
                    at = end;
                    public = false;
                    continue;
                }
                Some("mod") if word(at + 1).is_some() => {
                    at = self.child(tokens, at + 1, folder, index);
                    public = false;
                    continue;
                }
                Some(keyword) if depth == 0 => {
                    let name = match keyword {
                        "macro_rules" => word(at + 2),
                        "fn" | "struct" | "enum" | "union" | "trait" | "type" | "const"
                        | "static" => word(at + 1),
                        _ => None,
                    };
                    self.modules[index].items.extend(name.map(str::to_owned));
                }
                _ => {}
            }
            match token {
                Token::Mark('{') => depth += 1,
                Token::Mark('}') => depth -= 1,
                _ => {}
            }
            public = false;
            self.modules[index].code.push(token.clone());
            at += 1;
        }
    }

    /// Reads the module whose name is at `at`; returns where it ends.
    fn child(&mut self, tokens: &[Token], at: usize, folder: &str, parent: usize) -> usize {
        let name = tokens[at].word().unwrap_or_default();
        let inner = format!("{folder}{name}/");
        let (file, root) = (self.modules[parent].file.clone(), self.modules[parent].root);
        if tokens.get(at + 1) == Some(&Token::Mark('{')) {
            let end = group_end(tokens, at + 1);
            let child = self.add(&file, parent, root);
            self.modules[parent].children.insert(name.to_owned(), child);
            self.body(&tokens[at + 2..end - 1], &inner, child);
            return end;
        }
        let candidates = [format!("{folder}{name}.rs"), format!("{inner}mod.rs")];
        if let Some(file) = candidates.iter().find(|file| self.files.contains_key(*file)) {
            let child = self.add(file, parent, root);
            self.modules[parent].children.insert(name.to_owned(), child);
            self.read(file, &inner, child);
        }
        at + 2
    }
}

/// Whether `word` begins the restriction of a visibility, `pub(crate)`, and not a tuple's field.
fn restricts(word: Option<&str>) -> bool {
    matches!(word, Some("crate" | "super" | "self" | "in"))
}

/// The end of the attribute that begins at `at`, or `at` if none does.
fn attribute_end(tokens: &[Token], at: usize) -> usize {
    let open = at + 1 + usize::from(tokens.get(at + 1) == Some(&Token::Mark('!')));
    if tokens.get(open) == Some(&Token::Mark('[')) { group_end(tokens, open) } else { at }
}

/// Whether an attribute compiles what follows for tests only.
fn is_test(attribute: &[Token]) -> bool {
    let has = |word: &str| attribute.iter().any(|token| token.is_word(word));
    has("cfg") && has("test") && !has("not")
}

/// The end of the bracketed group that opens at `at`.
fn group_end(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token {
            Token::Mark('(' | '[' | '{') => depth += 1,
            Token::Mark(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

/// The end of the statement at `at`: behind its semicolon.
fn statement_end(tokens: &[Token], at: usize) -> usize {
    let mut at = at;
    while at < tokens.len() && tokens[at] != Token::Mark(';') {
        at = if matches!(tokens[at], Token::Mark('(' | '[' | '{')) {
            group_end(tokens, at)
        } else {
            at + 1
        };
    }
    (at + 1).min(tokens.len())
}

/// The end of the item at `at`, behind its semicolon or its body.
fn item_end(tokens: &[Token], at: usize) -> usize {
    let mut at = at;
    while tokens.get(at) == Some(&Token::Mark('#')) {
        at = attribute_end(tokens, at);
    }
    let ends_in_semicolon = ["use", "const", "static", "type", "let"];
    let head = tokens[at..].iter().take(6).take_while(|token| **token != Token::Mark('{'));
    let mut words =
        head.filter_map(Token::word).filter(|word| !["pub", "crate", "super"].contains(word));
    let keyword = words.next().unwrap_or_default();
    if ends_in_semicolon.contains(&keyword) && words.next() != Some("fn") {
        return statement_end(tokens, at);
    }
    while at < tokens.len() {
        match tokens[at] {
            Token::Mark('{') => return group_end(tokens, at),
            Token::Mark('(' | '[') => at = group_end(tokens, at),
            Token::Mark(';' | ',') => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// Every name that a `use` declaration binds.
fn use_tree(tokens: &[Token], public: bool) -> Vec<Use> {
    let mut uses = Vec::new();
    branch(tokens, &[], public, &mut uses);
    uses
}

fn branch(tokens: &[Token], prefix: &[String], public: bool, uses: &mut Vec<Use>) {
    let mut path = prefix.to_vec();
    let mut name = None;
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            Token::Word(word) if word == "as" => {
                name = tokens.get(at + 1).and_then(Token::word).map(str::to_owned);
                break;
            }
            Token::Word(word) => path.push(word.clone()),
            Token::Mark('*') => {
                uses.push(Use { path, name: None, public });
                return;
            }
            Token::Mark('{') => {
                let inside = &tokens[at + 1..group_end(tokens, at) - 1];
                for part in split_at_commas(inside) {
                    branch(part, &path, public, uses);
                }
                return;
            }
            _ => {}
        }
        at += 1;
    }
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    if let Some(last) = path.last() {
        let name = Some(name.unwrap_or_else(|| last.clone()));
        uses.push(Use { path, name, public });
    }
}

fn split_at_commas(tokens: &[Token]) -> Vec<&[Token]> {
    let mut parts = Vec::new();
    let mut begin = 0;
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at] {
            Token::Mark('{') => at = group_end(tokens, at),
            Token::Mark(',') => {
                parts.push(&tokens[begin..at]);
                at += 1;
                begin = at;
            }
            _ => at += 1,
        }
    }
    parts.push(&tokens[begin..]);
    parts.retain(|part| !part.is_empty());
    parts
}
