//! Which foreign types the public signatures of the libraries name: an HTTP client or a vendor's SDK is an implementation
//! detail, and its next major version must not be one of ours.
//!
//! It reads sources: `pub` items, public fields, methods and trait items, implementations for public types, re-exports.
//! (The lint `unreachable_pub` keeps `pub` for what is reachable.) Names are resolved through `use`, type aliases and
//! re-exports inside the crate; what macros expand to is not seen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Block, Expr, File, ImplItem, Item, ItemImpl, ItemStruct, Meta, Type};
use syn::{UseTree, Visibility};

#[path = "support/metadata.rs"]
mod metadata;

/// What public signatures may name besides the standard library: by crate, or by path.
const ALLOWED: &[&str] = &[
    "landbridge_aliyun",
    "landbridge_aws",
    "landbridge_core",
    "async_trait",
    "futures_core::Stream",
    "http",
    "ipnet",
    "jiff",
    "schemars",
    "secrecy",
    "serde",
    "serde_json",
    // For authors of backends: the slots of a place.
    "tokio::sync::Semaphore",
    "tokio::sync::mpsc::UnboundedSender",
    "tokio_util::sync::CancellationToken",
];

const PACKAGES: &[(&str, &str)] = &[
    ("landbridge", "src"),
    ("landbridge-core", "crates/core/src"),
    ("landbridge-aliyun", "crates/aliyun/src"),
    ("landbridge-aws", "crates/aws/src"),
];

#[test]
fn public_signatures_name_no_type_of_an_http_client_or_sdk() {
    let metadata = metadata::metadata();
    let mut foreign = Vec::new();
    for (package, folder) in PACKAGES {
        let dependencies = dependencies(&metadata, package);
        let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
        let (seen, found) = scan(&sources, &dependencies);
        assert!(
            *package == "landbridge" || seen > 50,
            "{package}: {seen} public items"
        );
        foreign.extend(found.into_iter().map(|found| format!("{package}: {found}")));
    }
    assert!(
        foreign.is_empty(),
        "foreign types in public signatures:\n{}",
        foreign.join("\n")
    );
}

#[test]
fn foreign_types_are_found_wherever_a_signature_can_name_them() {
    let hidden = r#"
        pub(crate) use reqwest::Client as HttpClient;
        #[cfg(test)]
        mod tests { pub fn client() -> reqwest::Client { made() } }
        trait Private { fn client(&self) -> reqwest::Client; }
        impl Private for Shown { fn client(&self) -> reqwest::Client { made() } }
        struct Hidden { pub client: reqwest::Client }
        impl From<reqwest::Error> for Hidden { fn from(_: reqwest::Error) -> Self { made() } }
        pub struct Shown { client: reqwest::Client }
        impl Shown { fn client(&self) -> reqwest::Client { made() } }
        pub fn body() -> http::StatusCode { let _: reqwest::Client; made() }
    "#;
    let shown = r#"
        use reqwest::{Response, header::HeaderMap as Headers};
        use crate::hidden::{HttpClient, Shown};
        type Answer = Option<Response>;
        pub use reqwest::Url;
        pub type Named = Vec<reqwest::Body>;
        pub fn argument(answer: &Answer) {}
        pub fn bound(read: impl Fn(&Headers)) {}
        pub struct Fields { pub client: HttpClient, own: Response }
        pub enum Variants { One { answer: Response } }
        pub trait Asks: AsRef<Response> { fn ask(&self) -> Result<(), reqwest::Error>; }
        impl Shown { pub fn made(&self) -> Box<dyn Fn() -> reqwest::Proxy> { made() } }
        impl From<reqwest::Error> for Shown { fn from(_: reqwest::Error) -> Self { made() } }
        impl Asks for Response { fn ask(&self) -> Result<(), reqwest::Error> { made() } }
    "#;
    let files = [("hidden.rs", hidden), ("shown.rs", shown)];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let dependencies = ["http", "reqwest"].map(str::to_owned).into();
    let (_, found) = scan(&files, &dependencies);
    let expected = [
        "shown.rs: Asks: reqwest::Error",
        "shown.rs: Asks: reqwest::Response",
        "shown.rs: Fields: reqwest::Client",
        "shown.rs: Named: reqwest::Body",
        "shown.rs: Variants: reqwest::Response",
        "shown.rs: argument: reqwest::Response",
        "shown.rs: bound: reqwest::header::HeaderMap",
        "shown.rs: impl for Response: reqwest::Error",
        "shown.rs: impl for Response: reqwest::Response",
        "shown.rs: impl for Shown: reqwest::Error",
        "shown.rs: impl for Shown: reqwest::Proxy",
        "shown.rs: use: reqwest::Url",
    ];
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, expected);
}

