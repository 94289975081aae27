/*
 * Numbers that look random and are the same on every machine: integer
 * arithmetic only. xoshiro256** (Blackman and Vigna) seeded by splitmix64.
 */
#ifndef EXERCISE_RANDOM_H
#define EXERCISE_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state[4];
};

/* splitmix64's finaliser: one number well mixed from another. */
static inline uint64_t random_mix(uint64_t n)
{
	n += 0x9e3779b97f4a7c15u;
	n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9u;
	n = (n ^ (n >> 27)) * 0x94d049bb133111ebu;
	return n ^ (n >> 31);
}

/* A number below bound (1 or more) made of the 32 high bits of n. */
static inline uint32_t random_scale(uint64_t n, uint32_t bound)
{
	return (uint32_t)(((n >> 32) * bound) >> 32);
}

static inline uint64_t random_rotate(uint64_t n, unsigned by)
{
	return (n << by) | (n >> (64 - by));
}

static inline uint64_t random_next(struct random *random)
{
	uint64_t *s = random->state;
	uint64_t result = random_rotate(s[1] * 5, 7) * 9;
	uint64_t shifted = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = random_rotate(s[3], 45);
	return result;
}

/* From 0 to bound - 1; bound is 1 or more. */
static inline uint32_t random_below(struct random *random, uint32_t bound)
{
	return random_scale(random_next(random), bound);
}

/* Streams of different purposes under one seed do not meet. */
static inline void random_seed(struct random *random, uint64_t seed, uint64_t purpose)
{
	uint64_t n = random_mix(seed) ^ random_mix(~purpose);

	for (unsigned i = 0; i < 4; i++) {
		n = random_mix(n + i);
		random->state[i] = n;
	}
}

#endif
