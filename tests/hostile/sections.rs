//! Component binaries as sequences of sections: an id, a length in LEB128, and
//! so many bytes (component model, `Binary.md`).

/// Magic, version and layer of a component.
const PREAMBLE: [u8; 8] = *b"\0asm\x0d\0\x01\0";

const CUSTOM: u8 = 0;
const COMPONENT: u8 = 4;
const INSTANCE: u8 = 5;

/// An unsigned number in LEB128.
fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).expect("seven bits");
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn append(component: &mut Vec<u8>, id: u8, content: &[u8]) {
    component.push(id);
    component.extend(leb(content.len()));
    component.extend(content);
}

/// Appends a custom section, which no engine looks at.
pub fn append_custom(component: &mut Vec<u8>, name: &str, content: &[u8]) {
    let named = [&leb(name.len()), name.as_bytes(), content].concat();
    append(component, CUSTOM, &named);
}

/// Puts a second component beside the one there is and instantiates it, which
/// happens after the first one's instances were made.
pub fn append_neighbour(component: &mut Vec<u8>, neighbour: &[u8]) {
    let index = ids(component).filter(|id| *id == COMPONENT).count();
    append(component, COMPONENT, neighbour);
    // One instance: instantiate, which, with no arguments.
    let instance = [&[1, 0], leb(index).as_slice(), &[0]].concat();
    append(component, INSTANCE, &instance);
}

/// Wraps a component in so many others.
pub fn nest(mut component: Vec<u8>, depth: usize) -> Vec<u8> {
    for _ in 0..depth {
        let mut outer = PREAMBLE.to_vec();
        append(&mut outer, COMPONENT, &component);
        component = outer;
    }
    component
}

/// The ids of a component's sections, in order.
fn ids(component: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = &component[PREAMBLE.len()..];
    std::iter::from_fn(move || {
        let (&id, after) = rest.split_first()?;
        let digits = after.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
        let length = after[..digits]
            .iter()
            .rev()
            .fold(0, |length, byte| length << 7 | usize::from(byte & 0x7f));
        rest = &after[digits + length..];
        Some(id)
    })
}

#[test]
fn a_custom_section_is_found_where_it_was_put() {
    let mut component = PREAMBLE.to_vec();
    append_custom(&mut component, "sentinel:manifest", &[b'x'; 300]);
    append_custom(&mut component, "other", b"");
    assert_eq!(ids(&component).collect::<Vec<_>>(), [CUSTOM, CUSTOM]);
    // 1 + 17 bytes of name and 300 of content are 318 = 0xbe 0x02.
    assert_eq!(component[8..12], [CUSTOM, 0xbe, 0x02, 17]);
    assert_eq!(&component[12..29], b"sentinel:manifest");
}