/// The names by which a package's code calls its dependencies.
fn dependencies(metadata: &serde_json::Value, package: &str) -> BTreeSet<String> {
    let packages = metadata["packages"].as_array().expect("packages");
    let known = packages.iter().find(|known| known["name"] == package);
    let dependencies = known.expect("the package")["dependencies"].as_array();
    let names = dependencies
        .expect("dependencies")
        .iter()
        .map(|dependency| {
            let name = dependency["rename"]
                .as_str()
                .or(dependency["name"].as_str());
            name.expect("a name").replace('-', "_")
        });
    names.collect()
}

/// All source files below a folder, except those of unit tests.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                let tests = path.file_name().is_some_and(|name| name == "tests");
                folders.extend((!tests).then_some(path));
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).expect("readable");
                files.push((path.display().to_string(), text));
            }
        }
    }
    files
}

/// How many public items the files of a crate have, and the foreign types that these name.
fn scan(files: &[(String, String)], dependencies: &BTreeSet<String>) -> (usize, BTreeSet<String>) {
    let parsed: Vec<(&str, File)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), syn::parse_file(text).expect("Rust")))
        .collect();
    let mut names = Names::default();
    for (_, file) in &parsed {
        names.collect(&file.items);
    }
    let (mut seen, mut found) = (0, BTreeSet::new());
    for (name, file) in &parsed {
        let mut signatures = Signatures {
            dependencies,
            names: &names,
            imports: BTreeMap::new(),
            item: String::new(),
            seen: 0,
            found: BTreeSet::new(),
        };
        signatures.import(&file.items);
        signatures.items(&file.items);
        seen += signatures.seen;
        found.extend(
            signatures
                .found
                .iter()
                .map(|found| format!("{name}: {found}")),
        );
    }
    (seen, found)
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    })
}

/// The items of a module and of the modules written inside it, unit tests left out.
fn flat(items: &[Item]) -> Vec<&Item> {
    let mut all = Vec::new();
    for item in items {
        match item {
            Item::Mod(module) if is_test(&module.attrs) => {}
            Item::Mod(module) => {
                let inner = module.content.as_ref().map(|(_, items)| flat(items));
                all.extend(inner.unwrap_or_default());
            }
            item => all.push(item),
        }
    }
    all
}

/// The imported names of a `use`, each with its path.
fn leaves(tree: &UseTree, path: &str) -> Vec<(String, String)> {
    let join = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}::{name}"),
    };
    match tree {
        UseTree::Path(inner) => leaves(&inner.tree, &join(&inner.ident.to_string())),
        UseTree::Name(name) if name.ident == "self" => {
            let last = path.rsplit("::").next().unwrap_or(path);
            vec![(last.to_owned(), path.to_owned())]
        }
        UseTree::Name(name) => vec![(name.ident.to_string(), join(&name.ident.to_string()))],
        UseTree::Rename(name) => vec![(name.rename.to_string(), join(&name.ident.to_string()))],
        UseTree::Glob(_) => vec![("*".to_owned(), join("*"))],
        UseTree::Group(group) => (group.items.iter())
            .flat_map(|tree| leaves(tree, path))
            .collect(),
    }
}

/// What has to be known of a whole crate.
#[derive(Default)]
struct Names {
    types: BTreeSet<String>,
    private_traits: BTreeSet<String>,
    /// What the crate re-exports for itself.
    imports: BTreeMap<String, String>,
}

impl Names {
    fn collect(&mut self, items: &[Item]) {
        for item in flat(items) {
            match item {
                Item::Struct(item) if is_public(&item.vis) => self.type_named(&item.ident),
                Item::Enum(item) if is_public(&item.vis) => self.type_named(&item.ident),
                Item::Trait(item) if !is_public(&item.vis) => {
                    self.private_traits.insert(item.ident.to_string());
                }
                Item::Use(item) if matches!(item.vis, Visibility::Restricted(_)) => {
                    self.imports.extend(leaves(&item.tree, ""));
                }
                _ => {}
            }
        }
    }

    fn type_named(&mut self, name: &syn::Ident) {
        self.types.insert(name.to_string());
    }
}

/// Looks at the public signatures of one file.
struct Signatures<'a> {
    dependencies: &'a BTreeSet<String>,
    names: &'a Names,
    imports: BTreeMap<String, String>,
    item: String,
    seen: usize,
    found: BTreeSet<String>,
}

