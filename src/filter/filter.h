/*
 * filter: what a person asks of the queue, in words:
 *
 *	severity>=high and clock<24h and contractor=C-0417 and not owner=anna
 *
 * Floor 3: it is parsed into a tree of typed comparisons. Room store turns
 * those into SQL.
 */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include "base/base.h"

#define FILTER_NODES_MOST 200u
#define FILTER_DEPTH_MOST 32u

enum filter_field {
#define FIELD(identifier, name, kind, meaning) FILTER_##identifier,
#include "filter/fields.def"
#undef FIELD
	FILTER_FIELDS
};

enum filter_kind {
	FILTER_RANK,
	FILTER_WORD,
	FILTER_FLAG,
	FILTER_TEXT,
	FILTER_NUMBER,
	FILTER_MOMENT,
	FILTER_TIME_LEFT,
};

enum filter_operator {
	FILTER_EQUAL,
	FILTER_DIFFERENT,
	FILTER_BELOW,
	FILTER_AT_MOST,
	FILTER_ABOVE,
	FILTER_AT_LEAST,
	FILTER_CONTAINS,
};

struct filter_description {
	const char *name;
	enum filter_kind kind;
	const char *meaning;
};
const struct filter_description *filter_describe(enum filter_field field);
/* "=", "!=" … as they are written. */
const char *filter_operator_name(enum filter_operator operator);
/* May that kind be compared so? */
bool filter_operator_fits(enum filter_kind kind, enum filter_operator operator);

/* What flags can be: only waits can be ME. */
enum filter_flag { FILTER_NO, FILTER_YES, FILTER_ME };

/*
 * One comparison. By kind:
 * RANK, FLAG, NUMBER: number. Of an exception-ending also until: its moment.
 * WORD: text; one of the words of its field.
 * TEXT: text; of an owner also me (the person who asks) or nobody.
 * MOMENT, TIME_LEFT: microseconds from and until. A day is all of its
 * moments: field < from is before it, field >= until after it. A single
 * moment has until = from + 1. TIME_LEFT: moments too (now is added).
 */
struct filter_comparison {
	enum filter_field field;
	enum filter_operator operator;
	int64_t number;
	int64_t from, until;
	struct text text;
	bool me, nobody;
};

enum filter_node_kind { FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_COMPARE };

struct filter_node {
	enum filter_node_kind kind;
	const struct filter_node *left, *right;        /* NOT: only left; COMPARE: none */
	struct filter_comparison compare;
};

/* What words stand for. Lists end with NULL; ranks count from first_rank on. */
struct filter_words {
	int64_t now;                       /* moment */
	const char *const *severities;     /* the lowest has rank 1 */
	const char *const *levels;         /* the lowest has rank 0 */
	const char *const *states;
	int64_t exception_ending;          /* microseconds: what ends sooner is ending */
};

/*
 * Parse words. *ret_filter is NULL for an empty text, which matches all;
 * nodes and texts live in the arena. ERR_USAGE says at which column what
 * would be allowed.
 */
int filter_parse(struct text words, const struct filter_words *meaning, struct arena *arena,
		 const struct filter_node **ret_filter, struct err *err) MUST_CHECK;

/* Both have to hold; either may be NULL (all). NULL and false when out of memory. */
bool filter_and(struct arena *arena, const struct filter_node *one,
		const struct filter_node *other, const struct filter_node **ret_filter) MUST_CHECK;

/* Does it speak of the field? NULL does not. */
bool filter_names(const struct filter_node *filter, enum filter_field field);

#endif
