/* Who may do what in the database: the published list (rights.c). */
#ifndef STORE_RIGHTS_H
#define STORE_RIGHTS_H

#include "base/base.h"

enum store_right_kind { STORE_RIGHT_TABLE, STORE_RIGHT_FUNCTION };
struct store_right {
	enum store_right_kind kind;
	const char *name;
	/* Verbs: S, I, U, D and T of tables (small: of some columns), X of functions. */
	const char *daemon, *people, *auditor;
	const char *meaning;
};
const struct store_right *store_rights(size_t *ret_count);

#endif
