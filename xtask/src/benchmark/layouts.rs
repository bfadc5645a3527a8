//! Which events stand in which log, and with which fields: `events.txt`.

/// A log with its events.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) channel: &'static str,
    /// Of a hundred bytes of the corpus, so many are of this log.
    pub(crate) share: u64,
    pub(crate) layouts: Vec<Layout>,
}

/// One kind of event.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) provider: String,
    pub(crate) guid: u128,
    pub(crate) event_id: u32,
    pub(crate) version: u8,
    pub(crate) weight: u64,
    pub(crate) body: &'static str,
    /// Names and kinds.
    pub(crate) fields: Vec<(&'static str, &'static str)>,
}

/// All logs of the made corpus.
pub(crate) fn logs() -> Result<Vec<Log>, String> {
    parse(include_str!("events.txt"))
}

fn parse(text: &'static str) -> Result<Vec<Log>, String> {
    let mut logs: Vec<Log> = Vec::new();
    let mut provider = (String::new(), 0);
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = || format!("events.txt, line {}: {line:?}", n + 1);
        let mut words = line.split(' ');
        let mut word = || words.next().ok_or_else(wrong);
        match word()? {
            "log" => {
                let (channel, share) = (word()?, word()?.parse().map_err(|_| wrong())?);
                logs.push(Log { channel, share, layouts: Vec::new() });
            }
            "provider" => {
                let name = word()?.replace('_', " ");
                let guid = u128::from_str_radix(&word()?.replace('-', ""), 16).map_err(|_| wrong())?;
                provider = (name, guid);
            }
            id => {
                let event_id = id.parse().map_err(|_| wrong())?;
                let version = word()?.parse().map_err(|_| wrong())?;
                let weight = word()?.parse().map_err(|_| wrong())?;
                let body = word()?;
                let fields = words.map(|field| field.split_once(':').ok_or_else(wrong));
                let fields = fields.collect::<Result<_, _>>()?;
                let (provider, guid) = provider.clone();
                let layout = Layout { provider, guid, event_id, version, weight, body, fields };
                logs.last_mut().ok_or_else(wrong)?.layouts.push(layout);
            }
        }
    }
    Ok(logs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fill::World;

    #[test]
    fn every_line_can_be_filled() {
        let logs = logs().unwrap();
        assert_eq!(logs.iter().map(|log| log.share).sum::<u64>(), 100);
        let mut world = World::new(1, "HOST.example");
        for layout in logs.iter().flat_map(|log| &log.layouts) {
            for (name, kind) in &layout.fields {
                assert!(world.value(kind).is_some(), "{} {name}:{kind}", layout.event_id);
            }
        }
    }

    #[test]
    fn a_wrong_line_is_named() {
        assert!(parse("log Security x").unwrap_err().contains("line 1"));
        assert!(parse("log Security 1\n\n4624 0 1 data Name").unwrap_err().contains("line 3"));
        assert!(parse("4624 0 1 data").is_err());
    }
}
