//! Values as they stand in real logs, from a seed: the same in every run and on every machine.

use kilroy_evtx::Value;

/// A generator of numbers that look random (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn u32(&mut self) -> u32 {
        (self.next() & 0xffff_ffff) as u32
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        let n = usize::try_from(self.below(of.len() as u64)).unwrap_or_default();
        of.get(n).copied().unwrap_or_default()
    }
}

const USERS: &[&str] = &[
    "alice",
    "bob.miller",
    "svc_backup",
    "Administrator",
    "김민준",
    "이서연",
    "박지훈",
    "adm-jsmith",
    "관리자",
    "ANONYMOUS LOGON",
    "DWM-3",
    "j.garcía",
    "svc-sql",
    "helpdesk01",
    "최수빈",
    "UMFD-2",
];
const IMAGES: &[&str] = &[
    r"C:\Windows\System32\svchost.exe",
    r"C:\Windows\System32\lsass.exe",
    r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
    r"C:\Windows\System32\cmd.exe",
    r"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    r"\device\harddiskvolume3\windows\system32\services.exe",
    r"C:\Windows\explorer.exe",
    r"C:\Program Files\한컴\HOffice\Bin\Hwp.exe",
    r"C:\Windows\System32\wbem\WmiPrvSE.exe",
];
const FOLDERS: &[&str] = &[
    r"C:\Users\김민준\문서\",
    r"C:\Users\alice\AppData\Local\Temp\",
    r"C:\Windows\Prefetch\",
    r"D:\공유\회계\2024\",
    r"HKLM\System\CurrentControlSet\Services\",
    r"C:\ProgramData\Microsoft\Windows Defender\Scans\",
];
const WORDS: &[&str] = &[
    "Windows",
    "Update",
    "Security",
    "krbtgt",
    "Print Spooler",
    "running",
    "stopped",
    "Background Intelligent Transfer Service",
    "SetValue",
    "tcp",
    "High",
    "Medium",
    "Microsoft Corporation",
    "10.0.20348.1 (WinBuild.160101.0800)",
    "File",
    "Valid",
    "DWORD (0x00000001)",
    "demand start",
    "auto start",
    "원격 데스크톱 서비스",
];
const ARGUMENTS: &[&str] = &[
    "-k netsvcs -p -s Schedule",
    "/c whoami /all",
    "-NoProfile -ExecutionPolicy Bypass -EncodedCommand JABjAGwAaQBlAG4AdAA=",
    "--type=renderer --lang=ko --field-trial-handle=1840,i,11529",
    "/user:CONTOSO\\alice",
    "-Embedding",
    "\"D:\\공유\\보고서.hwp\"",
    "C:\\Windows\\SYSTEM32\\ntdll.dll+9d1e4|C:\\Windows\\System32\\KERNELBASE.dll+2bcbe|UNKNOWN(00007FFB5A3C1D20)",
];
const SCRIPT: &[&str] = &[
    "function Get-Inventory {\r\n    param([Parameter(Mandatory=$true)][string]$ComputerName)\r\n",
    "    $items = Get-CimInstance -ClassName Win32_Product -ComputerName $ComputerName\r\n",
    "    foreach ($item in $items) { Write-Output (\"{0};{1}\" -f $item.Name, $item.Version) }\r\n",
    "    # 결과를 공유 폴더에 저장합니다\r\n",
    "    if ($LASTEXITCODE -ne 0 -and (Test-Path \"$env:TEMP\\out.csv\")) { Remove-Item <#x#> \"$env:TEMP\\out.csv\" }\r\n",
    "    $bytes = [System.Convert]::FromBase64String('SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA')\r\n",
    "}\r\n",
];
const PRIVILEGES: &[&str] = &[
    "SeSecurityPrivilege",
    "SeBackupPrivilege",
    "SeRestorePrivilege",
    "SeTakeOwnershipPrivilege",
    "SeDebugPrivilege",
    "SeSystemEnvironmentPrivilege",
    "SeLoadDriverPrivilege",
    "SeImpersonatePrivilege",
    "SeDelegateSessionUserImpersonatePrivilege",
];

/// What values of one host have in common, and who is logged on.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) random: Random,
    pub(crate) host: String,
    /// 100 ns since 1601.
    pub(crate) now: u64,
    logons: Vec<u64>,
}

impl World {
    pub(crate) fn new(seed: u64, host: &str) -> Self {
        // 2024-01-01.
        Self {
            random: Random::new(seed),
            host: host.to_owned(),
            now: 133_485_408_000_000_000,
            logons: vec![0x1_2345],
        }
    }

