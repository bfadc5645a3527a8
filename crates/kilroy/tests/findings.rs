//! `kilroy findings` and `kilroy finding`: over the demo's break-in, and over real logs.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Workplace, shared};
use kilroy_testkit::intrusion::Intrusion;
use kilroy_testkit::{Account, Client, Host, Style, may};
use serde_json::Value;

fn uid(row: &Value) -> String {
    row["finding_uid"].as_str().expect("a uid").to_owned()
}

/// The demo: guesses from outside until one was right.
#[test]
fn the_break_in_of_the_demo_is_found() {
    let place = Workplace::with_demo();
    let rows = place.rows(&["findings", "case"]);
    let success = rows.iter().find(|row| row["detector"] == "success-after-failures").expect("it is found");
    assert!(success["text"].as_str().expect("a text").contains("203.0.113.77"), "{success}");
    let sessions = place.rows(&["sessions", "case", "--ip", "203.0.113.77", "--outcome", "success"]);
    let known: BTreeSet<&str> = sessions.iter().filter_map(|row| row["session_uid"].as_str()).collect();
    let named = success["sessions"].as_array().expect("sessions");
    assert!(
        named.iter().any(|s| s["part"] == "outcome" && known.contains(s["session_uid"].as_str().unwrap()))
    );
    // What is named is there.
    for record in rows.iter().flat_map(|row| row["records"].as_array().expect("records")) {
        let uid = record["event_uid"].as_str().expect("a uid");
        assert!(uid.len() == 32 && record["time"].is_string(), "{record}");
    }
    insta::assert_snapshot!("findings_en", place.prints(&["findings", "case"]));
    insta::assert_snapshot!("findings_ko", place.prints(&["findings", "case", "--lang", "ko"]));
    insta::assert_snapshot!("finding_en", place.prints(&["finding", "case", &uid(success)]));
}

#[test]
fn filters_choose_and_wrong_ones_say_what_there_is() {
    let place = Workplace::with_demo();
    let all = place.rows(&["findings", "case"]);
    let medium = place.rows(&["findings", "case", "--min-weight", "medium"]);
    assert!(
        !medium.is_empty() && medium.iter().all(|row| row["weight"] == "medium" || row["weight"] == "high")
    );
    assert!(medium.len() <= all.len());
    let weights: Vec<usize> = all
        .iter()
        .map(|row| {
            ["high", "medium", "low", "info"].iter().position(|w| row["weight"] == *w).expect("a weight")
        })
        .collect();
    assert!(weights.is_sorted(), "the heaviest first");
    assert!(place.rows(&["findings", "case", "--host", "nowhere"]).is_empty());
    assert_eq!(place.rows(&["findings", "case", "--limit", "1"]).len(), 1);
    // Findings name users without a domain: their sessions tell it.
    let of = |user: &str| place.rows(&["findings", "case", "--user", user]);
    let alice = of("alice");
    assert!(!alice.is_empty());
    let corp = of("CORP\\alice");
    assert_eq!(corp, alice);
    assert_eq!(of("alice@corp.example"), corp);
    assert_eq!(of("OTHER\\alice"), [] as [serde_json::Value; 0]);
    let without = place.rows(&["findings", "case", "--ip", "-"]);
    let none = |row: &&serde_json::Value| row["sources"].as_array().is_some_and(Vec::is_empty);
    assert_eq!(without.iter().collect::<Vec<_>>(), all.iter().filter(none).collect::<Vec<_>>());
    let wrong = place.run(&["findings", "case", "--detector", "magic"]);
    assert!(wrong.code == 2 && wrong.err.contains("password-guessing"), "{}", wrong.err);
    let none = place.run(&["findings", "case", "--user", "nobody-at-all"]);
    assert!(none.code == 0 && none.err.contains("No findings match."), "{}", none.err);
}

