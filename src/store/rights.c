#include "store/rights.h"

static const struct store_right rights[] = {
#define RIGHT(kind, name, daemon, people, auditor, meaning)                              \
	{ STORE_RIGHT_##kind, name, daemon, people, auditor, meaning },
#include "store/rights.def"
#undef RIGHT
};

const struct store_right *store_rights(size_t *ret_count)
{
	*ret_count = ARRAY_LENGTH(rights);
	return rights;
}
