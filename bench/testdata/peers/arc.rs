// What Rust's Arc and Weak take, in nanoseconds: the least of many short runs,
// which disturbances of the machine do not reach. Printed as "name value" lines. The
// arguments may be the one operation to measure, and for how many milliseconds.

use std::hint::black_box;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

const RUNS: usize = 300;
const STEPS: u32 = 5000;

// The size of what the Go benchmarks count.
struct Payload {
    a: i64,
    _rest: [i64; 2],
}

fn least<F: FnMut()>(name: &str, mut step: F) {
    let mut args = std::env::args().skip(1);
    if args.next().is_some_and(|wanted| wanted != name) {
        return;
    }
    let span = Duration::from_millis(args.next().map_or(0, |ms| ms.parse().unwrap()));
    let (began, mut runs, mut best) = (Instant::now(), 0, f64::MAX);
    while runs < RUNS || began.elapsed() < span {
        runs += 1;
        let start = Instant::now();
        for _ in 0..STEPS {
            step();
        }
        best = best.min(start.elapsed().as_nanos() as f64 / STEPS as f64);
    }
    println!("{name} {best:.3}");
}

fn main() {
    let word = AtomicI64::new(0);
    least("add-pair", || {
        black_box(&word).fetch_add(1, Ordering::SeqCst);
        black_box(&word).fetch_sub(1, Ordering::SeqCst);
    });
    let arc = Arc::new(Payload { a: 1, _rest: [0; 2] });
    least("clone-release", || drop(black_box(Arc::clone(black_box(&arc)))));
    let weak: Weak<Payload> = Arc::downgrade(&arc);
    least("upgrade-release", || drop(black_box(black_box(&weak).upgrade())));
    least("downgrade-release", || drop(black_box(Arc::downgrade(black_box(&arc)))));
    least("new-release", || drop(black_box(Arc::new(Payload { a: black_box(1), _rest: [0; 2] }))));
    let rc = std::rc::Rc::new(Payload { a: 1, _rest: [0; 2] });
    least("local-clone-release", || drop(black_box(std::rc::Rc::clone(black_box(&rc)))));
    black_box(arc.a + rc.a);
}
