//! `cargo xtask test`: everything that CI runs, in groups; with `--fidelity`, CPython's own tests whole; with `--packages`,
//! quick starts of packages; with `--audit`, the tables of what a program reaches.

mod audit;
mod beside;
mod differential;
mod end_to_end;
mod expected;
mod fidelity;
mod linkage;
mod micropython;
mod native;
mod native_library;
mod options;
mod packages;
mod page;
mod programs;
mod registry;
mod runtimes;
mod rust;
mod starts;
mod stock;
mod subject;
mod suite;
mod whole;

use anyhow::Result;

use super::Session;
use crate::cli;
use subject::Subject;
use suite::Suite;

pub fn run(session: &Session, args: &cli::Test) -> Result<()> {
    let subject = Subject::new(session);
    let dynlinked = Subject::dynlinked(session);
    let folded = Subject::folded(session);
    let micropython = Subject::micropython(session);
    let image = micropython::subject::Subject::new(session);
    if args.all {
        let subject = Subject::with_test_modules(session);
        let whole = whole::Run::new(&subject)?;
        let mut suite = Suite::new(session, &[]);
        suite.group("fidelity", whole.tests(&args.filter)?);
        suite.finish()?;
        let everything = args.filter.is_empty() && !session.global.dry_run;
        return if everything { whole.page() } else { Ok(()) };
    }
    if args.fidelity {
        let mut suite = Suite::new(session, &[]);
        for subject in [&subject, &dynlinked, &folded] {
            suite.group("fidelity", fidelity::tests(subject, Some(&args.filter))?);
        }
        return suite.finish();
    }
    if args.packages {
        let mut suite = Suite::new(session, &[]);
        suite.group("packages", packages::tests(&subject, true, &args.filter)?);
        return suite.finish();
    }
    if args.audit {
        return audit::run(&dynlinked);
    }
    let mut suite = Suite::new(session, &args.filter);
    suite.chain("rust", rust::tests(session));
    suite.group("linkage", linkage::tests(session)?);
    suite.group("registry", registry::tests(session));
    suite.group("native", native::tests(session)?);
    for subject in [&subject, &dynlinked, &folded] {
        suite.group("python", programs::tests(subject, args.full)?);
    }
    suite.group("python", starts::tests(&subject)?);
    suite.group("packages", packages::tests(&subject, false, &[])?);
    micropython::add(&mut suite, &image, &subject)?;
    suite.group("runtimes", runtimes::tests(&subject, &micropython)?);
    suite.group("differential", differential::tests(&subject, &micropython, args.full));
    for subject in [&subject, &dynlinked, &folded] {
        suite.group("differential", differential::tables(subject)?);
    }
    suite.group("differential", differential::duckdb(&dynlinked, args.full)?);
    suite.group("stock", stock::tests(&subject, args.full));
    suite.group("audit", audit::tests(&dynlinked));
    for subject in [&subject, &dynlinked, &folded] {
        suite.group("fidelity", fidelity::tests(subject, None)?);
    }
    suite.chain("end-to-end", end_to_end::tests(&subject, &dynlinked, args.full)?);
    suite.finish()
}
