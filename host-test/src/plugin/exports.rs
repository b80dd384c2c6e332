//! What the component exports, read from the component itself. There is no list of commands anywhere in the host.

use std::fmt;

use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentExportIndex, Type};

/// The package whose interfaces this host knows.
const PACKAGE: &str = "conductor:secure-endpoint/";
/// The versions of the contract that it knows: each 0.1.x adds functions and takes none away.
const VERSION: &str = "0.1.";

/// A function that the component exports.
#[derive(Debug, Clone)]
pub struct Function {
    /// The interface without package and version: `commands`.
    pub interface: String,
    /// Its name: `get-computers`.
    pub name: String,
    /// Names and types of its parameters.
    pub parameters: Vec<(String, Type)>,
    /// The type of its result, if it has one.
    pub result: Option<Type>,
    pub(super) index: ComponentExportIndex,
}

impl Function {
    /// The type of the parameter `name`, where there is such a one.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Type> {
        self.parameters
            .iter()
            .find(|(parameter, _)| parameter == name)
            .map(|(_, of)| of)
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.interface, self.name)
    }
}

/// Every function of every interface of the contract, in the component's own order.
pub(super) fn functions(engine: &Engine, component: &Component) -> Vec<Function> {
    let mut found = Vec::new();
    for (path, item) in component.component_type().exports(engine) {
        let (Some(interface), ComponentItem::ComponentInstance(instance)) =
            (interface(path), item.ty)
        else {
            continue;
        };
        let Some((_, parent)) = component.get_export(None, path) else {
            continue;
        };
        for (name, item) in instance.exports(engine) {
            let ComponentItem::ComponentFunc(function) = item.ty else {
                continue;
            };
            let Some((_, index)) = component.get_export(Some(&parent), name) else {
                continue;
            };
            found.push(Function {
                interface: interface.to_owned(),
                name: name.to_owned(),
                parameters: function
                    .params()
                    .map(|(name, of)| (name.to_owned(), of))
                    .collect(),
                result: function.results().next(),
                index,
            });
        }
    }
    found
}

/// `commands` of `conductor:secure-endpoint/commands@0.1.0`; none for what is not of this contract.
fn interface(path: &str) -> Option<&str> {
    let (name, version) = path.strip_prefix(PACKAGE)?.split_once('@')?;
    version.starts_with(VERSION).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::interface;

    #[test]
    fn any_version_of_the_contract_that_adds_only_is_known() {
        assert_eq!(
            interface("conductor:secure-endpoint/commands@0.1.0"),
            Some("commands")
        );
        assert_eq!(
            interface("conductor:secure-endpoint/commands@0.1.17"),
            Some("commands")
        );
        assert_eq!(interface("conductor:secure-endpoint/commands@0.2.0"), None);
        assert_eq!(interface("wasi:http/incoming-handler@0.2.0"), None);
    }
}
