/*
 * What a set of rules is made of, for the files of this room.
 *
 * An atom is one test of one field: equal atoms are one, whatever rules
 * use them, and are tested at most once for each part of an event. A rule
 * is an expression over atoms. Atoms on texts can be witnesses: found by
 * the index (index.c) from the event's side. Each rule waits for one of a
 * few witnesses without which it cannot match.
 */
#ifndef SIGMA_SET_H
#define SIGMA_SET_H

#include "sigma/address.h"
#include "sigma/pattern.h"
#include "sigma/regex.h"
#include "sigma/sigma.h"
#include "sigma/tree.h"

#define SET_MEMORY_LIMIT (512u << 20)
#define SIGMA_NONE UINT32_MAX

/* FIELD_ANY stands for every value of the record: keywords. */
#define FIELD_ANY 0u

struct field {
	struct text name;
	uint32_t number;           /* of event_names; EVENT_NAME_NONE: any or normalised */
	int normalised;            /* enum event_normalised, or -1 */
	int joined;                /* enum event_joined, or -1 */
	bool dotted;
	/* What the index wants to know of the field's values. */
	uint32_t sources;          /* bits of event_source that any of it is for */
	uint64_t seed;
	uint64_t lengths;          /* bit n: an exact text of n bytes; 63: or more */
	uint16_t prefixes, suffixes; /* bits of edge_lengths */
	bool grams, short_grams;
	uint64_t networks[3];      /* bit n: a network of n bits */
	uint32_t exists, missing;  /* atoms, or SIGMA_NONE */
};

/* One of few values, which have numbers: what they make true is known when rules are compiled. */
static inline bool field_is_coded(const struct field *field)
{
	return field->normalised >= 0 &&
	       event_normalised_codes((enum event_normalised)field->normalised) > 0;
}

/* Up to CONTAINS: plain texts, which the index can find. */
enum atom_kind {
	ATOM_EXISTS,
	ATOM_EXACT,
	ATOM_PREFIX,
	ATOM_SUFFIX,
	ATOM_CONTAINS,
	ATOM_PATTERN,
	ATOM_NULL,
	ATOM_COMPARE,
	ATOM_TIME,
	ATOM_CIDR,
	ATOM_REFERENCE,
	ATOM_REGEX,
};
enum comparison { COMPARE_EQ, COMPARE_LT, COMPARE_LTE, COMPARE_GT, COMPARE_GTE };
enum time_part { TIME_MINUTE, TIME_HOUR, TIME_DAY, TIME_WEEK, TIME_MONTH, TIME_YEAR };

struct atom {
	uint8_t kind;
	bool cased;
	bool indexed;              /* the index decides it: not found is false */
	uint8_t comparison;        /* COMPARE, TIME; of REFERENCE the kind EXACT to CONTAINS */
	uint8_t time_part;
	uint8_t regex_flags;
	uint32_t field;
	uint32_t other;            /* field of a REFERENCE */
	uint32_t uses;             /* rules that have it */
	struct text literal;       /* texts, folded unless cased; regular expression as written */
	struct pattern pattern;
	double real;
	struct network network;
	struct regex *regex;
	uint32_t *implied;         /* findable atoms, true wherever it is (imply.c) */
	uint32_t implied_count;
	uint32_t *waiting;         /* rules that have it for a witness */
	uint32_t waiting_count;
};

enum expression_kind { EXPRESSION_ATOM, EXPRESSION_AND, EXPRESSION_OR, EXPRESSION_NOT,
		       EXPRESSION_FALSE };
struct expression {
	enum expression_kind kind;
	uint32_t atom;
	uint32_t count;
	struct expression **children;
};

struct rule {
	struct sigma_rule about;   /* first: the door hands this out */
	struct expression *when;   /* NULL: a correlation */
	struct correlating *correlation;
	bool dropped;              /* by linking */
	uint32_t sources;          /* bits of event_source it applies to */
	bool always;               /* no witness: looked at for every part */
	unsigned line, column;
	bool depends_on_joined;    /* cannot match where nothing is joined */
};

/* A correlation as it was written, and after linking for the door. */
struct alias {
	const char *name, *rule, *field;
};
struct correlating {
	struct sigma_correlation about;
	const char *const *rule_names;
	const char *const *value_fields;
	struct alias *aliases;
	size_t alias_count;
	bool visiting, visited;    /* while linking */
};

struct placeholder {
	struct placeholder *next;
	struct text name;
	const struct text *values;
	size_t count;
};

