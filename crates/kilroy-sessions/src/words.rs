//! Everything that many records share, kept once: texts, accounts, addresses, connections. A record holds numbers.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use kilroy_model::{AccountKind, Guid};

use crate::mix::Map;

/// Number of something that is kept once. Equal numbers of one pool mean equal things.
pub(crate) type Id = NonZeroU32;

/// The number of what stands at this place.
pub(crate) fn id_at(index: usize) -> Id {
    // No list here reaches four thousand million: that many different things would not fit into memory.
    u32::try_from(index + 1).ok().and_then(Id::new).unwrap_or(Id::MAX)
}

/// The place of what has this number.
pub(crate) fn index_of(id: Id) -> usize {
    id.get() as usize - 1
}

/// Things of one kind, each kept once.
#[derive(Debug)]
pub(crate) struct Pool<T> {
    items: Vec<T>,
    known: Map<T, Id>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { items: Vec::new(), known: Map::default() }
    }
}

impl<T: Copy + Eq + Hash> Pool<T> {
    fn id(&mut self, item: T) -> Id {
        let items = &mut self.items;
        *self.known.entry(item).or_insert_with(|| {
            items.push(item);
            id_at(items.len() - 1)
        })
    }

    fn get(&self, id: Id) -> T {
        self.items[index_of(id)]
    }

    fn close(&mut self) {
        self.known = Map::default();
        self.items.shrink_to_fit();
    }
}

/// Texts, each kept once.
#[derive(Debug, Default)]
struct Texts {
    items: Vec<Arc<str>>,
    /// By where the kept copy lies: callers that share texts need not have them read again.
    by_place: Map<usize, Id>,
    by_text: HashMap<Arc<str>, Id>,
    /// Other copies that are kept, so that they need not be read again, either.
    copies: Vec<Arc<str>>,
}

/// Callers who share texts have a few copies of each; those who do not have one for every record.
const COPIES_KEPT: usize = 16_384;

impl Texts {
    fn id(&mut self, text: &Arc<str>) -> Id {
        let place = Arc::as_ptr(text).cast::<u8>() as usize;
        if let Some(&id) = self.by_place.get(&place) {
            return id;
        }
        if let Some(&id) = self.by_text.get(text) {
            if !text.is_empty() && self.copies.len() < COPIES_KEPT {
                self.by_place.insert(place, id);
                self.copies.push(Arc::clone(text));
            }
            return id;
        }
        self.items.push(Arc::clone(text));
        let id = id_at(self.items.len() - 1);
        // Empty texts may share their place with nothing at all; all others are alone there as long as they are kept.
        if !text.is_empty() {
            self.by_place.insert(place, id);
        }
        self.by_text.insert(Arc::clone(text), id);
        id
    }

    /// Are these kept copies? Then nothing else will ever lie where they lie.
    fn are_kept(&self, texts: SomeTexts<'_>) -> bool {
        let place = |text: &Arc<str>| Arc::as_ptr(text).cast::<u8>() as usize;
        texts.iter().flatten().all(|text| self.by_place.contains_key(&place(text)))
    }
}

/// Texts that were put together before, by where they lie: the records of one user mostly come one after the other.
#[derive(Debug)]
struct Memo {
    slots: Vec<Option<([usize; 4], Id)>>,
}

/// The texts of something that is made of some.
pub(crate) type SomeTexts<'a> = [Option<&'a Arc<str>>; 4];

impl Default for Memo {
    fn default() -> Self {
        Self { slots: vec![None; Self::SLOTS] }
    }
}

impl Memo {
    const SLOTS: usize = 4096;

    fn places(texts: SomeTexts<'_>) -> [usize; 4] {
        texts.map(|text| text.map_or(0, |text| Arc::as_ptr(text).cast::<u8>() as usize))
    }

    fn slot(places: [usize; 4]) -> usize {
        // Texts lie at multiples of eight at least.
        let mixed =
            places.iter().fold(0_usize, |mixed, place| (mixed ^ (place >> 3)).wrapping_mul(0x9e37_79b1));
        (mixed >> 12) % Self::SLOTS
    }

