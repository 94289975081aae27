#include "base/base.h"

#define ROTATE(x, n) ((x) << (n) | (x) >> (64 - (n)))

struct sip {
	uint64_t a, b, c, d;
};

static inline void sip_round(struct sip *s)
{
	s->a += s->b;
	s->b = ROTATE(s->b, 13) ^ s->a;
	s->a = ROTATE(s->a, 32);
	s->c += s->d;
	s->d = ROTATE(s->d, 16) ^ s->c;
	s->a += s->d;
	s->d = ROTATE(s->d, 21) ^ s->a;
	s->c += s->b;
	s->b = ROTATE(s->b, 17) ^ s->c;
	s->c = ROTATE(s->c, 32);
}

uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t length)
{
	const unsigned char *p = bytes;
	struct sip s = {
		key->low ^ 0x736f6d6570736575u,
		key->high ^ 0x646f72616e646f6du,
		key->low ^ 0x6c7967656e657261u,
		key->high ^ 0x7465646279746573u,
	};
	uint64_t word, last = (uint64_t)length << 56;
	size_t left = length;

	for (; left >= 8; left -= 8, p += 8) {
		memcpy(&word, p, 8);
		s.d ^= word;
		sip_round(&s);
		s.a ^= word;
	}
	for (size_t i = 0; i < left; i++)
		last |= (uint64_t)p[i] << (8 * i);
	s.d ^= last;
	sip_round(&s);
	s.a ^= last;
	s.c ^= 0xff;
	sip_round(&s);
	sip_round(&s);
	sip_round(&s);
	return s.a ^ s.b ^ s.c ^ s.d;
}
