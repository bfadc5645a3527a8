use kilroy_evtx::*;
use std::ops::ControlFlow;
fn main() {
    let mut a = std::env::args().skip(1);
    let p = a.next().unwrap();
    let mode = a.next().unwrap();
    let f = std::fs::File::open(&p).unwrap();
    let mut n = 0u64;
    let mut t = Texts::default();
    let mut bytes = 0usize;
    let t0 = std::time::Instant::now();
    match mode.as_str() {
        "read" => {
            let mut b = vec![0u8; 65536];
            let mut o = 0;
            loop {
                let r = Source::read_at(&f, &mut b, o).unwrap();
                if r == 0 {
                    break;
                }
                o += r as u64;
                n += b[0] as u64;
            }
        }
        "all" | "slow" => {
            let s = Reader::new(&f)
                .slow(mode == "slow")
                .for_each(&mut |e| {
                    if let Entry::Record(r) = e {
                        t.clear();
                        for x in r.fields() {
                            t.push(&x.value);
                        }
                        bytes += t.view().all().len();
                        n += 1;
                    }
                    ControlFlow::Continue(())
                })
                .unwrap();
            eprintln!("{s:?}");
        }
        "value" => {
            let mut ps = evtx::EvtxParser::from_path(&p)
                .unwrap()
                .with_configuration(evtx::ParserSettings::new().num_threads(1));
            for r in ps.records_json_value() {
                if let Ok(r) = r {
                    if r.data.is_object() {
                        n += 1;
                    }
                }
            }
        }
        "sys" => {
            let s = Reader::new(&f)
                .only(&|s| s.event_id == 9999999)
                .for_each(&mut |e| {
                    if let Entry::Record(_) = e {
                        n += 1;
                    }
                    ControlFlow::Continue(())
                })
                .unwrap();
            eprintln!("{s:?}");
        }
        "typed" => {
            let s = Reader::new(&f)
                .for_each(&mut |e| {
                    if let Entry::Record(r) = e {
                        for x in r.fields() {
                            bytes += x.name.len();
                        }
                        n += 1;
                    }
                    ControlFlow::Continue(())
                })
                .unwrap();
            eprintln!("{s:?}");
        }
        _ => panic!(),
    }
    eprintln!("{mode}: n={n} bytes={bytes} {:?}", t0.elapsed());
}