#[test]
fn a_dismissal_survives_a_new_run() {
    let place = Workplace::with_demo();
    let before = place.rows(&["findings", "case"]);
    let first = uid(&before[0]);
    place.prints(&["finding", "case", &first, "--dismiss", "--note", "known: ticket 7", "--author", "kim"]);
    assert_eq!(place.rows(&["findings", "case"]).len(), before.len() - 1);
    // All tables are made anew.
    std::fs::remove_file(place.path("case/boots.parquet")).expect("a table can be removed");
    assert_eq!(place.run(&["analyze", "logs", "-o", "case", "--quiet"]).code, 0);
    assert_eq!(place.rows(&["findings", "case"]).len(), before.len() - 1);
    let dismissed = place.rows(&["findings", "case", "--dismissed"]);
    assert_eq!((dismissed.len(), uid(&dismissed[0])), (1, first.clone()));
    assert_eq!(dismissed[0]["dismissed"]["note"], "known: ticket 7");
    assert_eq!(dismissed[0]["dismissed"]["author"], "kim");
    let shown = place.prints(&["findings", "case", "--dismissed"]);
    assert!(shown.contains("known: ticket 7"), "{shown}");
    place.prints(&["finding", "case", &first, "--restore"]);
    assert_eq!(place.rows(&["findings", "case"]), before);
}

/// Guessing, the way in, PsExec to the second host, the cleared log on the third; and an ordinary day around it.
#[test]
fn every_stage_of_an_intrusion_is_found_and_nothing_else() {
    let place = Workplace::new();
    let files = kilroy_testkit::log_files(&Intrusion::new().events).expect("records that fit");
    place.write("logs", &files);
    place.run(&["analyze", "logs", "-o", "case", "--quiet"]);
    let rows = place.rows(&["findings", "case", "--min-weight", "medium"]);
    let found: BTreeSet<String> = rows
        .iter()
        .map(|row| {
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            format!("{} {} {}", text(&row["weight"]), text(&row["detector"]), text(&row["hosts"][0]))
        })
        .collect();
    let wanted = [
        "high log-cleared srv-files.corp.example",
        "high remote-service srv-app.corp.example",
        "high success-after-failures srv-gate.corp.example",
        "medium password-guessing srv-gate.corp.example",
        // The intruder's PsExec lies in the public folder.
        "medium program-in-odd-place srv-gate.corp.example",
    ];
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), wanted, "{rows:#?}");
    assert_eq!(rows.len(), wanted.len());
    // Each leads to a session, and that to where it came from.
    for row in &rows {
        assert!(row["sessions_total"].as_u64() > Some(0), "{row}");
        assert!(!row["sources"].as_array().expect("sources").is_empty(), "{row}");
    }
}

/// One user and the right password: nothing that SYSTEM did.
#[test]
fn a_session_taken_up_from_a_new_address_is_told_as_that() {
    let mut host = Host::new("srv-rdp01.corp.example", Style::Windows10, may(14, 7, 0, 0));
    host.boot();
    let user = Account::new("alice", "CORP", 1104);
    let logon = host.at(may(14, 8, 0, 0)).rdp_logon(&Client::new("10.0.4.21", 50001, "ws-1"), &user);
    host.at(may(14, 17, 0, 0)).rdp_disconnect(logon.session, 11).expect("a desktop to leave");
    host.at(may(14, 22, 0, 0));
    host.rdp_reconnect(&Client::new("203.0.113.77", 50002, "kali"), logon.session).expect("a desktop");
    let place = Workplace::new();
    place.write("logs", &kilroy_testkit::log_files(host.events()).expect("records that fit"));
    place.run(&["analyze", "logs", "-o", "case", "--quiet"]);
    let rows = place.rows(&["findings", "case", "--detector", "session-takeover"]);
    let [row] = rows.as_slice() else { panic!("{rows:#?}") };
    assert_eq!(row["title"], "Session taken up from a new address");
    let english = place.prints(&["finding", "case", &uid(row)]);
    let korean = place.prints(&["finding", "case", &uid(row), "--lang", "ko"]);
    assert!(korean.starts_with("새 주소에서 세션 다시 연결\n"), "{korean}");
    for page in [english, korean] {
        assert!(!page.contains("SYSTEM") && !page.contains("tscon"), "{page}");
    }
}

