//! Just enough JSON for Sallyport: values stay the text they came as; only strings and integers are read.
use std::collections::HashMap;

pub type Fields = HashMap<String, String>;

/// Splits an object into raw values by key. `None` for anything else.
pub fn fields(json: &str) -> Option<Fields> {
    let inside = json.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut out = Fields::new();
    for part in split(inside) {
        let colon = string_end(part.trim_start())? + (part.len() - part.trim_start().len());
        let key = text(part[..colon].trim())?;
        out.insert(key, part[colon..].trim_start().strip_prefix(':')?.trim().to_string());
    }
    Some(out)
}

/// The strings of an array; other items are left out.
pub fn strings(json: &str) -> Vec<String> {
    let inside = json.trim().strip_prefix('[').and_then(|s| s.strip_suffix(']')).unwrap_or("");
    split(inside).filter_map(|item| text(item.trim())).collect()
}

/// The parts between commas that are in no string and no bracket.
fn split(inside: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut quoted, mut escaped) = (0i32, false, false);
    inside
        .split(move |c: char| {
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                '{' | '[' if !quoted => depth += 1,
                '}' | ']' if !quoted => depth -= 1,
                ',' if !quoted && depth == 0 => return true,
                _ => {}
            }
            false
        })
        .filter(|part| !part.trim().is_empty())
}

/// Where the string at the start of `json` ends, after its quote.
fn string_end(json: &str) -> Option<usize> {
    let mut escaped = false;
    for (i, c) in json.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(i + 1),
            _ => {}
        }
    }
    None
}

pub fn text(json: &str) -> Option<String> {
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::with_capacity(inside.len());
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next()? {
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'u' => {
                let high = hex4(&mut chars)?;
                let code = if (0xd800..0xdc00).contains(&high) && chars.as_str().starts_with("\\u") {
                    chars.nth(1);
                    0x10000 + ((high - 0xd800) << 10) + hex4(&mut chars)?.checked_sub(0xdc00)?
                } else {
                    high
                };
                out.push(char::from_u32(code).unwrap_or('\u{fffd}')); // half a surrogate pair is no character
            }
            other => out.push(other),
        }
    }
    Some(out)
}

fn hex4(chars: &mut std::str::Chars) -> Option<u32> {
    let digits = chars.as_str().get(..4)?;
    chars.nth(3);
    u32::from_str_radix(digits, 16).ok()
}

pub fn integer(json: &str) -> Option<i64> {
    json.parse().ok().or_else(|| {
        let number: f64 = json.parse().ok().filter(|_| json.starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']))?;
        (number.fract() == 0.0 && number.abs() <= 9007199254740992.0).then_some(number as i64)
    })
}

pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
