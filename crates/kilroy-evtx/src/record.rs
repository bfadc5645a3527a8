//! What a log gives: records, and what of it could not be read.

/// One event as it was logged.
///
/// Record ID and time are those of the event's own `System` element. Exported logs have other values in their record
/// headers, so these are kept apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The `System` element.
    pub system: System,
    /// Names and values of `EventData`, `UserData` and whatever else stands beside `System`, in the order of the event.
    ///
    /// A `Data` with a name has that name, one without is `Data`. A child of `UserData`'s inner element has its element
    /// name, deeper ones `Outer.Inner`, attributes `Element@attribute`. Other sections have their name in front
    /// (`ProcessingErrorData.ErrorCode`). A name that occurs more than once is numbered: `Data[1]`, `Data[2]`.
    pub data: Vec<(String, String)>,
    /// Names and values of `RenderingInfo`: texts that the logging or the forwarding machine rendered.
    pub rendering: Vec<(String, String)>,
    /// Offset of the record's header in the file.
    pub offset: u64,
    /// Time in the record's header: 100 ns since 1601. Not the event's time in exported logs.
    pub header_time_filetime: u64,
    /// Record ID in the record's header. Not the event's record ID in exported logs.
    pub header_record_id: u64,
    /// The record stands outside of what its chunk's header declares as used, or its template was destroyed and is that
    /// of another chunk. It is whole all the same.
    pub recovered: bool,
}

/// The `System` element of an event. Texts are as logged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// `Provider@Name`.
    pub provider: String,
    /// `Provider@Guid`.
    pub provider_guid: Option<String>,
    /// `Provider@EventSourceName`: name of an old-style source.
    pub event_source_name: Option<String>,
    /// `EventID`.
    pub event_id: u32,
    /// `EventID@Qualifiers`: upper half of an old-style event ID.
    pub qualifiers: Option<u16>,
    /// `Version` of the event's layout.
    pub version: Option<u8>,
    /// `Level`: 1 critical to 5 verbose, 0 always.
    pub level: Option<u8>,
    /// `Task`: category, chosen by the provider.
    pub task: Option<u16>,
    /// `Opcode`.
    pub opcode: Option<u8>,
    /// `Keywords`: 64 bits in hexadecimal digits, as logged.
    pub keywords: Option<String>,
    /// `TimeCreated@SystemTime`, as logged.
    pub time_created: Option<String>,
    /// `EventRecordID`.
    pub record_id: Option<u64>,
    /// `Correlation@ActivityID`, as logged.
    pub activity_id: Option<String>,
    /// `Correlation@RelatedActivityID`, as logged.
    pub related_activity_id: Option<String>,
    /// `Execution@ProcessID`.
    pub process_id: Option<u32>,
    /// `Execution@ThreadID`.
    pub thread_id: Option<u32>,
    /// `Channel`.
    pub channel: String,
    /// `Computer`.
    pub computer: String,
    /// `Security@UserID`: SID of the account under which the event was logged.
    pub user_id: Option<String>,
}

/// Something that is there and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Offset in the file.
    pub offset: u64,
    /// What is damaged.
    pub kind: LossKind,
    /// What is wrong with it, in plain words.
    pub detail: String,
}

/// What is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LossKind {
    /// The file's header. Chunks are found without it.
    Header,
    /// A chunk without its magic. Its records were read all the same.
    ChunkMagic,
    /// A chunk's header contradicts the chunk. Records were looked for without it.
    ChunkHeader,
    /// Bytes where a chunk should be and no record was found.
    Chunk,
    /// A record that cannot be decoded, or bytes between records.
    Record,
    /// The records of a chunk differ from their checksum: values may be damaged without further sign.
    Checksum,
    /// The file ends within a chunk or its header.
    Truncated,
}

/// What reading gives, in the order of the file.
#[allow(clippy::large_enum_variant, reason = "nearly all items are records, and none is kept")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A record.
    Record(Record),
    /// Something that could not be read.
    Loss(Loss),
}