/// Findings of real logs, file by file: what was looked at by hand, and stays.
#[test]
fn real_samples_are_found_and_ordinary_logs_are_not() {
    let Some(evtx) = shared() else { return };
    for (file, wanted) in SAMPLES {
        let found = detectors_of(&evtx.join(file));
        for (detector, weight) in *wanted {
            assert_eq!(found.get(*detector).map_or("none", String::as_str), *weight, "{file}: {found:?}");
        }
    }
    for file in ORDINARY {
        let found = detectors_of(&evtx.join(file));
        let heavy: Vec<_> =
            found.iter().filter(|(_, weight)| *weight == "medium" || *weight == "high").collect();
        assert!(heavy.is_empty(), "{file}: {heavy:?}");
    }
}

/// The heaviest finding of each detector.
fn detectors_of(file: &std::path::Path) -> BTreeMap<String, String> {
    assert!(file.is_file(), "{}", file.display());
    let place = Workplace::new();
    let run = place.run(&["analyze", &file.to_string_lossy(), "-o", "case", "--quiet"]);
    assert!(run.code < 2, "{}", run.err);
    let mut found = BTreeMap::new();
    // The heaviest first.
    for row in place.rows(&["findings", "case"]) {
        let text = |key: &str| row[key].as_str().expect("a text").to_owned();
        found.entry(text("detector")).or_insert_with(|| text("weight"));
    }
    found
}

