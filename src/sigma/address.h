/* IP addresses and networks, for the modifier cidr (RFC 4632, RFC 4291). */
#ifndef SIGMA_ADDRESS_H
#define SIGMA_ADDRESS_H

#include "base/base.h"

/* IPv4 addresses are kept as IPv4-mapped IPv6 addresses. */
struct address {
	unsigned char bytes[16];
};
struct network {
	struct address address;
	unsigned prefix;           /* bits, of 128 */
};

bool address_read(struct text t, struct address *ret);
/* NULL, or what is wrong. A bare address is a network of one. */
const char *network_read(struct text t, struct network *ret);
bool network_contains(const struct network *network, const struct address *address);

#endif