    fn get(&self, texts: SomeTexts<'_>) -> Option<Id> {
        let places = Self::places(texts);
        self.slots.get(Self::slot(places))?.filter(|(known, _)| *known == places).map(|(_, id)| id)
    }

    fn put(&mut self, texts: SomeTexts<'_>, id: Id) {
        let places = Self::places(texts);
        if let Some(slot) = self.slots.get_mut(Self::slot(places)) {
            *slot = Some((places, id));
        }
    }
}

/// An account as a record names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) user: Option<Id>,
    pub(crate) domain: Option<Id>,
    pub(crate) sid: Option<Id>,
}

/// What is known of an account beyond its texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AccountFacts {
    pub(crate) kind: AccountKind,
    /// The name in small letters: names compare without case, in every script.
    pub(crate) name: Option<Id>,
}

/// How a logon was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) package: Option<Id>,
    pub(crate) process: Option<Id>,
    pub(crate) lm_package: Option<Id>,
    pub(crate) image: Option<Id>,
}

/// Where a record stands, and which event it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) host: Id,
    pub(crate) log: Id,
    pub(crate) event_id: u32,
}

/// Two numbers as one word: what is made of numbers is hashed a word at a time.
fn word(a: Option<Id>, b: Option<Id>) -> u64 {
    let number = |id: Option<Id>| u64::from(id.map_or(0, Id::get));
    number(a) << 32 | number(b)
}

/// An address, hashed in a word or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Address(IpAddr);

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.0 {
            IpAddr::V4(ip) => state.write_u32(ip.to_bits()),
            IpAddr::V6(ip) => {
                let bits = ip.to_bits();
                state.write_u64(u64::try_from(bits >> 64).unwrap_or(0));
                state.write_u64(u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(0));
            }
        }
    }
}

impl Hash for Account {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(word(self.user, self.domain));
        state.write_u64(word(self.sid, None));
    }
}

impl Hash for Asked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(word(self.package, self.process));
        state.write_u64(word(self.lm_package, self.image));
    }
}

impl Hash for Origin {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(word(Some(self.host), Some(self.log)));
        state.write_u32(self.event_id);
    }
}

/// What few records have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Rare {
    pub(crate) linked_luid: Option<u64>,
    pub(crate) terminal_session: Option<u32>,
    pub(crate) reason: Option<u32>,
    pub(crate) pid: Option<u32>,
    pub(crate) session_name: Option<Id>,
    pub(crate) dst_host: Option<Id>,
    pub(crate) old_value: Option<Id>,
    pub(crate) new_value: Option<Id>,
}

/// Everything that records share.
#[derive(Debug, Default)]
pub(crate) struct Words {
    texts: Texts,
    accounts: Pool<Account>,
    account_facts: Vec<AccountFacts>,
    account_memo: Memo,
    asked: Pool<Asked>,
    asked_memo: Memo,
    status: Pool<(Option<Id>, Option<Id>)>,
    origins: Pool<Origin>,
    addresses: Pool<Address>,
    /// Made when no more are added: each is shown many times.
    address_texts: Vec<Box<str>>,
    activities: Pool<Guid>,
    guids: Vec<Guid>,
    rare: Pool<Rare>,
}

impl Words {
    /// Gives back what only newcomers need: nothing is added any more.
    pub(crate) fn close(&mut self) {
        self.texts.by_place = Map::default();
        self.texts.by_text = HashMap::new();
        self.texts.copies = Vec::new();
        self.accounts.close();
        self.asked.close();
        self.status.close();
        self.origins.close();
        self.addresses.close();
        self.address_texts = self.addresses.items.iter().map(|Address(ip)| ip.to_string().into()).collect();
        self.account_memo.slots = Vec::new();
        self.asked_memo.slots = Vec::new();
        self.activities.close();
        self.rare.close();
        self.guids.shrink_to_fit();
    }

    pub(crate) fn text(&mut self, text: &Arc<str>) -> Id {
        self.texts.id(text)
    }

