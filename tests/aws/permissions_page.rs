//! `docs/PERMISSIONS.md` says what each action is for, from the tables of the backends.

use std::fmt::Write as _;
use std::path::Path;

use landbridge::aws::Aws;
use landbridge_aliyun::Aliyun;
use landbridge_core::CloudProvider;
use landbridge_core::policy::permissions_page;

const HEAD: &str = "\
# Permissions

`landbridge policy FILE` computes from a topology which permissions each of its accounts needs, and writes them as policies of
the cloud, without contacting it; see [PROGRAM.md](PROGRAM.md#permissions). Here stands what each action is for. The
permissions of `landbridge trust` (`ensure-role`, `delete-role`, `ensure-user`, `delete-user`) are in no policy of a topology.

Written from the tables of the backends by `LANDBRIDGE_BLESS=1 cargo test --workspace --all-features --test aws
permissions_page`.
";

#[test]
fn the_page_is_as_the_backends_say() {
    let aliyun = Aliyun::builder().build().expect("a provider");
    let aws = Aws::builder().build().expect("a provider");
    let clouds: [(&str, &dyn CloudProvider); 2] = [("Alibaba Cloud", &aliyun), ("AWS", &aws)];
    let mut page = HEAD.to_owned();
    for (title, provider) in clouds {
        let language = provider.policy_language().expect("a language");
        let tables = permissions_page(provider.capabilities(), language);
        let _ = write!(page, "\n## {title}\n\n{tables}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/PERMISSIONS.md");
    if std::env::var_os("LANDBRIDGE_BLESS").is_some() {
        std::fs::write(&path, &page).expect("it can be written");
    }
    let shown = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(shown, page, "write docs/PERMISSIONS.md anew, as it says");
}
