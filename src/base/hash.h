/*
 * SipHash-1-3: a fast hash under a secret key of 16 bytes, so that whoever
 * writes the input cannot choose where it lands. For tables and identities
 * inside one instance, not for proofs (crypto has SHA-256).
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/text.h"

struct hash_key {
	uint64_t low, high;
};

uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t length);
static inline uint64_t hash_text(const struct hash_key *key, struct text t)
{
	return hash_bytes(key, t.bytes, t.length);
}

#endif
