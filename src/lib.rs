//! x
pub mod contract;
mod words {
    #[derive(Debug)]
    pub struct CommandWords { pub interface: &'static str, pub name: &'static str, pub title: &'static str, pub summary: &'static str, pub help: &'static str, pub inputs: &'static [FieldWords] }
    #[derive(Debug)]
    pub struct FieldWords { pub name: &'static str, pub title: &'static str, pub help: &'static str, pub required: bool, pub example: Option<&'static str>}
    include!(concat!(env!("OUT_DIR"), "/catalog_words.rs"));
    #[test]
    fn x() { println!("{:#?}", COMMANDS.iter().map(|c| c.words()).collect::<Vec<_>>()); println!("{:#?}", SETTINGS); }
}
