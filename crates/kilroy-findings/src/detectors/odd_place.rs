//! A program that is started from a place that holds none.
//!
//! Hypothesis: tools are dropped where everybody may write and nobody looks: fonts, the recycle bin, folders for music; or they are
//! named like a picture.
//!
//! Needs: process auditing (4688, 592, Sysmon 1).
//!
//! False positives: few. Some setup programs run from odd places for a moment; folders of `Public` are used for exchange by people.

use kilroy_model::{FactName, RecordPart, SessionPart, Weight};

use super::{Detector, Found};
use crate::Observation;
use crate::draft::Draft;
use crate::program::{Started, Twins, below_drive, file_name};
use crate::runs::Runs;
use crate::scene::Scene;

const NAME: &str = "program-in-odd-place";

/// The same program on the same host is one finding per day.
const PAUSE_MILLIS: u64 = 24 * 60 * 60 * 1000;

/// Folders in which Windows keeps no programs, below the drive, in small letters.
const FOLDERS: [&str; 29] = [
    "\\$recycle.bin\\",
    "\\recycler\\",
    "\\system volume information\\",
    "\\perflogs\\",
    "\\users\\public\\music\\",
    "\\users\\public\\pictures\\",
    "\\users\\public\\videos\\",
    "\\users\\public\\libraries\\",
    "\\windows\\addins\\",
    "\\windows\\cursors\\",
    "\\windows\\debug\\",
    "\\windows\\fonts\\",
    "\\windows\\globalization\\",
    "\\windows\\inf\\",
    "\\windows\\logs\\",
    "\\windows\\media\\",
    "\\windows\\registration\\",
    "\\windows\\repair\\",
    "\\windows\\resources\\",
    "\\windows\\security\\",
    "\\windows\\system32\\catroot\\",
    "\\windows\\system32\\config\\",
    "\\windows\\system32\\spool\\drivers\\color\\",
    "\\windows\\system32\\spool\\printers\\",
    "\\windows\\system32\\tasks\\",
    "\\windows\\tasks\\",
    "\\windows\\tracing\\",
    "\\windows\\wallpaper\\",
    "\\windows\\web\\",
];

/// Endings of files that hold no program.
const ENDINGS: [&str; 16] = [
    "jpg", "jpeg", "png", "gif", "bmp", "ico", "txt", "log", "pdf", "docx", "xlsx", "csv", "mp3", "mp4",
    "zip", "css",
];

/// Finds programs in odd places.
#[derive(Debug)]
pub(super) struct OddPlace {
    /// By host and path.
    runs: Runs<(String, String), Draft>,
    twins: Twins,
}

impl Default for OddPlace {
    fn default() -> Self {
        Self { runs: Runs::new(PAUSE_MILLIS), twins: Twins::default() }
    }
}

impl Detector for OddPlace {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [u32] {
        &[1, 592, 4688]
    }

    fn event(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        let Some(started) = Started::of(event) else { return };
        let path = started.image.to_lowercase();
        let Some(odd) = odd(&path) else { return };
        let begin = || Draft::new(NAME, &["T1036.005"], Weight::Medium);
        let draft =
            self.runs.at(&(event.host.clone(), path.clone()), event.time, begin, &mut |over| found.add(over));
        draft.event(event, RecordPart::Key);
        draft.text_once(FactName::Variant, if odd == Odd::Place { "place" } else { "ending" }, 1);
        draft.text_once(FactName::Program, started.image, 1);
        draft.text_once(FactName::Command, started.line(), 5);
        if !self.twins.told(event, &started) {
            draft.count(FactName::Count);
        }
        if let Some(actor) = scene.exact_actor(event) {
            draft.stay(actor.stay, SessionPart::Actor, actor.sure);
        } else if let Some(user) = event.account.user.as_ref().or(event.subject.user.as_ref()) {
            draft.user(user);
        }
    }

    fn finish(&mut self, _scene: &Scene, found: &mut Found) {
        self.runs.finish().into_iter().for_each(|draft| found.add(draft));
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Odd {
    Place,
    Ending,
}

/// What is odd about a path in small letters.
fn odd(path: &str) -> Option<Odd> {
    let name = file_name(path);
    let folder = path.strip_suffix(name).unwrap_or(path);
    // `C:`, `\Device\HarddiskVolume2` and the like go before.
    let is_odd = FOLDERS.iter().any(|odd| below_drive(folder).starts_with(odd));
    let is_loose = matches!(below_drive(folder), "\\users\\public\\" | "\\programdata\\");
    if is_odd || is_loose {
        return Some(Odd::Place);
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| ENDINGS.contains(&ending)).then_some(Odd::Ending)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::{Story, process};

    /// The Security log (4688) and Sysmon (1) tell of the same start.
    #[test]
    fn a_process_that_two_logs_have_is_one() {
        let mut story = Story::of(Vec::new());
        for (second, id, pid) in [(61, 4688, 0x424), (61, 1, 0x424), (90, 4688, 0x99)] {
            let image = r"C:\Windows\Fonts\svchost.exe";
            let mut started = process("srv", second, 0x99, image, image, None);
            (started.event_id, started.process.pid) = (id, Some(pid));
            started.uid.0 += u128::from(id);
            story.event(started);
        }
        let found = story.found_by(NAME);
        assert_eq!((found[0].number(FactName::Count), found[0].records_total), (Some(2), 3));
    }

    #[test]
    fn places_that_hold_programs_and_places_that_do_not() {
        for path in [
            r"C:\Windows\Fonts\svchost.exe",
            r"c:\windows\system32\config\systemprofile.exe",
            r"C:\$Recycle.Bin\S-1-5-21-1\a.exe",
            r"C:\PerfLogs\x.exe",
            r"\Device\HarddiskVolume2\Users\Public\Music\a.exe",
            r"C:\Users\Public\mimi.exe",
            r"C:\ProgramData\a.exe",
            r"C:\Windows\Temp\cat.jpg",
        ] {
            assert!(odd(&path.to_lowercase()).is_some(), "{path}");
        }
        for path in [
            r"C:\Windows\System32\cmd.exe",
            r"C:\Windows\Temp\setup.exe",
            r"C:\ProgramData\Vendor\agent.exe",
            r"C:\Users\Public\Documents\Tools\a.exe",
            r"C:\Users\a\AppData\Local\Temp\is-ABC.tmp\setup.tmp",
            "Registry",
            "",
        ] {
            assert_eq!(odd(&path.to_lowercase()), None, "{path}");
        }
    }
}
