//! Headers as a guest holds them: never one that frames the message or belongs
//! to the connection, never one that could end the line it stands on.

use std::sync::Arc;

use wasmtime::component::Resource;
use wasmtime_wasi_http::p2::HeaderResult;
use wasmtime_wasi_http::p2::bindings::http::types::{self, HeaderError};

use crate::effect::{Header, is_of_connection};
use crate::sandbox::state::{State, ours, owned};

/// Fields of one request: servers take about a hundred.
const MAX_FIELDS: usize = 100;

/// Bytes of one request's names and values: servers take 8 to 16 KiB.
const MAX_FIELDS_BYTES: usize = 16 * 1024;

/// Names in lower case and values, in the order they were added.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    entries: Arc<Vec<Header>>,
    /// Headers of a request that was made, or of a response.
    sealed: bool,
}

impl Fields {
    /// Of a response, without what was between the host and its peer.
    pub fn received(headers: &[Header]) -> Fields {
        let kept = headers
            .iter()
            .filter(|header| !is_of_connection(&header.name));
        Fields {
            entries: Arc::new(kept.cloned().collect()),
            sealed: true,
        }
    }

    pub fn sealed(self) -> Fields {
        Fields {
            sealed: true,
            ..self
        }
    }

    pub fn entries(&self) -> &[Header] {
        &self.entries
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What `content-length` says; an error where it says two things.
    pub fn length(&self) -> Result<Option<u64>, HeaderError> {
        let mut values = self.values("content-length");
        let length = values.next().map(length).transpose()?;
        match values.next() {
            None => Ok(length),
            Some(_) => Err(HeaderError::InvalidSyntax),
        }
    }

    fn values<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f [u8]> {
        let named = self
            .entries
            .iter()
            .filter(move |header| header.name == name);
        named.map(|header| header.value.as_slice())
    }

    fn open(&mut self) -> Result<&mut Vec<Header>, HeaderError> {
        match self.sealed {
            true => Err(HeaderError::Immutable),
            false => Ok(Arc::make_mut(&mut self.entries)),
        }
    }

    fn append(&mut self, name: &str, value: Vec<u8>) -> Result<(), HeaderError> {
        let header = Header {
            name: checked_name(name)?,
            value: checked_value(value)?,
        };
        if header.name == "content-length" {
            length(&header.value)?;
            if self.values(&header.name).next().is_some() {
                return Err(HeaderError::InvalidSyntax);
            }
        }
        // `header-error` has no case for too many; a field that the host does
        // not take is the nearest.
        let size = |header: &Header| header.name.len() + header.value.len();
        let bytes: usize = self.entries.iter().map(size).sum();
        if self.entries.len() >= MAX_FIELDS || bytes + size(&header) > MAX_FIELDS_BYTES {
            return Err(HeaderError::Forbidden);
        }
        self.open()?.push(header);
        Ok(())
    }

    fn delete(&mut self, name: &str) -> Result<(), HeaderError> {
        let name = checked_name(name)?;
        self.open()?.retain(|header| header.name != name);
        Ok(())
    }

    /// All or nothing.
    fn set(&mut self, name: &str, values: Vec<Vec<u8>>) -> Result<(), HeaderError> {
        let mut set = self.clone();
        set.delete(name)?;
        for value in values {
            set.append(name, value)?;
        }
        *self = set;
        Ok(())
    }
}

fn checked_name(name: &str) -> Result<String, HeaderError> {
    let name = http::HeaderName::from_bytes(name.as_bytes());
    let name = name.map_err(|_| HeaderError::InvalidSyntax)?;
    match is_of_connection(name.as_str()) {
        true => Err(HeaderError::Forbidden),
        false => Ok(name.as_str().to_owned()),
    }
}

/// Refuses CR, LF and NUL, which would end the field.
fn checked_value(value: Vec<u8>) -> Result<Vec<u8>, HeaderError> {
    match http::HeaderValue::from_bytes(&value) {
        Ok(_) => Ok(value),
        Err(_) => Err(HeaderError::InvalidSyntax),
    }
}

/// `1*DIGIT` (RFC 9110, 8.6): no sign, no list.
fn length(value: &[u8]) -> Result<u64, HeaderError> {
    let digits = value.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(value).ok().filter(|_| digits);
    let number = text.and_then(|text| text.parse().ok());
    number.ok_or(HeaderError::InvalidSyntax)
}

impl State {
    fn fields(&self, handle: &Resource<types::Fields>) -> wasmtime::Result<&Fields> {
        Ok(self.table.get(&ours(handle))?)
    }

    fn fields_mut(&mut self, handle: &Resource<types::Fields>) -> HeaderResult<&mut Fields> {
        Ok(self.table.get_mut(&ours(handle))?)
    }

    pub(super) fn push_fields(
        &mut self,
        fields: Fields,
    ) -> wasmtime::Result<Resource<types::Fields>> {
        Ok(owned(self.table.push(fields)?))
    }
}

impl types::HostFields for State {
    fn new(&mut self) -> wasmtime::Result<Resource<types::Fields>> {
        self.push_fields(Fields::default())
    }

    fn from_list(
        &mut self,
        entries: Vec<(String, Vec<u8>)>,
    ) -> HeaderResult<Resource<types::Fields>> {
        let mut fields = Fields::default();
        for (name, value) in entries {
            fields.append(&name, value)?;
        }
        Ok(owned(self.table.push(fields)?))
    }

    fn get(
        &mut self,
        handle: Resource<types::Fields>,
        name: String,
    ) -> wasmtime::Result<Vec<Vec<u8>>> {
        let name = name.to_ascii_lowercase();
        let fields = self.fields(&handle)?;
        Ok(fields.values(&name).map(<[u8]>::to_vec).collect())
    }

    fn has(&mut self, handle: Resource<types::Fields>, name: String) -> wasmtime::Result<bool> {
        let name = name.to_ascii_lowercase();
        Ok(self.fields(&handle)?.values(&name).next().is_some())
    }

    fn set(
        &mut self,
        handle: Resource<types::Fields>,
        name: String,
        values: Vec<Vec<u8>>,
    ) -> HeaderResult<()> {
        Ok(self.fields_mut(&handle)?.set(&name, values)?)
    }

    fn delete(&mut self, handle: Resource<types::Fields>, name: String) -> HeaderResult<()> {
        Ok(self.fields_mut(&handle)?.delete(&name)?)
    }

    fn append(
        &mut self,
        handle: Resource<types::Fields>,
        name: String,
        value: Vec<u8>,
    ) -> HeaderResult<()> {
        Ok(self.fields_mut(&handle)?.append(&name, value)?)
    }

    fn entries(
        &mut self,
        handle: Resource<types::Fields>,
    ) -> wasmtime::Result<Vec<(String, Vec<u8>)>> {
        let entry = |header: &Header| (header.name.clone(), header.value.clone());
        Ok(self.fields(&handle)?.entries().iter().map(entry).collect())
    }

    fn clone(
        &mut self,
        handle: Resource<types::Fields>,
    ) -> wasmtime::Result<Resource<types::Fields>> {
        let copy = Fields {
            sealed: false,
            ..self.fields(&handle)?.clone()
        };
        self.push_fields(copy)
    }

    fn drop(&mut self, handle: Resource<types::Fields>) -> wasmtime::Result<()> {
        self.table.delete(owned::<_, Fields>(handle))?;
        Ok(())
    }
}