/* A filter waits until all rules are known. */
struct filter {
	struct filter *next;
	const char *file, *id, *title;
	unsigned line, column;
	const char **rules;        /* ids, names or titles */
	size_t rule_count;
	bool any;                  /* every rule */
	const char *product, *category, *service;
	struct expression *when;
};

struct sigma_set {
	struct event_names *names;
	struct arena *arena;
	struct field *fields;
	uint32_t field_count, field_room;
	struct atom *atoms;
	uint32_t atom_count, atom_room;
	struct map atom_by_key;
	struct rule **rules;
	uint32_t rule_count, rule_room;
	struct placeholder *placeholders;
	bool placeholders_optional;
	struct filter *filters, **filters_end;
	uint32_t *columns;         /* fields that correlations read */
	uint32_t column_count, column_room;
	bool linked;
	event_join_function *join; /* or NULL: nothing is known */
	void *join_context;
	struct index *index;       /* after sigma_set_compile() */
	struct matcher *matcher;
};

/* SIGMA_NONE when out of memory; name empty: FIELD_ANY. */
uint32_t set_field(struct sigma_set *set, struct text name);
/* The set's atom that is equal to *like (whose texts are copied). SIGMA_NONE: memory. */
uint32_t set_atom(struct sigma_set *set, const struct atom *like);
/* NULL when out of memory. One child of AND or OR is returned itself. */
struct expression *expression_atom(struct sigma_set *set, const struct atom *like);
struct expression *expression_new(struct sigma_set *set, enum expression_kind kind,
				  struct expression **children, size_t count);
struct expression *expression_not(struct sigma_set *set, struct expression *child);

/* Where something is said about a file. Any function below answers NULL or
 * false after it called refuse(), or when out of memory (memory is set). */
struct loading {
	struct sigma_set *set;
	struct arena *scratch;     /* of this file */
	const char *file;
	const char *id, *title;    /* of the document */
	sigma_notice_function *notice;
	void *context;
	bool refused;
	bool memory;
};
void refuse(struct loading *loading, const struct tree *at, const char *format, ...)
	PRINTF_LIKE(3, 4);
void warn(struct loading *loading, const struct tree *at, const char *format, ...)
	PRINTF_LIKE(3, 4);
void *loading_memory(struct loading *loading);  /* sets memory; returns NULL */

/* set_field(), with a warning where muster has no field of such a name. SIGMA_NONE:
 * out of memory. */
uint32_t field_read(struct loading *loading, const struct tree *at, struct text name);
/* A warning where the whole value of a field of muster's own cannot be this. */
void value_check(struct loading *loading, const struct tree *at, uint32_t field,
		 struct text value);
/* One field of a selection with its values. key may be NULL: keywords. */
struct expression *detection_item(struct loading *loading, const struct tree *key,
				  const struct tree *values);
/*
 * The map of "detection:" or "filter:" of the document at: every key but
 * condition, timeframe and a filter's rules names a selection. Returns the
 * whole as one expression.
 */
struct expression *detection_read(struct loading *loading, const struct tree *at,
				  const struct tree *detection);

struct selection {
	const struct tree *key;
	struct text name;
	struct expression *when;
	bool used;
};
struct expression *condition_read(struct loading *loading, const struct tree *condition,
				  struct selection *selections, size_t count);

/* Does it, somewhere, ask what reference data says? */
bool expression_asks_joined(const struct sigma_set *set, const struct expression *e);
/* One document as a rule, a correlation or a filter; false: refused or memory. */
bool rule_read(struct loading *loading, const struct tree *document);
bool correlation_read(struct loading *loading, const struct tree *document,
		      struct rule *rule, const struct tree *correlation);
bool filter_read(struct loading *loading, const struct tree *document,
		 const struct tree *filter);
/* Says which filters do nothing, and notes which rules ask what is joined by them. */
void filters_link(struct sigma_set *set, sigma_notice_function *notice, void *context);
/* Put the filters before the rules they name. */
bool filters_apply(struct sigma_set *set);

/* Texts of a rule's own map and lists, copied into the set. */
const char *set_string(struct loading *loading, struct text t);

/* index.h: from the values of an event to rules worth looking at. */
struct index;
struct index *index_new(struct sigma_set *set, struct err *err);
void index_free(struct index *index);

/* matcher.c */
struct matcher *matcher_new(struct sigma_set *set, struct err *err);
void matcher_free(struct matcher *matcher);

/* explain.c, correlation_explain.c: in words. */
void atom_explain(const struct sigma_set *set, uint32_t atom, struct buffer *out);
/* Of what is no atom. */
const char *expression_word(enum expression_kind kind);
void correlation_explain(const struct sigma_set *set,
			 const struct correlating *correlation, struct buffer *out);

#endif
