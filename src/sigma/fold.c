#include "sigma/fold.h"

/* Simple case folding (Unicode CaseFolding.txt, status C) of U+0080 to U+07FF. */
static unsigned fold_code_point(unsigned c)
{
	if (c >= 0xC0 && c <= 0xDE)
		return c == 0xD7 ? c : c + 0x20;
	if (c >= 0x100 && c <= 0x17F) {
		if (c == 0x178)
			return 0xFF;
		if (c == 0x130 || c == 0x131 || c == 0x138 || c == 0x149 || c == 0x17F)
			return c;
		bool upper_is_odd = (c >= 0x139 && c <= 0x148) || c >= 0x179;
		return (c & 1) == upper_is_odd ? c + 1 : c;
	}
	if (c >= 0x391 && c <= 0x3A9)
		return c == 0x3A2 ? c : c + 0x20;
	switch (c) {
	case 0x386:
		return 0x3AC;
	case 0x388:
	case 0x389:
	case 0x38A:
		return c + 37;
	case 0x38C:
		return 0x3CC;
	case 0x38E:
	case 0x38F:
		return c + 63;
	case 0x3C2: /* final sigma */
		return 0x3C3;
	}
	if (c >= 0x400 && c <= 0x40F)
		return c + 0x50;
	if (c >= 0x410 && c <= 0x42F)
		return c + 0x20;
	if ((c >= 0x460 && c <= 0x481) || (c >= 0x48A && c <= 0x4BF) ||
	    (c >= 0x4D0 && c <= 0x52F))
		return c | 1;
	if (c >= 0x531 && c <= 0x556)
		return c + 0x30;
	return c;
}

#define EACH(byte) (0x0101010101010101u * (byte))

/* Lower-cases the ASCII letters among eight bytes that are all below 0x80. */
static inline uint64_t lower8(uint64_t bytes)
{
	uint64_t from_a = bytes + EACH(0x80 - 'A');
	uint64_t past_z = bytes + EACH(0x80 - 'Z' - 1);
	return bytes | ((from_a & ~past_z & EACH(0x80)) >> 2);
}

/* One character or stray byte; returns how many bytes that was. */
static size_t fold_slowly(const char *from, size_t left, char *to)
{
	unsigned char lead = (unsigned char)from[0];
	if (lead >= 0xC3 && lead <= 0xD5 && left > 1) {
		unsigned char next = (unsigned char)from[1];
		if ((next & 0xC0) == 0x80) {
			unsigned c =
				fold_code_point((lead & 0x1Fu) << 6 | (next & 0x3Fu));
			to[0] = (char)(0xC0 | c >> 6);
			to[1] = (char)(0x80 | (c & 0x3F));
			return 2;
		}
	}
	to[0] = to_lower(from[0]);
	return 1;
}

/* Up to seven bytes as one number, without a read past them. */
static inline uint64_t load_few(const char *from, size_t n)
{
	uint32_t low, high;
	if (n >= 4) {
		memcpy(&low, from, 4);
		memcpy(&high, from + n - 4, 4);
		return low | (uint64_t)high << (8 * (n - 4));
	}
	low = 0;
	for (size_t i = 0; i < n; i++)
		low |= (uint32_t)(unsigned char)from[i] << (8 * i);
	return low;
}

void fold(struct text t, char *to)
{
	const char *from = t.bytes;
	size_t i = 0, n = t.length;
	while (i < n) {
		uint64_t bytes;
		size_t step = n - i < 8 ? n - i : 8;
		if (step == 8)
			memcpy(&bytes, from + i, 8);
		else
			bytes = load_few(from + i, step);
		if (LIKELY(!(bytes & EACH(0x80)))) {
			bytes = lower8(bytes);
			memcpy(to + i, &bytes, 8);
			i += step;
		} else {
			i += fold_slowly(from + i, n - i, to + i);
		}
	}
}