    /// A value of a kind. None if there is no such kind.
    pub(crate) fn value(&mut self, kind: &str) -> Option<Value> {
        let text = |text: &str| Value::Str(text.to_owned());
        let r = &mut self.random;
        Some(match kind {
            "empty" => text(""),
            "dash" => text("-"),
            "one" => Value::U32(1),
            "bool" => Value::Bool(r.below(2) == 1),
            "u16" => Value::U16((r.next() & 0xffff) as u16),
            "u32" => Value::U32(r.u32() & 0xffff),
            "u64" => Value::U64(r.below(100_000)),
            "hex32" => Value::HexU32(r.u32()),
            "hex64" => Value::HexU64(r.below(0x1_0000)),
            "zero64" => Value::HexU64(0),
            "status" => Value::HexU32([0, 0xc000_006a, 0xc000_0064, 0xc000_006d][(r.next() & 3) as usize]),
            "guid" => Value::Guid(u128::from(r.next()) << 64 | u128::from(r.next())),
            "id-text" => Value::Str(format!("{:016x}-{:08x}", r.next(), r.u32())),
            "time" => Value::FileTime(self.now),
            "binary" => Value::Binary(r.next().to_le_bytes().to_vec()),
            "system" => Value::Sid("S-1-5-18".to_owned()),
            "nobody" => Value::Sid("S-1-0-0".to_owned()),
            "label" => Value::Sid("S-1-16-12288".to_owned()),
            "sid" => Value::Sid(format!("S-1-5-21-3457937927-2839227994-823803824-{}", 1_100 + r.below(40))),
            "user" => text(r.pick(USERS)),
            "machine" => Value::Str(format!("{}$", self.host.split('.').next().unwrap_or_default())),
            "domain" => text(r.pick(&["CONTOSO", "contoso.example", "NT AUTHORITY"])),
            "host" => Value::Str(format!("WS{:03}.contoso.example", r.below(400))),
            "ip" if r.below(8) == 0 => {
                Value::Str(format!("fe80::{:x}:{:x}", r.u32() & 0xffff, r.u32() & 0xffff))
            }
            "ip" => Value::Str(format!("10.{}.{}.{}", r.below(4), r.below(250), 1 + r.below(250))),
            "port" => Value::Str((49_152 + r.below(16_000)).to_string()),
            "message" => Value::Str(format!("%%{}", 1_832 + r.below(40))),
            "logon-type" => Value::U32([2, 3, 3, 3, 5, 7, 10, 11][(r.next() & 7) as usize]),
            "logon-process" => text(r.pick(&["User32 ", "NtLmSsp ", "Kerberos", "Advapi  "])),
            "package" => {
                text(r.pick(&["NTLM", "Kerberos", "Negotiate", "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0"]))
            }
            "session" => Value::U32(1 + r.u32() % 12),
            "session-name" => Value::Str(format!("RDP-Tcp#{}", r.below(100))),
            "share" => text(r.pick(&[r"\\*\C$", r"\\*\IPC$", r"\\*\공유"])),
            "service" => text(r.pick(WORDS)),
            "image" => text(r.pick(IMAGES)),
            "path" => Value::Str(format!("{}{:x}.tmp", r.pick(FOLDERS), r.u32())),
            "command" => Value::Str(format!("\"{}\" {} {:x}", r.pick(IMAGES), r.pick(ARGUMENTS), r.u32())),
            "hashes" => Value::Str(self.hashes()),
            "utc" => Value::Str(self.utc()),
            "privileges" => Value::Str(self.lines(PRIVILEGES, 3, 8, "\r\n\t\t\t")),
            "script" => Value::Str(self.lines(SCRIPT, 4, 60, "")),
            "context" => Value::Str(format!(
                "        Severity = Informational\r\n        Host Name = {}",
                self.lines(WORDS, 6, 20, "\r\n        ")
            )),
            "system-logon" => Value::HexU64(0x3e7),
            "logon" => Value::HexU64(self.log_on()),
            "old-logon" => Value::HexU64(self.log_off()),
            "some-logon" => Value::HexU64(self.some_logon()),
            _ => return None,
        })
    }

    fn log_on(&mut self) -> u64 {
        // Logon IDs rise while a machine runs.
        let id = self.logons.last().map_or(0x1_2345, |last| last + 1 + self.random.below(0x4000));
        if self.logons.len() >= 64 {
            self.logons.remove(0);
        }
        self.logons.push(id);
        id
    }

    fn log_off(&mut self) -> u64 {
        if self.logons.len() < 2 {
            return self.some_logon();
        }
        let which = usize::try_from(self.random.below(self.logons.len() as u64 - 1)).unwrap_or_default();
        self.logons.remove(which)
    }

    fn some_logon(&mut self) -> u64 {
        let which = usize::try_from(self.random.below(self.logons.len() as u64)).unwrap_or_default();
        self.logons.get(which).copied().unwrap_or(0x3e7)
    }

    fn lines(&mut self, of: &[&str], least: u64, most: u64, between: &str) -> String {
        let count = least + self.random.below(most - least);
        let lines: Vec<&str> = (0..count).map(|_| self.random.pick(of)).collect();
        lines.join(between)
    }

    fn hashes(&mut self) -> String {
        let mut hex = || format!("{:016X}{:016X}", self.random.next(), self.random.next());
        format!("MD5={},SHA256={}{},IMPHASH={}", hex(), hex(), hex(), hex())
    }

    /// As Sysmon writes times: texts. Within a month, which is enough for a text.
    fn utc(&self) -> String {
        let millis = self.now / 10_000;
        let (day, of_day) = (millis / 86_400_000 % 28 + 1, millis % 86_400_000);
        let (hour, minute, second) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1_000 % 60);
        format!("2024-01-{day:02} {hour:02}:{minute:02}:{second:02}.{:03}", millis % 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_values() {
        let values = |seed| {
            let mut world = World::new(seed, "HOST.example");
            ["user", "ip", "logon", "script", "hashes", "old-logon"].map(|kind| world.value(kind))
        };
        assert_eq!(values(7), values(7));
        assert_ne!(values(7), values(8));
        assert!(values(7).iter().all(Option::is_some));
    }

    #[test]
    fn nobody_logs_off_twice() {
        let mut world = World::new(1, "HOST");
        let mut gone = Vec::new();
        for _ in 0..200 {
            let on = world.log_on();
            assert!(!gone.contains(&on));
            let off = world.log_off();
            assert!(!gone.contains(&off), "{off:#x}");
            gone.push(off);
        }
    }
}
