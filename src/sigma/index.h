/*
 * The index: from the values of an event to the atoms they make true, and
 * from those to the rules worth looking at.
 *
 * Every witness is known by a key: of an exact text its hash, of a prefix
 * or suffix the hash of its first or last 3, 4, 6, 8, 12 or 16 bytes, of a
 * text in the middle four (or, of short ones, three) of its bytes, of a
 * network its address. Where many texts begin or end alike, they are known by
 * four bytes that few have. A value
 * is cut into the keys that its field asks for; a bit array answers nearly
 * all of them with no.
 */
#ifndef SIGMA_INDEX_H
#define SIGMA_INDEX_H

#include "sigma/set.h"

#include <endian.h>

#define EDGES 6
static const uint8_t edge_lengths[EDGES] = { 3, 4, 6, 8, 12, 16 };

/* One witness under a key; at is where in its literal the bytes of the key stand. */
struct entry {
	uint32_t atom;
	uint32_t next;             /* entry + 1, or 0 */
	uint32_t at;
};
struct key_slot {
	uint64_t key;
	uint32_t first;            /* entry + 1; 0: free */
};

struct index {
	uint64_t *bits;
	unsigned bits_shift;       /* 64 - log2 of the number of bits */
	struct key_slot *slots;
	size_t slot_mask;
	struct entry *entries;
	uint32_t entry_count;
	uint32_t *field_of_name;   /* event name to field + 1 */
	uint32_t name_count;
	uint32_t *always;          /* rules without a witness */
	uint32_t always_count;
	uint32_t *normalised;      /* fields of normalised values that it looks at */
	uint32_t normalised_count;
	struct arena *arena;
};

static inline uint64_t key_mix(uint64_t bytes, uint64_t seed)
{
	return (bytes ^ seed) * 0x9E3779B97F4A7C15u;
}

/* The low n bytes of what stands at p; up to 8 bytes there must be readable. */
static inline uint64_t load_bytes(const char *p, size_t n)
{
	uint64_t v;
	memcpy(&v, p, 8);
	return n < 8 ? v & ((1ULL << (8 * n)) - 1) : v;
}

enum key_kind { KEY_EXACT, KEY_PREFIX, KEY_SUFFIX, KEY_GRAM, KEY_SHORT_GRAM,
	       KEY_NETWORK };

static inline uint64_t key_seed(uint64_t field_seed, enum key_kind kind, size_t length)
{
	return field_seed + ((uint64_t)kind * 64 + length) * 0xD6E8FEB86659FD93u;
}

/* The key of n bytes (3 to 16) at p; 8 bytes from p on, and from p + n - 8, readable. */
static inline uint64_t key_edge(const char *p, size_t n, uint64_t seed)
{
	if (n <= 8)
		return key_mix(load_bytes(p, n), seed);
	uint64_t first = load_bytes(p, 8), last = load_bytes(p + n - 8, 8);
	uint64_t h = key_mix(first, seed);
	return key_mix(last ^ (h >> 29) ^ h, seed);
}

/* The key of a whole text; up to 8 bytes from its start must be readable. */
static inline uint64_t key_exact(struct text t, uint64_t field_seed)
{
	uint64_t h = key_seed(field_seed, KEY_EXACT, t.length & 63);
	const char *p = t.bytes;
	size_t n = t.length;
	for (; n > 8; n -= 8, p += 8) {
		h = key_mix(load_bytes(p, 8), h);
		h ^= h >> 32;
	}
	h = key_mix(n ? load_bytes(p, n) : 0, h);
	return key_mix(h >> 31, h);
}

/* The first bits (to 64) of eight bytes in the order of the network. */
static inline uint64_t first_bits(unsigned bits)
{
	return bits ? htobe64(UINT64_MAX << (64 - bits)) : 0;
}

/* The key of the network of prefix bits (to 128) that an address is in. */
static inline uint64_t key_network(const struct address *address, unsigned prefix,
				   uint64_t field_seed)
{
	uint64_t halves[2];
	memcpy(halves, address->bytes, sizeof(halves));
	halves[0] &= first_bits(prefix < 64 ? prefix : 64);
	halves[1] &= first_bits(prefix < 64 ? 0 : prefix - 64);
	uint64_t h = key_mix(halves[0], key_seed(field_seed, KEY_NETWORK, prefix));
	h = key_mix(halves[1] ^ (h >> 29), h);
	return key_mix(h >> 31, h);
}

static inline bool index_may_have(const struct index *index, uint64_t key)
{
	uint64_t bit = key >> index->bits_shift;
	return index->bits[bit >> 6] >> (bit & 63) & 1;
}

/* The first entry + 1 of a key, or 0. */
static inline uint32_t index_find(const struct index *index, uint64_t key)
{
	size_t i = (size_t)(key >> 17) & index->slot_mask;
	while (index->slots[i].first) {
		if (index->slots[i].key == key)
			return index->slots[i].first;
		i = (i + 1) & index->slot_mask;
	}
	return 0;
}

/* Can the index alone tell whether an atom is true? */
bool atom_is_findable(const struct sigma_set *set, const struct atom *atom);
/* Values that somebody else joins are asked for only when a rule depends on them. */
static inline bool atom_is_joined(const struct sigma_set *set, const struct atom *atom)
{
	return set->fields[atom->field].joined >= 0;
}
/* Fill an atom's implied, once; sets no other atom but adds some. False: memory. */
bool atom_find_implied(struct sigma_set *set, struct arena *scratch, uint32_t number);

#endif
