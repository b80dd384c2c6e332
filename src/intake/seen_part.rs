//! The contiguous part of AMP's list that a poll has seen, which grows with each page that joins it.
//!
//! Entries are compared by identity. Two equal entries of one response are two; the same entry in two overlapping responses is
//! one. So a page joins where its entries and those of the part agree one by one, at the offset that the totals suggest or as
//! near to it as possible; and what no single response contained twice counts once, since a list without a fixed order repeats
//! entries in place of others.

use std::collections::{BTreeMap, VecDeque};

/// An entry of AMP's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The first 64 bits of its event's identity.
    pub hash: u64,
    /// Its time, in seconds since 1970.
    pub second: i64,
}

/// The seen part of the list, the newest entry first.
#[derive(Debug, Default)]
pub struct SeenPart {
    entries: VecDeque<Entry>,
    /// How many entries carry each hash.
    counts: BTreeMap<u64, u32>,
    /// Offsets of its beginning and behind its end, in the list as it was with the latest response; `None` if nothing was seen.
    offsets: Option<(u64, u64)>,
}

/// What is known of a page that is to join the part.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageJoin {
    /// The list's total is another one than with the page before, so that offsets may have shifted.
    pub has_changed: bool,
    /// The page is a single entry that is too large to be requested together with another.
    pub is_oversized: bool,
    /// The page may join above the part without an entry in common: next to an oversized entry.
    pub may_touch: bool,
}

/// Which entries of a page were not seen before, by their indexes in the page.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Additions {
    /// Those above the part, in their order.
    pub above: Vec<usize>,
    /// Those below it, in their order.
    pub below: Vec<usize>,
}

impl SeenPart {
    /// Offsets of its beginning and behind its end; `None` if nothing was seen.
    pub fn offsets(&self) -> Option<(u64, u64)> {
        self.offsets
    }

    /// How many entries carry a hash.
    pub fn count(&self, hash: u64) -> u32 {
        self.counts.get(&hash).copied().unwrap_or(0)
    }

    /// The hashes of all entries, and how many carry each.
    pub fn counts(&self) -> impl Iterator<Item = (u64, u32)> {
        self.counts.iter().map(|(hash, count)| (*hash, *count))
    }

    /// The times of all entries, the newest first.
    pub fn seconds(&self) -> impl Iterator<Item = i64> {
        self.entries.iter().map(|entry| entry.second)
    }

    /// The newest entry by its position.
    pub fn first(&self) -> Option<Entry> {
        self.entries.front().copied()
    }

    /// The oldest entry by its position.
    pub fn last(&self) -> Option<Entry> {
        self.entries.back().copied()
    }

    /// Whether its entries are in the order of time.
    pub fn is_in_order(&self) -> bool {
        let older = self.entries.iter().skip(1);
        self.entries
            .iter()
            .zip(older)
            .all(|(newer, older)| newer.second >= older.second)
    }

    /// Whether it has fewer entries than offsets: a page repeated some in place of others.
    pub fn has_holes(&self) -> bool {
        let entries = u64::try_from(self.entries.len()).unwrap_or(u64::MAX);
        self.offsets
            .is_some_and(|(begin, end)| entries < end.saturating_sub(begin))
    }

    /// Entries were inserted at the front of the list, which moves the part to higher offsets.
    pub fn shift(&mut self, inserted: u64) {
        self.offsets = self
            .offsets
            .map(|(begin, end)| (begin.saturating_add(inserted), end.saturating_add(inserted)));
    }