impl Signatures<'_> {
    fn import(&mut self, items: &[Item]) {
        for item in flat(items) {
            if let Item::Use(item) = item {
                self.imports.extend(leaves(&item.tree, ""));
            }
        }
        // A private alias stands for what it names.
        for item in flat(items) {
            if let Item::Type(alias) = item {
                let before = std::mem::take(&mut self.found);
                self.visit_type(&alias.ty);
                let foreign = std::mem::replace(&mut self.found, before);
                let path = foreign.first().and_then(|found| found.split(": ").last());
                let path = path.map(str::to_owned);
                self.imports
                    .extend(path.map(|path| (alias.ident.to_string(), path)));
            }
        }
    }

    fn items(&mut self, items: &[Item]) {
        for item in flat(items) {
            self.public_item(item);
        }
    }

    fn public_item(&mut self, item: &Item) {
        match item {
            Item::Fn(item) if is_public(&item.vis) => {
                self.named(&item.sig.ident).visit_item_fn(item)
            }
            Item::Struct(item) if is_public(&item.vis) => self.public_struct(item),
            Item::Enum(item) if is_public(&item.vis) => {
                self.named(&item.ident).visit_item_enum(item)
            }
            Item::Trait(item) if is_public(&item.vis) => {
                self.named(&item.ident).visit_item_trait(item)
            }
            Item::Type(item) if is_public(&item.vis) => {
                self.named(&item.ident).visit_type(&item.ty)
            }
            Item::Const(item) if is_public(&item.vis) => {
                self.named(&item.ident).visit_type(&item.ty)
            }
            Item::Static(item) if is_public(&item.vis) => {
                self.named(&item.ident).visit_type(&item.ty)
            }
            Item::Use(item) if is_public(&item.vis) => {
                self.item = "use".to_owned();
                for (_, path) in leaves(&item.tree, "") {
                    self.check(path);
                }
            }
            Item::Impl(item) => self.implementation(item),
            _ => {}
        }
    }

    fn named(&mut self, name: &syn::Ident) -> &mut Self {
        self.item = name.to_string();
        self.seen += 1;
        self
    }

    fn public_struct(&mut self, item: &ItemStruct) {
        self.named(&item.ident).visit_generics(&item.generics);
        for field in item.fields.iter().filter(|field| is_public(&field.vis)) {
            self.visit_type(&field.ty);
        }
    }

    fn implementation(&mut self, item: &ItemImpl) {
        let Some(name) = last_name(&item.self_ty) else {
            return;
        };
        let foreign = self.imports.get(&name);
        let foreign = foreign.is_some_and(|path| self.is_dependency(path));
        if !self.names.types.contains(&name) && !foreign {
            return;
        }
        self.item = format!("impl for {name}");
        let Some((path, _)) = &item.trait_ else {
            for inner in &item.items {
                match inner {
                    ImplItem::Fn(inner) if is_public(&inner.vis) => {
                        self.seen += 1;
                        self.visit_signature(&inner.sig);
                    }
                    ImplItem::Const(inner) if is_public(&inner.vis) => self.visit_type(&inner.ty),
                    _ => {}
                }
            }
            return;
        };
        let last = path
            .segments
            .last()
            .map(|segment| segment.ident.to_string());
        if !last.is_some_and(|name| self.names.private_traits.contains(&name)) {
            self.visit_item_impl(item);
        }
    }

    fn is_dependency(&self, path: &str) -> bool {
        let root = path.split("::").next().unwrap_or(path);
        self.dependencies.contains(root)
    }

    /// Notes a path if it leads out of the crate to what is not allowed.
    fn check(&mut self, path: String) {
        let allowed = |allowed: &&str| {
            let rest = path.strip_prefix(*allowed);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        if self.is_dependency(&path) && !ALLOWED.iter().any(allowed) {
            self.found.insert(format!("{}: {path}", self.item));
        }
    }

    fn resolve(&self, path: &syn::Path) -> String {
        let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        let Some(import) = self.imports.get(&segments[0]) else {
            return segments.join("::");
        };
        let inside = ["crate::", "super::", "self::"]
            .iter()
            .any(|root| import.starts_with(root));
        let last = import.rsplit("::").next().unwrap_or(import);
        let target = match self.names.imports.get(last) {
            Some(target) if inside => target,
            _ => import,
        };
        let rest = segments[1..].iter().map(|segment| format!("::{segment}"));
        target.clone() + &rest.collect::<String>()
    }
}

impl<'ast> Visit<'ast> for Signatures<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let resolved = self.resolve(path);
        self.check(resolved);
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}
    fn visit_block(&mut self, _: &'ast Block) {}
    fn visit_expr(&mut self, _: &'ast Expr) {}
}

fn last_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|segment| segment.ident.to_string()),
        Type::Reference(reference) => last_name(&reference.elem),
        _ => None,
    }
}
