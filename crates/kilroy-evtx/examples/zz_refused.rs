use kilroy_evtx::*;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
fn main() {
    let mut m: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for p in std::env::args().skip(1) {
        let f = std::fs::File::open(&p).unwrap();
        let _ = Reader::new(&f).for_each(&mut |e| {
            if let Entry::Record(r) = e {
                if !r.is_typed() {
                    let k = format!(
                        "{} {} {}",
                        r.system.provider,
                        r.system.event_id,
                        p.rsplit('/').next().unwrap()
                    );
                    let v = m.entry(k).or_insert((0, String::new()));
                    v.0 += 1;
                    v.1 = format!("{}@{}", p, r.offset);
                }
            }
            ControlFlow::Continue(())
        });
    }
    let mut v: Vec<_> = m.into_iter().collect();
    v.sort_by_key(|x| std::cmp::Reverse(x.1.0));
    for (k, (n, w)) in v.iter().take(40) {
        println!("{n}\t{k}\t{w}");
    }
}