    /// Joins a page from `offset` on. `None` if the page has no entry in common with the part, so that entries between the two
    /// would be missed. A page that begins at the part's end needs none: had the list shifted, it would contain entries of the part.
    pub fn join(&mut self, page: &[Entry], offset: u64, how: PageJoin) -> Option<Additions> {
        let has_changed = how.has_changed;
        let length = u64::try_from(page.len()).unwrap_or(u64::MAX);
        let page_end = offset.saturating_add(length);
        let Some((begin, end)) = self.offsets else {
            self.offsets = Some((offset, page_end)).filter(|_| !page.is_empty());
            let below = (0..page.len()).collect();
            return Some(self.add(
                page,
                Additions {
                    above: Vec::new(),
                    below,
                },
            ));
        };
        let expected = signed(begin).saturating_sub(signed(offset));
        let indexes = || 0..page.len();
        let new = if let Some(position) = self.alignment(page, expected, has_changed) {
            let part_end = position.saturating_add(signed(self.entries.len()));
            let begins = offset.saturating_add_signed(position.min(0));
            let ends = offset.saturating_add_signed(part_end).max(page_end);
            self.offsets = Some((begins, ends));
            Additions {
                above: indexes()
                    .filter(|index| signed(*index) < position)
                    .collect(),
                below: indexes()
                    .filter(|index| signed(*index) >= part_end)
                    .collect(),
            }
        } else if how.may_touch && !has_changed && page_end == begin {
            self.offsets = Some((offset, end));
            Additions {
                above: indexes().collect(),
                below: Vec::new(),
            }
        } else if (has_changed || end > offset && begin < page_end)
            && page.iter().any(|entry| self.count(entry.hash) > 0)
        {
            // Entries were inserted between those of the part, or have no fixed order.
            self.offsets = Some((begin.min(offset), end.max(page_end)));
            if page_end > end {
                Additions {
                    above: Vec::new(),
                    below: indexes().collect(),
                }
            } else {
                Additions {
                    above: indexes().collect(),
                    below: Vec::new(),
                }
            }
        } else if !has_changed
            && offset == end
            && !self.has_holes()
            && page.iter().all(|entry| self.count(entry.hash) == 0)
        {
            self.offsets = Some((begin, page_end));
            Additions {
                above: Vec::new(),
                below: indexes().collect(),
            }
        } else {
            return None;
        };
        let new = self.not_in_excess(page, new);
        Some(self.add(page, new))
    }

    /// The index in the page, as near as possible to the expected one, at which the part begins (negative if above the page), so
    /// that all entries that are in both are equal.
    fn alignment(&self, page: &[Entry], expected: i64, has_changed: bool) -> Option<i64> {
        if self.has_holes() {
            return None;
        }
        let (first, last) = (1 - signed(self.entries.len()), signed(page.len()) - 1);
        // Next to each other in a list that has not changed, the two have nothing in common, though equal entries may be at the edge.
        if !has_changed && !(first..=last).contains(&expected) {
            return None;
        }
        let reach = (expected - first).abs().max((expected - last).abs());
        (0..=reach)
            .flat_map(|distance| {
                [
                    expected.saturating_add(distance),
                    expected.saturating_sub(distance),
                ]
            })
            .find(|position| (first..=last).contains(position) && self.agrees(page, *position))
    }

    /// Whether a page and the part are equal where they overlap if the part begins at an index of the page.
    fn agrees(&self, page: &[Entry], position: i64) -> bool {
        let skip = |count: i64| usize::try_from(count).unwrap_or(0);
        let of_page = page.iter().skip(skip(position));
        let of_part = self.entries.iter().skip(skip(position.saturating_neg()));
        of_page.zip(of_part).all(|(a, b)| a.hash == b.hash)
    }

    /// Those of a page's entries that the page contains more often than the part.
    fn not_in_excess(&self, page: &[Entry], new: Additions) -> Additions {
        let mut missing: BTreeMap<u64, u32> = BTreeMap::new();
        for entry in page {
            let count = missing.entry(entry.hash).or_default();
            *count = count.saturating_add(1);
        }
        for (hash, count) in &mut missing {
            *count = count.saturating_sub(self.count(*hash));
        }
        let mut is_missing = |index: &usize| {
            let entry = page.get(*index);
            let Some(count) = entry.and_then(|entry| missing.get_mut(&entry.hash)) else {
                return false;
            };
            let is_missing = *count > 0;
            *count = count.saturating_sub(1);
            is_missing
        };
        Additions {
            above: new.above.into_iter().filter(&mut is_missing).collect(),
            below: new.below.into_iter().filter(&mut is_missing).collect(),
        }
    }

    fn add(&mut self, page: &[Entry], additions: Additions) -> Additions {
        let entries = |indexes: &[usize]| -> Vec<Entry> {
            indexes
                .iter()
                .filter_map(|index| page.get(*index).copied())
                .collect()
        };
        for entry in entries(&additions.above).into_iter().rev() {
            self.entries.push_front(entry);
            self.note(entry);
        }
        for entry in entries(&additions.below) {
            self.entries.push_back(entry);
            self.note(entry);
        }
        additions
    }

    fn note(&mut self, entry: Entry) {
        let count = self.counts.entry(entry.hash).or_default();
        *count = count.saturating_add(1);
    }
}

