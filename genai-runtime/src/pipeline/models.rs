//! Models of what calls ask first: the gate, and the default configuration behind it.

use std::sync::Arc;

use loom::thread::{self, JoinHandle};

use super::listening::{claim_look, count_unheard, install, is_on, last_look, look, looked};
use super::published::Published;
use crate::diag::sync::atomic::{AtomicU8, AtomicU64};
use crate::diag::sync::{RwLock, every_order, orders_within};

/// A configuration: its number, and whether its own providers listen; else a look finds nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Config {
    number: u32,
    listens: bool,
    is_disabled: bool,
}

const FROM_GLOBALS: Config = Config {
    number: 0,
    listens: false,
    is_disabled: false,
};
const OWN: Config = Config {
    number: 1,
    listens: true,
    is_disabled: false,
};
const DISABLED: Config = Config {
    number: 2,
    listens: false,
    is_disabled: true,
};

fn published(config: Option<Config>) -> Arc<Published<Config>> {
    Arc::new(Published {
        generation: AtomicU64::new(0),
        value: RwLock::new(config),
    })
}

/// As `current::install` does it.
fn installs(default: &Published<Config>, config: Config) {
    let before = default.replace(config, looked, || install(config.is_disabled));
    assert!(before.is_ok());
}

/// As `current::open` and the start of the operation do it; gives the configuration that the operation uses.
fn opens(default: &Published<Config>) -> Option<Config> {
    let look = look();
    let (generation, config) = default
        .get()
        .ok()?
        .or_else(|| default.get_or_insert(FROM_GLOBALS).ok())?;
    if config.is_disabled {
        look.disable();
        return None;
    }
    if config.listens {
        look.switch_on();
        return Some(config);
    }
    let _ = default.replace_of(generation, config);
    look.learn(false);
    Some(config)
}

fn spawned<T: 'static>(
    default: &Arc<Published<Config>>,
    f: impl FnOnce(&Published<Config>) -> T + 'static,
) -> JoinHandle<T> {
    let default = Arc::clone(default);
    thread::spawn(move || f(&default))
}

fn is_default(default: &Published<Config>, config: Config) -> bool {
    matches!(default.get(), Ok(Some((_, now))) if now == config)
}

#[test]
fn an_installation_is_undone_by_no_look() {
    orders_within(2, "an installation and two looks", || {
        let default = published(Some(FROM_GLOBALS));
        let looks = spawned(&default, |default| opens(default).is_some());
        let installs = spawned(&default, |default| installs(default, OWN));
        opens(&default);
        assert!(looks.join().unwrap());
        installs.join().unwrap();
        assert!(is_default(&default, OWN));
        assert!(is_on());
    });
}

#[test]
fn an_installation_is_undone_by_no_look_that_comes_while_it_is_made() {
    every_order("an installation and a look", || {
        let default = published(Some(FROM_GLOBALS));
        let looks = spawned(&default, |default| opens(default).is_some());
        installs(&default, OWN);
        assert!(looks.join().unwrap());
        assert!(is_default(&default, OWN));
        assert!(is_on());
    });
}

#[test]
fn an_installation_while_the_first_default_is_made_stays() {
    every_order("an installation and the first default", || {
        let default = published(None);
        let opens = spawned(&default, |default| opens(default).is_some());
        installs(&default, OWN);
        assert!(opens.join().unwrap());
        assert!(is_default(&default, OWN));
        assert!(is_on());
    });
}

#[test]
fn a_configuration_in_place_of_a_disabled_one_is_on() {
    every_order("an installation in place of a disabled one", || {
        let default = published(Some(DISABLED));
        let opens = spawned(&default, |default| opens(default).is_none_or(|c| c == OWN));
        installs(&default, OWN);
        assert!(opens.join().unwrap());
        assert!(is_on());
    });
}

#[test]
fn of_two_installations_the_gate_is_that_of_the_default() {
    every_order("two installations", || {
        let default = published(Some(FROM_GLOBALS));
        let other = spawned(&default, |default| installs(default, DISABLED));
        installs(&default, OWN);
        other.join().unwrap();
        assert_eq!(is_on(), is_default(&default, OWN));
    });
}

#[test]
fn a_generation_that_is_new_never_comes_with_a_value_that_is_old() {
    every_order("a copy with its generation", || {
        let default = published(Some(FROM_GLOBALS));
        let installs = spawned(&default, |default| installs(default, OWN));
        let Ok(Some((generation, config))) = default.get() else {
            panic!("a value");
        };
        assert!(config == OWN || generation == 0);
        installs.join().unwrap();
        // The copy is used for as long as its generation is that of now.
        assert!(config == OWN || generation != default.generation());
    });
}

#[test]
fn one_of_those_who_saw_the_same_look_looks() {
    every_order("a claim of a look", || {
        let last = last_look();
        let now = std::time::Instant::now();
        let claims = || thread::spawn(move || claim_look(last, now));
        let (one, other) = (claims(), claims());
        assert!(one.join().unwrap() != other.join().unwrap());
    });
}

#[test]
fn it_is_said_once_that_nobody_listens() {
    every_order("looks in vain", || {
        let unheard = Arc::new(AtomicU8::new(0));
        let counted = |unheard: &AtomicU8| {
            let said = [count_unheard(unheard, false), count_unheard(unheard, false)];
            said.into_iter().filter(|said| *said).count()
        };
        let other = Arc::clone(&unheard);
        let other = thread::spawn(move || counted(&other));
        let said = counted(&unheard) + other.join().unwrap();
        assert_eq!(said, 1);
    });
}
