use std::num::NonZeroUsize;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let found = kilroy_evidence::find(&[a[1].clone().into()]).unwrap();
    let t = NonZeroUsize::new(a[2].parse().unwrap()).unwrap();
    for f in &found {
        let d = kilroy_evidence::Digest {
            id: kilroy_model::EvidenceId(1),
            sha256: String::new(),
            size: f.size,
            modified: None,
        };
        let mut rows = 0;
        let mut bytes = 0;
        let r = kilroy_evidence::decode::<std::convert::Infallible>(f, &d, t, &|_| {}, &mut |b| {
            rows += b.num_rows();
            bytes += b.get_array_memory_size();
            Ok(())
        })
        .unwrap();
        eprintln!("{} {} {} rows {} MB", r.records, r.losses_total, rows, bytes / 1000000);
    }
}
