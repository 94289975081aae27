#include "sigma/address.h"

#include <arpa/inet.h>

static bool read_with_family(struct text t, struct address *ret, bool *ret_is_v4)
{
	char copy[INET6_ADDRSTRLEN + 1];
	if (t.length == 0 || t.length > INET6_ADDRSTRLEN - 1)
		return false;
	memcpy(copy, t.bytes, t.length);
	copy[t.length] = '\0';
	*ret = (struct address){{[10] = 0xFF, [11] = 0xFF}};
	*ret_is_v4 = text_find_byte(t, ':') == t.length;
	return *ret_is_v4 ? inet_pton(AF_INET, copy, ret->bytes + 12) == 1
			  : inet_pton(AF_INET6, copy, ret->bytes) == 1;
}

/* Four numbers in decimal without leading zeros, as inet_pton() takes them. */
static bool read_v4(struct text t, unsigned char bytes[4])
{
	size_t i = 0;
	for (unsigned part = 0; part < 4; part++) {
		unsigned value = 0;
		size_t start = i;
		for (; i < t.length && is_digit(t.bytes[i]) && value < 256; i++)
			value = value * 10 + (unsigned)(t.bytes[i] - '0');
		if (i == start || value > 255 || (t.bytes[start] == '0' && i > start + 1))
			return false;
		bytes[part] = (unsigned char)value;
		if (part < 3 && (i == t.length || t.bytes[i++] != '.'))
			return false;
	}
	return i == t.length;
}

bool address_read(struct text t, struct address *ret)
{
	bool is_v4;
	/* Cheap look first: most values are no addresses. */
	if (t.length < 2 ||
	    (!is_digit(t.bytes[0]) && t.bytes[0] != ':' && hex_digit(t.bytes[0]) < 0))
		return false;
	*ret = (struct address){{[10] = 0xFF, [11] = 0xFF}};
	if (read_v4(t, ret->bytes + 12))
		return true;
	/* fe80::1%eth0: the zone is the machine's own business. */
	size_t zone = text_find_byte(t, '%');
	return read_with_family(text_head(t, zone), ret, &is_v4);
}

const char *network_read(struct text t, struct network *ret)
{
	size_t slash = text_find_byte(t, '/');
	bool is_v4;
	uint64_t prefix;
	if (!read_with_family(text_head(t, slash), &ret->address, &is_v4))
		return "no IP address";
	unsigned most = is_v4 ? 32 : 128;
	prefix = most;
	if (slash < t.length &&
	    (!text_to_u64(text_skip(t, slash + 1), &prefix) || prefix > most))
		return "no prefix length";
	ret->prefix = (unsigned)prefix + 128 - most;
	for (unsigned bit = ret->prefix; bit < 128; bit++)
		if (ret->address.bytes[bit / 8] >> (7 - bit % 8) & 1)
			return "an address inside of the network, not the network's own";
	return NULL;
}

bool network_contains(const struct network *network, const struct address *address)
{
	unsigned whole = network->prefix / 8, rest = network->prefix % 8;
	if (memcmp(network->address.bytes, address->bytes, whole))
		return false;
	if (rest == 0)
		return true;
	unsigned char mask = (unsigned char)(0xFF00u >> rest);
	return (address->bytes[whole] & mask) == (network->address.bytes[whole] & mask);
}
