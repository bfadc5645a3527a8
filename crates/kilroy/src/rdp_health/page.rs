//! The report as a page of text.

use kilroy_catalog::{Language, Text};
use kilroy_sessions::rdp_health::{Client, Fault, Finding, HostReport, Report, Sure};

use super::rows::errors;
use super::words::{self, known};
use crate::output::{Cell, Column, Table, Tone, count, day, duration, escape, seconds, wrap};
use crate::settings::Look;
use crate::words::{short_log, text};

/// The lines of the page.
pub(crate) fn page(report: &Report, look: Look) -> Vec<String> {
    let mut page = Page { look, lines: Vec::new() };
    for host in &report.hosts {
        page.host(host);
    }
    page.lines
}

struct Page {
    look: Look,
    lines: Vec<String>,
}

impl Page {
    fn say(&self, text: Text) -> &'static str {
        text.get(self.look.language)
    }

    fn heading(&mut self, heading: Text) {
        self.lines.push(String::new());
        let heading = Tone::Strong.paint(self.say(heading), self.look.colour);
        self.lines.push(heading);
    }

    fn paragraph(&mut self, indent: usize, text: &str, tone: Tone) {
        let text = format!("{}{}", " ".repeat(indent), escape(text));
        for line in wrap(&text, self.look.width, indent + 2) {
            self.lines.push(tone.paint(&line, self.look.colour));
        }
    }

    fn table(&mut self, table: &Table) {
        let lines = table.lines(self.look.width.saturating_sub(2), self.look.colour);
        self.lines.extend(lines.into_iter().map(|line| format!("  {line}")));
    }

    fn host(&mut self, host: &HostReport) {
        if !self.lines.is_empty() {
            self.lines.push(String::new());
        }
        let title = match self.look.language {
            Language::English => format!("Remote Desktop on {}", host.host),
            Language::Korean => format!("{}의 원격 데스크톱", host.host),
        };
        self.paragraph(0, &title, Tone::Strong);
        self.logs(host);
        self.findings(host);
        self.clients(host);
        self.errors(host);
        self.lone(host);
        self.unknown(host);
    }

    /// Which logs there are, and for which days.
    fn logs(&mut self, host: &HostReport) {
        let span = |log: &kilroy_sessions::rdp_health::LogSpan| {
            let (first, last) = (day(log.first), day(log.last));
            let days = if first == last { first } else { format!("{first} – {last}") };
            format!("{} {} ({days})", short_log(log.log), count(log.records))
        };
        let logs: Vec<String> = host.logs.iter().map(span).collect();
        if !logs.is_empty() {
            let label = self.say(text("Records", "레코드"));
            self.paragraph(0, &format!("{label}: {}", logs.join(", ")), Tone::Faint);
        }
    }

    fn findings(&mut self, host: &HostReport) {
        self.heading(text("Findings", "진단 결과"));
        if host.findings.is_empty() {
            let none = self.say(text("None.", "없음."));
            self.paragraph(2, none, Tone::Plain);
        }
        for (n, finding) in host.findings.iter().enumerate() {
            let sentence = words::sentence(finding, &host.host, self.look.language);
            self.paragraph(2, &format!("{}. {sentence}", n + 1), tone(finding));
            let sure = self.say(words::sure(finding.sure));
            let sure = format!("{}: {sure}", self.say(text("How sure", "확실성")));
            let beside = format!("{sure}. {}", self.say(words::cause(finding)));
            self.paragraph(5, &beside, Tone::Plain);
            let proof = self.proof(finding);
            self.paragraph(5, &proof, Tone::Faint);
        }
    }

    /// `Proof: LocalSessionManager 40 2024-05-14 10:15:01 3f9a0c11, …; 3 more`.
    fn proof(&self, finding: &Finding) -> String {
        const SHOWN: usize = 4;
        let named = finding.proofs.named();
        let one = |proof: &kilroy_sessions::rdp_health::Proof| {
            let uid = proof.uid.to_string();
            let uid = uid.get(..8).unwrap_or(&uid);
            format!("{} {} {} {uid}", short_log(proof.log), proof.event_id, seconds(proof.time))
        };
        let shown: Vec<String> = named.iter().take(SHOWN).map(one).collect();
        let more = finding.proofs.count().saturating_sub(shown.len() as u64);
        let more = match (more, self.look.language) {
            (0, _) => String::new(),
            (more, Language::English) => format!("; {} more", count(more)),
            (more, Language::Korean) => format!(" 외 {}개", count(more)),
        };
        format!("{}: {}{more}", self.say(text("Proof", "증명")), shown.join(", "))
    }

    fn clients(&mut self, host: &HostReport) {
        if host.clients.is_empty() {
            return;
        }
        self.heading(text("Clients", "클라이언트"));
        let title = |en, ko| Column::new(text(en, ko).get(self.look.language));
        let mut table = Table::new(vec![
            title("CLIENT", "클라이언트"),
            title("USERS", "사용자").least(6),
            title("CONNECTED", "연결").right(),
            title("AUTHENTICATED", "인증").right().spare(2),
            title("SESSIONS", "세션").right(),
            title("FAILED", "실패").right(),
            title("DENIED", "거부").right().spare(5),
            title("DROPS", "끊김").right(),
            title("MEDIAN", "중앙값").right().spare(1),
            title("SOCKET", "소켓").right().spare(3),
            title("STATE", "상태").right().spare(4),
            title("FIRST (UTC)", "처음(UTC)").spare(7),
            title("LAST (UTC)", "마지막(UTC)").spare(6),
        ]);
        for client in &host.clients {
            table.row(self.client(client));
        }
        self.table(&table);
    }

    fn client(&self, client: &Client) -> Vec<Cell> {
        let number = |n: u64| Cell::new(if n == 0 { String::new() } else { count(n) });
        let length = client.median.map(|ticks| duration(ticks, self.look.language));
        vec![
            Cell::new(client.ip.map_or_else(|| "?".to_owned(), |ip| ip.to_string())),
            Cell::new(client.users.join(", ")),
            client.connections.map(count).into(),
            number(client.authenticated),
            number(client.sessions),
            number(client.failures).tone(Tone::Bad),
            number(client.denied).tone(Tone::Bad),
            number(client.drops).tone(Tone::Bad),
            length.into(),
            number(errors(&client.errors, &[Fault::Read, Fault::Write])),
            number(errors(&client.errors, &[Fault::Network, Fault::Security, Fault::Protocol])),
            client.first.map(seconds).into(),
            client.last.map(seconds).into(),
        ]
    }

    /// Each error with its code in words.
    fn errors(&mut self, host: &HostReport) {
        let mut lines = Vec::new();
        for client in &host.clients {
            let ip = client.ip.map_or_else(|| "?".to_owned(), |ip| ip.to_string());
            let faults =
                client.errors.iter().map(|error| (words::fault(error.fault), error.code, error.count));
            let channel = text("virtual channel (227)", "가상 채널(227)");
            let channels = client.channels.iter().map(|(code, count)| (channel, *code, *count));
            for (place, code, times) in faults.chain(channels) {
                lines.push(format!("{ip}: {}", self.error(place, code, times)));
            }
        }
        if !lines.is_empty() {
            self.heading(text("Errors", "오류"));
        }
        for line in lines {
            self.paragraph(2, &line, Tone::Plain);
        }
    }

    /// `20 × socket write (143), error 121: no answer in time`.
    fn error(&self, place: Text, code: Option<u32>, times: u64) -> String {
        let label = self.say(text("error", "오류"));
        let code = code.map(|code| {
            let words = known(code).map(|known| format!(": {}", self.say(known.text)));
            format!(", {label} {}{}", words::shown(code), words.unwrap_or_default())
        });
        format!("{} × {}{}", count(times), self.say(place), code.unwrap_or_default())
    }

    fn lone(&mut self, host: &HostReport) {
        if host.lone.is_empty() {
            return;
        }
        self.heading(text("Connections that never led to a logon", "로그온으로 이어지지 않은 연결"));
        let title = |en, ko| Column::new(text(en, ko).get(self.look.language));
        let mut table = Table::new(vec![
            title("CLIENT", "클라이언트"),
            title("CONNECTIONS", "연결").right(),
            title("FIRST (UTC)", "처음(UTC)"),
            title("LAST (UTC)", "마지막(UTC)").spare(1),
            title("HOW FAR", "진행 정도").least(24),
        ]);
        for lone in &host.lone {
            table.row(vec![
                Cell::new(lone.ip.map_or_else(|| "?".to_owned(), |ip| ip.to_string())),
                Cell::new(count(lone.proofs.count())),
                lone.proofs.named().first().map(|proof| seconds(proof.time)).into(),
                Cell::new(seconds(lone.last)),
                Cell::new(self.say(words::lone(lone.kind))),
            ]);
        }
        self.table(&table);
    }

    fn unknown(&mut self, host: &HostReport) {
        if host.unknown.is_empty() {
            return;
        }
        self.heading(text("What cannot be said", "알 수 없는 것"));
        for unknown in &host.unknown {
            let what = self.say(words::unknown(unknown.log));
            let log = short_log(unknown.log);
            let line = match self.look.language {
                Language::English => format!("No record of {log} from that time: {what}."),
                Language::Korean => format!("그 시간의 {log} 레코드 없음: {what}."),
            };
            self.paragraph(2, &line, Tone::Plain);
        }
    }
}

fn tone(finding: &Finding) -> Tone {
    use kilroy_sessions::rdp_health::FindingKind as Kind;
    match (finding.kind, finding.sure) {
        (Kind::Healthy, _) => Tone::Good,
        (Kind::NoChannels | Kind::LoneConnections | Kind::IdleLimit | Kind::TimeLimit, _) => Tone::Plain,
        (_, Sure::Certain) => Tone::Bad,
        _ => Tone::Notable,
    }
}
