//! A YAML document as a tree with line numbers.
//!
//! Nodes live in one vector and an alias is the index of what it names, so
//! that neither depth nor aliases of aliases can cost more than the text is
//! long.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScanError, Span};

/// The first document of a text.
#[derive(Debug, Default)]
pub struct Document {
    nodes: Vec<Node>,
}

/// Why there is no tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// 1-based.
    pub line: u32,
    /// 1-based.
    pub column: u32,
    pub reason: String,
}

#[derive(Debug)]
struct Node {
    line: u32,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Scalar(String),
    Sequence(Vec<usize>),
    /// Keys and values in turn.
    Mapping(Vec<usize>),
}

/// A node of a document.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    document: &'a Document,
    index: usize,
}

impl Document {
    /// Reads the first document; none where the text holds nothing.
    pub fn parse(text: &str) -> Result<Self, Broken> {
        let mut builder = Builder::default();
        let mut parser = Parser::new_from_str(text);
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| broken(&error))?;
            if matches!(event, Event::DocumentEnd) {
                break;
            }
            builder.take(event, span)?;
        }
        Ok(builder.document)
    }

    /// The outermost node.
    pub fn root(&self) -> Option<At<'_>> {
        let document = self;
        self.nodes.first().map(|_| At { document, index: 0 })
    }
}

fn broken(error: &ScanError) -> Broken {
    Broken {
        line: number(error.marker().line()),
        column: number(error.marker().col() + 1),
        reason: error.info().to_owned(),
    }
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

impl<'a> At<'a> {
    fn node(self) -> &'a Node {
        &self.document.nodes[self.index]
    }

    fn at(self, index: usize) -> At<'a> {
        At { index, ..self }
    }

    /// 1-based.
    pub fn line(self) -> u32 {
        self.node().line
    }

    /// The text of a scalar.
    pub fn text(self) -> Option<&'a str> {
        match &self.node().value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a sequence; none of anything else.
    pub fn items(self) -> impl Iterator<Item = At<'a>> {
        let items: &[usize] = match &self.node().value {
            Value::Sequence(items) => items,
            _ => &[],
        };
        items.iter().map(move |index| self.at(*index))
    }

    /// The pairs of a mapping; none of anything else.
    pub fn pairs(self) -> impl Iterator<Item = (At<'a>, At<'a>)> {
        let parts: &[usize] = match &self.node().value {
            Value::Mapping(parts) => parts,
            _ => &[],
        };
        let pairs = parts.chunks_exact(2);
        pairs.map(move |pair| (self.at(pair[0]), self.at(pair[1])))
    }

    /// The value of a key.
    pub fn get(self, key: &str) -> Option<At<'a>> {
        let found = self.pairs().find(|(name, _)| name.text() == Some(key));
        found.map(|(_, value)| value)
    }
}

#[derive(Default)]
struct Builder {
    document: Document,
    /// Nodes that are not closed yet.
    open: Vec<usize>,
    /// The keys so far of each open mapping, in step with `open`.
    keys: Vec<HashSet<String>>,
    anchors: HashMap<usize, usize>,
}

impl Builder {
    fn take(&mut self, event: Event, span: Span) -> Result<(), Broken> {
        match event {
            Event::Scalar(text, _, anchor, _) => {
                self.add(Value::Scalar(text.into_owned()), anchor, span)?;
            }
            Event::SequenceStart(anchor, _) => {
                self.begin(Value::Sequence(Vec::new()), anchor, span)?
            }
            Event::MappingStart(anchor, _) => {
                self.begin(Value::Mapping(Vec::new()), anchor, span)?
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
                self.keys.pop();
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(index) => self.attach(*index, span)?,
                None => return Err(at(span, "the alias names nothing")),
            },
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn begin(&mut self, value: Value, anchor: usize, span: Span) -> Result<(), Broken> {
        let index = self.add(value, anchor, span)?;
        self.open.push(index);
        self.keys.push(HashSet::new());
        Ok(())
    }

    fn add(&mut self, value: Value, anchor: usize, span: Span) -> Result<usize, Broken> {
        let index = self.document.nodes.len();
        self.document.nodes.push(Node {
            line: number(span.start.line()),
            value,
        });
        // The parser counts anchors from 1; 0 is none.
        if anchor > 0 {
            self.anchors.insert(anchor, index);
        }
        self.attach(index, span)?;
        Ok(index)
    }

    /// Puts a node into the innermost open one.
    fn attach(&mut self, index: usize, span: Span) -> Result<(), Broken> {
        let Some(parent) = self.open.last() else {
            return Ok(());
        };
        let key = match &self.document.nodes[index].value {
            Value::Scalar(text) => Some(text.clone()),
            _ => None,
        };
        match &mut self.document.nodes[*parent].value {
            Value::Sequence(items) => items.push(index),
            Value::Mapping(parts) => {
                let is_key = parts.len() % 2 == 0;
                parts.push(index);
                if let (true, Some(key), Some(keys)) = (is_key, key, self.keys.last_mut())
                    && !keys.insert(key.clone())
                {
                    return Err(at(span, &format!("the key {key:?} is there twice")));
                }
            }
            Value::Scalar(_) => {}
        }
        Ok(())
    }
}

fn at(span: Span, reason: &str) -> Broken {
    Broken {
        line: number(span.start.line()),
        column: number(span.start.col() + 1),
        reason: reason.to_owned(),
    }
}
