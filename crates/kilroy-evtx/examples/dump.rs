use std::ops::ControlFlow;
fn main() {
    let mut per = std::collections::BTreeMap::new();
    for p in std::env::args().skip(1) {
        let r = kilroy_evtx::read(std::fs::File::open(&p).unwrap(), &mut |i| {
            match i {
                kilroy_evtx::Item::Record(r) => *per.entry(r.position.chunk).or_insert(0) += 1,
                kilroy_evtx::Item::Loss(l) => println!("{:#x} {:?} {}", l.offset, l.kind, l.detail),
            }
            ControlFlow::Continue(())
        });
        println!("{r:?} {per:?}");
    }
}