/// A length or an offset as a signed number. Lists are far shorter than its range.
fn signed<T>(number: T) -> i64
where
    i64: TryFrom<T>,
{
    i64::try_from(number).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGED: PageJoin = PageJoin {
        has_changed: true,
        is_oversized: false,
        may_touch: false,
    };

    fn page(hashes: &[u64]) -> Vec<Entry> {
        let entry = |hash: &u64| Entry {
            hash: *hash,
            second: 1_000 - i64::try_from(*hash).unwrap(),
        };
        hashes.iter().map(entry).collect()
    }

    fn part(offset: u64, hashes: &[u64]) -> SeenPart {
        let mut part = SeenPart::default();
        part.join(&page(hashes), offset, PageJoin::default())
            .unwrap();
        part
    }

    fn hashes(part: &SeenPart) -> Vec<u64> {
        part.entries.iter().map(|entry| entry.hash).collect()
    }

    #[test]
    fn pages_join_above_and_below() {
        let mut part = part(10, &[4, 5, 6]);
        part.join(&page(&[6, 7, 8]), 12, PageJoin::default())
            .unwrap();
        part.join(&page(&[2, 3, 4]), 8, PageJoin::default())
            .unwrap();
        assert_eq!(hashes(&part), [2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(part.offsets(), Some((8, 15)));
        assert!(!part.has_holes() && part.is_in_order());
    }

    #[test]
    fn entries_inserted_at_the_front_are_found_by_comparison() {
        // Two entries came in above, but only the page shows it.
        let mut part = part(0, &[4, 5, 6]);
        let additions = part.join(&page(&[5, 6, 7]), 3, CHANGED).unwrap();
        assert_eq!((additions.above, additions.below), (vec![], vec![2]));
        assert_eq!(part.offsets(), Some((2, 6)));
    }

    #[test]
    fn equal_entries_of_one_response_are_two_and_of_two_responses_one() {
        let mut part = part(0, &[1, 2, 2]);
        assert_eq!(part.count(2), 2);
        let additions = part
            .join(&page(&[2, 2, 3]), 1, PageJoin::default())
            .unwrap();
        assert_eq!(additions.below, [2]);
        assert_eq!(part.count(2), 2);
        // Twins on either side of an edge.
        for (first, second, offset) in [([1, 2], [2, 2, 3], 2), ([2, 3], [1, 2, 2], 0)] {
            let mut part = super::tests::part(if offset == 0 { 2 } else { 1 }, &first);
            part.join(&page(&second), offset, PageJoin::default())
                .unwrap();
            assert_eq!(hashes(&part), [1, 2, 2, 3]);
            assert!(!part.has_holes(), "{part:?}");
        }
    }

    #[test]
    fn equal_entries_next_to_each_other_are_two() {
        let mut part = part(2, &[2, 3]);
        assert_eq!(part.join(&page(&[1, 2]), 0, PageJoin::default()), None);
        part.join(&page(&[2, 2]), 1, PageJoin::default()).unwrap();
        part.join(&page(&[1, 2]), 0, PageJoin::default()).unwrap();
        assert_eq!(hashes(&part), [1, 2, 2, 3]);
    }

    #[test]
    fn page_next_to_an_entry_too_large_for_others_joins_without_an_overlap() {
        let touching = PageJoin {
            may_touch: true,
            ..PageJoin::default()
        };
        let mut part = part(5, &[6, 7]);
        part.join(&page(&[5]), 4, touching).unwrap();
        part.join(&page(&[3, 4]), 2, touching).unwrap();
        part.join(&page(&[8]), 7, touching).unwrap();
        assert_eq!(hashes(&part), [3, 4, 5, 6, 7, 8]);
        assert_eq!(part.offsets(), Some((2, 8)));
        assert_eq!(part.join(&page(&[1]), 0, touching), None);
    }

    #[test]
    fn page_without_a_common_entry_does_not_join() {
        let mut part = part(0, &[1, 2, 3]);
        assert_eq!(part.join(&page(&[5, 6]), 4, CHANGED), None);
        assert_eq!(part.offsets(), Some((0, 3)));
    }

    #[test]
    fn page_that_begins_at_the_end_joins_unless_the_list_has_shifted() {
        let mut part = part(0, &[1, 2, 3]);
        assert_eq!(part.join(&page(&[3, 4]), 3, PageJoin::default()), None);
        assert_eq!(part.join(&page(&[4]), 3, CHANGED), None);
        part.join(&page(&[4]), 3, PageJoin::default()).unwrap();
        assert_eq!(hashes(&part), [1, 2, 3, 4]);
        assert_eq!(part.offsets(), Some((0, 4)));
    }

    #[test]
    fn entries_without_a_fixed_order_leave_holes() {
        let mut part = part(0, &[1, 2, 3]);
        // The page repeats 1 in place of another entry.
        part.join(&page(&[3, 1, 4]), 2, PageJoin::default())
            .unwrap();
        assert_eq!(hashes(&part), [1, 2, 3, 4]);
        assert_eq!(part.offsets(), Some((0, 5)));
        assert!(part.has_holes());
    }
}
