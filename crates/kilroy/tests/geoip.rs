//! `--geoip`: countries and networks of addresses from a MaxMind database, which is made here.

mod common;

use std::collections::BTreeMap;

use common::Workplace;
use kilroy_testkit::{Account, Client, Host, Style, log_files, may};

/// What a database can say, as far as it is needed here.
enum Data {
    Text(&'static str),
    Number(u32),
    Map(Vec<(&'static str, Data)>),
}

impl Data {
    fn write(&self, into: &mut Vec<u8>) {
        let head = |into: &mut Vec<u8>, kind: u8, size: usize| {
            let size = u8::try_from(size).expect("a short text");
            into.push(kind << 5 | size.min(29));
            // A size of 29 and more stands in a byte of its own.
            into.extend(size.checked_sub(29));
        };
        match self {
            Self::Text(text) => {
                head(into, 2, text.len());
                into.extend_from_slice(text.as_bytes());
            }
            Self::Number(number) => {
                head(into, 6, 4);
                into.extend_from_slice(&number.to_be_bytes());
            }
            Self::Map(entries) => {
                head(into, 7, entries.len());
                for (key, value) in entries {
                    Self::Text(key).write(into);
                    value.write(into);
                }
            }
        }
    }
}

/// A database of networks with 16 bits: MaxMind DB 2.0, records of 24 bits, IPv4.
fn database(kind: &'static str, networks: &[([u8; 2], Data)]) -> Vec<u8> {
    // Nodes by the bits that lead to them; a leaf is the place of an entry.
    let mut nodes: Vec<[Option<usize>; 2]> = vec![[None, None]];
    let mut leaves: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut data = Vec::new();
    for (network, entry) in networks {
        let bits = u16::from_be_bytes(*network);
        let mut node = 0;
        for bit in 0..16 {
            let side = usize::from(bits >> (15 - bit) & 1);
            if bit == 15 {
                leaves.insert((node, side), data.len());
            } else if let Some(next) = nodes[node][side] {
                node = next;
            } else {
                nodes.push([None, None]);
                let next = nodes.len() - 1;
                nodes[node][side] = Some(next);
                node = next;
            }
        }
        entry.write(&mut data);
    }
    let count = nodes.len();
    let mut bytes = Vec::new();
    for (n, node) in nodes.iter().enumerate() {
        for (side, next) in node.iter().enumerate() {
            let value = match (next, leaves.get(&(n, side))) {
                (_, Some(place)) => count + 16 + place,
                (Some(next), None) => *next,
                (None, None) => count,
            };
            bytes.extend_from_slice(&u32::try_from(value).expect("a small tree").to_be_bytes()[1..]);
        }
    }
    bytes.extend_from_slice(&[0; 16]);
    bytes.extend_from_slice(&data);
    bytes.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    let number = |number: u32| Data::Number(number);
    // Nine entries; a list and a number of 64 bits have kinds of their own.
    bytes.push(7 << 5 | 9);
    let mut entry = |key: &'static str, write: &dyn Fn(&mut Vec<u8>)| {
        Data::Text(key).write(&mut bytes);
        write(&mut bytes);
    };
    entry("node_count", &|into| number(u32::try_from(count).expect("a number")).write(into));
    for (key, value) in [
        ("record_size", 24_u8),
        ("ip_version", 4),
        ("binary_format_major_version", 2),
        ("binary_format_minor_version", 0),
    ] {
        entry(key, &|into| into.extend_from_slice(&[5 << 5 | 2, 0, value]));
    }
    entry("database_type", &|into| Data::Text(kind).write(into));
    entry("languages", &|into| into.extend_from_slice(&[0, 4]));
    entry("build_epoch", &|into| into.extend_from_slice(&[1, 2, 1]));
    entry("description", &|into| Data::Map(vec![]).write(into));
    bytes
}

fn place() -> Workplace {
    let alice = Account::new("alice", "CORP", 1104);
    let mut host = Host::new("SRV-A", Style::Windows10, may(1, 5, 0, 0));
    host.boot();
    let mut came = |day, ip: &str| {
        host.at(may(day, 9, 0, 0));
        let logon = host.rdp_logon(&Client::new(ip, 52_000, "PC1"), &alice);
        host.pass(600_000);
        host.logoff(logon.session);
    };
    for day in 2..16 {
        came(day, "198.51.100.7");
    }
    came(20, "203.0.113.77");
    let place = Workplace::new();
    place.write("logs", &log_files(host.events()).expect("logs"));
    let country = |code| Data::Map(vec![("country", Data::Map(vec![("iso_code", Data::Text(code))]))]);
    let network = |asn, name| {
        Data::Map(vec![
            ("autonomous_system_number", Data::Number(asn)),
            ("autonomous_system_organization", Data::Text(name)),
        ])
    };
    let countries = [([198, 51], country("KR")), ([203, 0], country("NL"))];
    let networks = [([198, 51], network(64_496, "Home Cable")), ([203, 0], network(64_500, "Bulletproof"))];
    place.file("country.mmdb", &database("Test-Country", &countries));
    place.file("asn.mmdb", &database("Test-ASN", &networks));
    assert_eq!(place.run(&["analyze", "logs", "-o", "case"]).code, 0);
    place
}

#[test]
fn a_new_country_is_marked() {
    let place = place();
    let rows = place.rows(&["matrix", "case", "--geoip", "country.mmdb", "--geoip", "asn.mmdb"]);
    let far = rows.iter().find(|row| row["ip"] == "203.0.113.77").expect("a row");
    assert_eq!((&far["country"], &far["asn"]), (&"NL".into(), &64_500.into()));
    assert_eq!(far["organization"], "Bulletproof");
    assert_eq!(far["marks"], serde_json::json!(["new-country", "new-network", "new-range", "rare-range"]));
    let home = rows.iter().find(|row| row["ip"] == "198.51.100.7").expect("a row");
    assert_eq!((&home["country"], &home["marks"]), (&"KR".into(), &serde_json::json!([])));
    // One database says its part.
    let rows = place.rows(&["sources", "case", "--geoip", "asn.mmdb", "--ip", "203.0.113.77"]);
    assert_eq!((&rows[0]["country"], &rows[0]["asn"]), (&serde_json::Value::Null, &64_500.into()));
    insta::assert_snapshot!(
        "geoip",
        place.columns(140).prints(&["matrix", "case", "--geoip", "country.mmdb", "--geoip", "asn.mmdb"])
    );
}

#[test]
fn what_is_no_database_is_said() {
    let place = place();
    place.file("no.mmdb", b"hello");
    let run = place.run(&["users", "case", "--geoip", "no.mmdb"]);
    assert_eq!(run.code, 2);
    assert!(run.err.starts_with("kilroy: --geoip no.mmdb: give a MaxMind database"), "{}", run.err);
    let domain = |name| Data::Map(vec![("domain", Data::Text(name))]);
    place.file("domain.mmdb", &database("Test-Domain", &[([198, 51], domain("example.com"))]));
    let run = place.run(&["users", "case", "--geoip", "domain.mmdb"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(
        run.err.contains(
            "Test-Domain says neither the country nor the network (ASN) of an address; give one such as"
        ),
        "{}",
        run.err
    );
}

#[test]
fn lookups_that_fail_are_counted() {
    let place = place();
    let country = |code| Data::Map(vec![("country", Data::Map(vec![("iso_code", Data::Text(code))]))]);
    let mut bytes = database("Test-Country", &[([198, 51], country("KR")), ([203, 0], country("NL"))]);
    let at = bytes.windows(2).rposition(|two| two == b"NL").expect("the last entry");
    // The size of its text is more than there is.
    bytes[at - 1] = 2 << 5 | 0x1c;
    place.file("damaged.mmdb", &bytes);
    let run = place.run(&["users", "case", "--geoip", "damaged.mmdb"]);
    assert_eq!(
        (run.code, run.err.as_str()),
        (1, "--geoip damaged.mmdb: damaged: it has no answer for 1 address\n")
    );
}