/// What the labelled samples show. The book says why the others show nothing.
const SAMPLES: &[(&str, &[(&str, &str)])] = &[
    (
        "mdecrevoisier+EVTX-to-MITRE-Attack/4624_4674_4688-_CrackMap_Exec_SMB_mimikatz.evtx",
        &[("hidden-remote-command", "high")],
    ),
    (
        "mdecrevoisier+EVTX-to-MITRE-Attack/ID1-WMIexec_process_execution.evtx",
        &[("remote-service", "medium")],
    ),
    (
        "mdecrevoisier+EVTX-to-MITRE-Attack/ID11_13-SMBexec_service_registration.evtx",
        &[("remote-service", "high")],
    ),
    (
        "mdecrevoisier+EVTX-to-MITRE-Attack/ID4688-5145-WMIexec_execution_via_SMB.evtx",
        &[("wmi-execution", "high"), ("log-cleared", "medium")],
    ),
    (
        "mdecrevoisier+EVTX-to-MITRE-Attack/ID4688-netsh_RDP_port_forwarding_abuse.evtx",
        &[("tunnelled-rdp", "medium")],
    ),
    (
        "mdecrevoisier+EVTX-to-MITRE-Attack/ID4688_4698_4699_5145_4624-ATexec_remote_trask_creation_GLOBAL_.evtx",
        // The pipe is the task's.
        &[("remote-task", "high"), ("remote-admin-pipe", "none")],
    ),
    (
        "mdecrevoisier+EVTX-to-MITRE-Attack/ID4688_4778_4779_RDP_hijack_direct.evtx",
        &[("session-takeover", "high")],
    ),
    (
        "mdecrevoisier+EVTX-to-MITRE-Attack/ID4697-MSF_payload_deployed_via_service.evtx",
        &[("remote-service", "high")],
    ),
    (
        "mdecrevoisier+EVTX-to-MITRE-Attack/ID4768-4771-Kerberos_user_enumeration_Kerbrute_.evtx",
        // Three passwords were right.
        &[("password-spraying", "high"), ("success-after-failures", "high")],
    ),
    (
        "mdecrevoisier+EVTX-to-MITRE-Attack/ID5140-5145_4688_4697-Encrypted_payload_deployed_with_service_over_SMB_GLOBAL_.evtx",
        &[("remote-service", "high")],
    ),
    (
        "mdecrevoisier+EVTX-to-MITRE-Attack/ID5145-remote_service_creation_over_SMB.evtx",
        &[("remote-admin-pipe", "low")],
    ),
    (
        "mdecrevoisier+EVTX-to-MITRE-Attack/ID5145-service_massive_remote_creation_via_named_pipe_-_Tchopper.evtx",
        &[("remote-admin-pipe", "low")],
    ),
    (
        "mdecrevoisier+EVTX-to-MITRE-Attack/ID7000_7009_7045-Payload_deployed_via_service_-_Tchopper.evtx",
        &[("remote-service", "medium")],
    ),
    (
        "mdecrevoisier+EVTX-to-MITRE-Attack/ID_4776_4625-AccountRestore_local_bruteforce.evtx",
        &[("password-guessing", "medium")],
    ),
    (
        "sbousseaden+EVTX-ATTACK-SAMPLES/LM_PowershellRemoting_sysmon_1_wsmprovhost.evtx",
        &[("winrm-execution", "low")],
    ),
    ("sbousseaden+EVTX-ATTACK-SAMPLES/LM_Remote_Service01_5145_svcctl.evtx", &[("remote-admin-pipe", "low")]),
    ("sbousseaden+EVTX-ATTACK-SAMPLES/LM_WMI_4624_4688_TargetHost.evtx", &[("wmi-execution", "medium")]),
    (
        "sbousseaden+EVTX-ATTACK-SAMPLES/LM_impacket_docmexec_mmc_sysmon_01.evtx",
        &[("dcom-execution", "high")],
    ),
    ("sbousseaden+EVTX-ATTACK-SAMPLES/LM_sysmon_psexec_smb_meterpreter.evtx", &[("remote-service", "high")]),
    (
        "sbousseaden+EVTX-ATTACK-SAMPLES/LM_winrm_exec_sysmon_1_winrshost.evtx",
        &[("winrm-execution", "medium")],
    ),
    (
        "sbousseaden+EVTX-ATTACK-SAMPLES/LM_wmi_PoisonHandler_Mr-Un1k0d3r_sysmon_1_13.evtx",
        &[("wmi-execution", "medium")],
    ),
    ("sbousseaden+EVTX-ATTACK-SAMPLES/LM_wmiexec_impacket_sysmon_whoami.evtx", &[("wmi-execution", "high")]),
    (
        "sbousseaden+EVTX-ATTACK-SAMPLES/rdpcorets_148_mst120_bluekeep_rpdscan_full.evtx",
        &[("rdp-exploit-channel", "medium")],
    ),
];

/// Logs of machines on which nobody played an attack: test data of decoders, not of detectors.
const ORDINARY: &[&str] = &[
    "log2timeline+plaso/System.evtx",
    "omerbenamram+evtx/E_ShadowCopy6_windows_system32_winevt_logs_Microsoft-Windows-CAPI2%4Operational.evtx",
    "omerbenamram+evtx/E_Windows_system32_winevt_logs_Microsoft-Windows-Shell-Core%4Operational.evtx",
    "omerbenamram+evtx/Microsoft-Windows-HelloForBusiness%4Operational.evtx",
    "omerbenamram+evtx/Security_with_size_t.evtx",
    "omerbenamram+evtx/sample_with_a_bad_chunk_magic.evtx",
    "omerbenamram+evtx/sysmon.evtx",
    "puffyCid+artemis/Application.evtx",
    "puffyCid+artemis/PowerShellCore%4Operational.evtx",
    "puffyCid+artemis/Security.evtx",
    "puffyCid+artemis/System.evtx",
    "puffyCid+artemis/Windows_PowerShell.evtx",
    "Yamato-Security+hayabusa-evtx/Microsoft-Windows-WorkFolders%4WHC.evtx",
];
