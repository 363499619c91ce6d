//! A value of the protocol's data model, as the plugin keeps it.
use crate::sallyport_capnp::{field, value};
use capnp::{struct_list, Result};

#[derive(Clone, Debug, Default)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    /// Milliseconds since 1970.
    Time(i64),
    List(Vec<Value>),
    Map(Fields),
}

pub type Fields = Vec<(String, Value)>;

impl Value {
    pub fn read(from: value::Reader) -> Result<Value> {
        Ok(match from.which()? {
            value::Null(()) => Value::Null,
            value::Bool(bool) => Value::Bool(bool),
            value::Int(int) => Value::Int(int),
            value::Float(float) => Value::Float(float),
            value::Text(text) => Value::Text(text?.to_string()?),
            value::Bytes(bytes) => Value::Bytes(bytes?.to_vec()),
            value::Time(ms) => Value::Time(ms),
            value::List(list) => Value::List(list?.iter().map(Value::read).collect::<Result<_>>()?),
            value::Map(map) => Value::Map(read_fields(map?)?),
        })
    }

    pub fn write(&self, mut to: value::Builder) {
        match self {
            Value::Null => to.set_null(()),
            Value::Bool(bool) => to.set_bool(*bool),
            Value::Int(int) => to.set_int(*int),
            Value::Float(float) => to.set_float(*float),
            Value::Text(text) => to.set_text(text.as_str()),
            Value::Bytes(bytes) => to.set_bytes(bytes),
            Value::Time(ms) => to.set_time(*ms),
            Value::List(list) => {
                let mut items = to.init_list(list.len() as u32);
                list.iter().enumerate().for_each(|(i, item)| item.write(items.reborrow().get(i as u32)));
            }
            Value::Map(map) => write_fields(map, to.init_map(map.len() as u32)),
        }
    }

    /// The entry of a map; null where there is none.
    pub fn get(&self, key: &str) -> &Value {
        match self {
            Value::Map(map) => map.iter().find(|(name, _)| name == key).map_or(&Value::Null, |(_, value)| value),
            _ => &Value::Null,
        }
    }

    /// `1` and `1.0` are the same value.
    pub fn integer(&self) -> Option<i64> {
        match *self {
            Value::Int(int) => Some(int),
            Value::Float(float) if float.trunc() == float && float.abs() <= 9007199254740992.0 => Some(float as i64),
            _ => None,
        }
    }
}

pub fn read_fields(from: struct_list::Reader<field::Owned>) -> Result<Fields> {
    from.iter().map(|each| Ok((each.get_key()?.to_string()?, Value::read(each.get_value()?)?))).collect()
}

pub fn write_fields(map: &Fields, mut to: struct_list::Builder<field::Owned>) {
    for (i, (key, value)) in map.iter().enumerate() {
        let mut entry = to.reborrow().get(i as u32);
        entry.set_key(key.as_str());
        value.write(entry.init_value());
    }
}
