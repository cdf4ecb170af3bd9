//! `arguments(a, b = v)`: names and values by reference, serialised as one object.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// An object under construction; `F` are its fields so far.
pub struct Object<F>(F);

/// An object without fields.
pub fn object() -> Object<()> {
    Object(())
}

impl<F> Object<F> {
    /// The same with one more field, which comes last.
    pub fn with<'a, V: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &'a V,
    ) -> Object<(F, &'static str, &'a V)> {
        Object((self.0, name, value))
    }
}

/// Fields in their order.
pub trait Fields {
    /// How many there are.
    const COUNT: usize;

    /// Writes them into `map`.
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

impl Fields for () {
    const COUNT: usize = 0;

    fn write<M: SerializeMap>(&self, _: &mut M) -> Result<(), M::Error> {
        Ok(())
    }
}

impl<F: Fields, V: Serialize + ?Sized> Fields for (F, &'static str, &V) {
    const COUNT: usize = F::COUNT + 1;

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.0.write(map)?;
        map.serialize_entry(self.1, self.2)
    }
}

impl<F: Fields> Serialize for Object<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(F::COUNT))?;
        self.0.write(&mut map)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_in_the_order_they_were_given() {
        let (city, days) = (String::from("Paris"), 3);
        let some = object()
            .with("city", &city)
            .with("days", &days)
            .with("unit", "C");
        assert_eq!(
            serde_json::to_string(&some).ok().as_deref(),
            Some(r#"{"city":"Paris","days":3,"unit":"C"}"#)
        );
        assert_eq!(serde_json::to_string(&object()).ok().as_deref(), Some("{}"));
    }
}