    pub(crate) fn optional(&mut self, text: Option<&Arc<str>>) -> Option<Id> {
        text.map(|t| self.texts.id(t))
    }

    pub(crate) fn account(&mut self, account: Account) -> Id {
        let id = self.accounts.id(account);
        if index_of(id) == self.account_facts.len() {
            let text = |id: Option<Id>| id.map(|id| self.get(id));
            let user = text(account.user);
            let kind = AccountKind::of(user, text(account.domain), text(account.sid));
            let small: Option<Arc<str>> = user.map(|u| u.to_lowercase().into());
            let name = self.optional(small.as_ref());
            self.account_facts.push(AccountFacts { kind, name });
        }
        id
    }

    /// The account of these very texts, if it was seen a moment ago.
    pub(crate) fn known_account(&self, texts: SomeTexts<'_>) -> Option<Id> {
        self.account_memo.get(texts)
    }

    pub(crate) fn know_account(&mut self, texts: SomeTexts<'_>, id: Id) {
        if self.texts.are_kept(texts) {
            self.account_memo.put(texts, id);
        }
    }

    /// How a logon was asked for with these very texts, if it was seen a moment ago.
    pub(crate) fn known_asked(&self, texts: SomeTexts<'_>) -> Option<Id> {
        self.asked_memo.get(texts)
    }

    pub(crate) fn know_asked(&mut self, texts: SomeTexts<'_>, id: Id) {
        if self.texts.are_kept(texts) {
            self.asked_memo.put(texts, id);
        }
    }

    pub(crate) fn asked(&mut self, asked: Asked) -> Id {
        self.asked.id(asked)
    }

    pub(crate) fn status(&mut self, status: Option<Id>, sub_status: Option<Id>) -> Id {
        self.status.id((status, sub_status))
    }

    pub(crate) fn origin(&mut self, origin: Origin) -> Id {
        self.origins.id(origin)
    }

    pub(crate) fn address(&mut self, ip: IpAddr) -> Id {
        self.addresses.id(Address(ip))
    }

    pub(crate) fn activity(&mut self, activity: Guid) -> Id {
        self.activities.id(activity)
    }

    /// Kerberos logon GUIDs: nearly every one is of its own, so nothing is looked for.
    pub(crate) fn guid(&mut self, guid: Guid) -> Id {
        self.guids.push(guid);
        id_at(self.guids.len() - 1)
    }

    pub(crate) fn rare(&mut self, rare: Rare) -> Id {
        self.rare.id(rare)
    }

    /// How many texts there are.
    pub(crate) fn count(&self) -> usize {
        self.texts.items.len()
    }

    /// The text of a number.
    pub(crate) fn get(&self, text: Id) -> &str {
        &self.texts.items[index_of(text)]
    }

    /// The text of a number, for many.
    pub(crate) fn shared(&self, text: Id) -> Arc<str> {
        Arc::clone(&self.texts.items[index_of(text)])
    }

    pub(crate) fn get_account(&self, id: Id) -> Account {
        self.accounts.get(id)
    }

    pub(crate) fn facts(&self, account: Id) -> AccountFacts {
        self.account_facts[index_of(account)]
    }

    pub(crate) fn get_asked(&self, id: Id) -> Asked {
        self.asked.get(id)
    }

    pub(crate) fn get_status(&self, id: Id) -> (Option<Id>, Option<Id>) {
        self.status.get(id)
    }

    pub(crate) fn get_origin(&self, id: Id) -> Origin {
        self.origins.get(id)
    }

    pub(crate) fn get_address(&self, id: Id) -> IpAddr {
        self.addresses.get(id).0
    }

    /// An address as it is shown.
    pub(crate) fn get_address_text(&self, id: Id) -> &str {
        self.address_texts.get(index_of(id)).map_or("", |text| text)
    }

    pub(crate) fn get_activity(&self, id: Id) -> Guid {
        self.activities.get(id)
    }

    pub(crate) fn get_guid(&self, id: Id) -> Guid {
        self.guids[index_of(id)]
    }

    pub(crate) fn get_rare(&self, id: Id) -> Rare {
        self.rare.get(id)
    }
}
