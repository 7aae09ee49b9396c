//! Rust source as tokens, without comments, numbers, lifetimes and character literals.

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// An identifier or keyword.
    Word(String),
    /// The content of a string literal.
    Text(String),
    /// `::`
    Colons,
    /// Any other character.
    Mark(char),
}

impl Token {
    /// The identifier or keyword, if the token is one.
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Whether the token is this identifier or keyword.
    pub fn is_word(&self, word: &str) -> bool {
        self.word() == Some(word)
    }
}

/// Splits a source file.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer { chars: source.chars().collect(), at: 0, tokens: Vec::new() };
    while lexer.at < lexer.chars.len() {
        lexer.next();
    }
    lexer.tokens
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn next(&mut self) {
        match (self.peek(0), self.peek(1)) {
            ('/', '/') => self.line_comment(),
            ('/', '*') => self.block_comment(),
            ('"', _) => {
                self.at += 1;
                self.string();
            }
            ('\'', _) => self.quote(),
            (':', ':') => {
                self.at += 2;
                self.tokens.push(Token::Colons);
            }
            (c, _) if c.is_ascii_digit() => {
                self.run();
            }
            (c, _) if c.is_alphabetic() || c == '_' => self.word(),
            (c, _) => {
                self.at += 1;
                if !c.is_whitespace() {
                    self.tokens.push(Token::Mark(c));
                }
            }
        }
    }

    fn line_comment(&mut self) {
        while self.at < self.chars.len() && self.peek(0) != '\n' {
            self.at += 1;
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            self.at += 2;
            if depth == 0 {
                return;
            }
        }
    }

    /// The rest of a string literal whose opening quote has been read.
    fn string(&mut self) {
        let mut text = String::new();
        while self.at < self.chars.len() && self.peek(0) != '"' {
            if self.peek(0) == '\\' {
                self.at += 1;
            }
            text.push(self.peek(0));
            self.at += 1;
        }
        self.at += 1;
        self.tokens.push(Token::Text(text));
    }

    /// A raw string literal, at its first `#` or its quote.
    fn raw_string(&mut self) {
        let mut hashes = 0;
        while self.peek(hashes) == '#' {
            hashes += 1;
        }
        self.at += hashes + 1;
        let mut text = String::new();
        let ends = |lexer: &Self| {
            lexer.peek(0) == '"' && (1..=hashes).all(|ahead| lexer.peek(ahead) == '#')
        };
        while self.at < self.chars.len() && !ends(self) {
            text.push(self.peek(0));
            self.at += 1;
        }
        self.at += hashes + 1;
        self.tokens.push(Token::Text(text));
    }

    /// A character literal or a lifetime.
    fn quote(&mut self) {
        if self.peek(1) == '\\' {
            self.at += 3;
            while self.at < self.chars.len() && self.peek(0) != '\'' {
                self.at += 1;
            }
            self.at += 1;
        } else if self.peek(2) == '\'' {
            self.at += 3;
        } else {
            self.at += 1;
            self.run();
        }
    }

    /// Letters, digits and underscores.
    fn run(&mut self) -> String {
        let begin = self.at;
        while self.peek(0).is_alphanumeric() || self.peek(0) == '_' {
            self.at += 1;
        }
        self.chars[begin..self.at].iter().collect()
    }

    fn word(&mut self) {
        let word = self.run();
        match (word.as_str(), self.peek(0), self.peek(1)) {
            ("r" | "br" | "cr", '"', _) | ("r" | "br" | "cr", '#', '"' | '#') => self.raw_string(),
            ("b" | "c", '"', _) => {
                self.at += 1;
                self.string();
            }
            ("b", '\'', _) => self.quote(),
            ("r", '#', _) => self.at += 1, // a raw identifier: its name follows
            _ => self.tokens.push(Token::Word(word)),
        }
    }
}
