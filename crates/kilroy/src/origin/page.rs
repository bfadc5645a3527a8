//! An origin as a page of text.

use kilroy_catalog::Text;
use kilroy_findings::Observation;
use kilroy_findings::activity::{Sure, When};
use kilroy_model::EventUid;

use super::Origin;
use super::chain::LinkKind;
use crate::activity::{details, title};
use crate::output::{Tone, count, escape, millis, wrap};
use crate::receipt::headline;
use crate::rows::account;
use crate::settings::Look;
use crate::words::{Named, short_log, text};

/// The lines of the page.
pub(crate) fn page(origin: &Origin, look: Look) -> Vec<String> {
    let mut page = Page { look, lines: Vec::new() };
    page.step(
        text("What happened", "이벤트"),
        &origin.event,
        origin.through.is_none() && origin.session.is_some(),
    );
    for (number, link) in origin.chain.iter().enumerate() {
        let label = match link.kind {
            LinkKind::Process => text("by this process", "이 프로세스가 수행"),
            LinkKind::Parent => text("started by", "시작한 프로세스"),
            LinkKind::Service => text("runs as this service", "이 서비스로 실행"),
        };
        page.step(label, &link.event, origin.through == Some(number));
    }
    if origin.belonging.sure != Sure::Exact {
        page.named(origin);
    }
    page.session(origin);
    page.findings(origin);
    page.way(origin);
    page.lines
}

struct Page {
    look: Look,
    lines: Vec<String>,
}

impl Page {
    fn paragraph(&mut self, indent: usize, text: &str, tone: Tone) {
        let text = format!("{}{}", " ".repeat(indent), escape(text));
        let colour = self.look.colour;
        self.lines
            .extend(wrap(&text, self.look.width, indent + 2).iter().map(|line| tone.paint(line, colour)));
    }

    fn step(&mut self, label: Text, event: &Observation, leads: bool) {
        let language = self.look.language;
        let pid = event.process.pid.map(|pid| format!(" [{pid}]")).unwrap_or_default();
        let label = format!("{}{}", label.get(language), if leads { " *" } else { "" });
        self.paragraph(0, &label, Tone::Strong);
        let says = details(event, language);
        let says = if says.is_empty() { says } else { format!(": {says}") };
        self.paragraph(2, &format!("{}{says}{pid}", title(event, language)), Tone::Plain);
        let place = format!(
            "{} UTC · {} · {} {} · {} · {}",
            millis(event.time),
            event.host,
            short_log(&event.log),
            event.event_id,
            event.record_id,
            event.uid
        );
        self.paragraph(2, &place, Tone::Faint);
    }

    /// From which hosts the user came there, and where that began.
    fn way(&mut self, origin: &Origin) {
        if origin.way.is_empty() {
            return;
        }
        let language = self.look.language;
        self.lines.push(String::new());
        let before = text("Before that", "그 이전").get(language);
        self.paragraph(0, before, Tone::Strong);
        for hop in &origin.way {
            let source = match &hop.source_host {
                Some(host) => host.clone(),
                None => hop.source_candidates.join(" / "),
            };
            let user = account(hop.source_user.as_deref(), hop.source_domain.as_deref());
            let line = format!(
                "{} UTC  {user} · {source} → {} · {}, {}",
                millis(hop.time),
                hop.target_host,
                hop.method.in_words(language),
                hop.certainty.in_words(language)
            );
            self.paragraph(2, &line, Tone::Plain);
        }
        if let Some(first) = &origin.first {
            self.lines.push(String::new());
            self.paragraph(0, text("The way began in", "경로가 시작된 세션").get(language), Tone::Strong);
            self.lines.extend(headline(first, self.look));
        }
    }

    /// Who the record itself says did it.
    fn named(&mut self, origin: &Origin) {
        let Some(named) = &origin.named else { return };
        let language = self.look.language;
        let mut parts = Vec::new();
        if named.user.is_some() {
            parts.push(account(named.user.as_deref(), named.domain.as_deref()));
        }
        parts.extend(named.sid.clone().filter(|_| named.user.is_none()));
        if let Some(luid) = named.logon_id {
            parts.push(format!("{} {luid}", text("logon ID", "로그온 ID").get(language)));
        }
        if let Some(ip) = named.ip {
            let port = named.port.map(|port| format!(":{port}")).unwrap_or_default();
            let port = if ip.is_ipv6() { String::new() } else { port };
            let from = text("from", "원본").get(language);
            let also =
                text("as a record of the same logon says", "같은 로그온의 레코드에 따름").get(language);
            let uid = |uid: EventUid| uid.to_string().chars().take(8).collect::<String>();
            let by = named.address_from.map(|other| format!(" ({also}: {})", uid(other)));
            parts.push(format!("{from} {ip}{port}{}", by.unwrap_or_default()));
        }
        let label = text("The record names", "레코드에 기록된 사용자").get(language);
        self.paragraph(0, label, Tone::Strong);
        self.paragraph(2, &parts.join(", "), Tone::Plain);
    }

    /// Findings that stand on these records.
    fn findings(&mut self, origin: &Origin) {
        let language = self.look.language;
        if origin.findings.is_empty() {
            return;
        }
        self.lines.push(String::new());
        let label = text("Findings on these records", "이 레코드에 대한 탐지 결과").get(language);
        self.paragraph(0, label, Tone::Strong);
        for told in &origin.findings {
            let title = told.title.get(language);
            let who: Vec<&str> = told.users.iter().chain(&told.sources).map(String::as_str).take(4).collect();
            let who = if who.is_empty() { String::new() } else { format!(" · {}", who.join(", ")) };
            self.paragraph(2, &format!("{}  {title}{who}", told.finding), Tone::Plain);
        }
    }

    fn session(&mut self, origin: &Origin) {
        let (Some(session), Some(by)) = (&origin.session, origin.belonging.by) else { return };
        let language = self.look.language;
        let found = &origin.belonging;
        let when = match found.when {
            When::Present => String::new(),
            when => format!(", {}", when.in_words(language)),
        };
        let behind = text("Behind it (*)", "행위자(*)").get(language);
        self.lines.push(String::new());
        let how = format!("{behind}: {}, {}{when}", found.sure.in_words(language), by.in_words(language));
        self.paragraph(0, &how, Tone::Strong);
        self.lines.extend(headline(session, self.look));
        if !found.others.is_empty() {
            let also = text("others that fit as well", "마찬가지로 맞는 다른 세션").get(language);
            let some: Vec<String> = found.others.iter().take(5).map(ToString::to_string).collect();
            self.paragraph(
                0,
                &format!("{also} ({}): {}", count(found.others.len() as u64), some.join(", ")),
                Tone::Notable,
            );
        }
    }
}
