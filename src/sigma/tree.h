/*
 * YAML as a small tree that knows where each node stood. Built from
 * libyaml's events; anchors and aliases share nodes. Depth, nodes and bytes
 * are capped, and what an alias repeats counts as if it were written out.
 */
#ifndef SIGMA_TREE_H
#define SIGMA_TREE_H

#include "base/base.h"

enum tree_kind { TREE_SCALAR, TREE_LIST, TREE_MAP };

struct tree {
	enum tree_kind kind;
	bool plain;                /* a scalar without quotes or tag */
	unsigned line, column;     /* from 1 */
	struct text text;          /* of a scalar; terminated */
	size_t count;              /* elements of a list, pairs of a map */
	struct tree **items;       /* elements; of a map key, value, key, value ... */
	uint32_t weight;           /* nodes below and itself, aliases written out */
};

/* What is wrong with a text, and where. */
struct tree_fault {
	unsigned line, column;
	char reason[256];
};

struct tree_documents {
	struct tree **roots;
	size_t count;
	bool broken;               /* the text after the last root cannot be read */
	struct tree_fault fault;
};

/* 0, or negative when out of memory. A text that is no YAML is no error here. */
int tree_read(struct arena *arena, struct text yaml, struct tree_documents *ret,
	      struct err *err) MUST_CHECK;

/* The value of key in a map, or NULL; *ret_key (may be NULL) gets the key's node. */
struct tree *tree_get(const struct tree *map, const char *key, struct tree **ret_key);

/* Plain scalars by the YAML 1.2 core schema, but digits after a leading zero are text. */
enum tree_type { TREE_NULL, TREE_BOOL, TREE_NUMBER, TREE_TEXT };
struct tree_value {
	enum tree_type type;
	bool truth;
	bool integral;             /* number: the whole of it is in integer */
	int64_t integer;
	double real;               /* number: always set */
};
struct tree_value tree_value(const struct tree *scalar);

static inline bool tree_is_text(const struct tree *t)
{
	return t && t->kind == TREE_SCALAR && tree_value(t).type == TREE_TEXT;
}
static inline bool tree_is_null(const struct tree *t)
{
	return t->kind == TREE_SCALAR && tree_value(t).type == TREE_NULL;
}

#endif
